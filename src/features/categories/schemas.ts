import { z } from 'zod';
import { safeText } from '../../http/primitives.ts';
import { categoryPath } from '../../wire/category.ts';

const category = z
  .strictObject({
    path: categoryPath,
    zh: safeText(80, 1),
    en: safeText(80, 1),
  })
  .meta({ id: 'Category' });

export const categoriesBody = z
  .strictObject({ categories: z.array(category).max(20_000) })
  .check((context) => {
    const seen = new Set<string>();
    context.value.categories.forEach(({ path }, index) => {
      if (seen.has(path)) {
        context.issues.push({
          code: 'custom',
          input: path,
          path: ['categories', index, 'path'],
          message: 'is listed twice',
          params: { zh: '重复出现' },
        });
      }
      seen.add(path);
    });
  })
  .meta({ id: 'CategoriesBody' });
export type CategoriesBody = z.output<typeof categoriesBody>;

export const categoriesView = z.object({ version: z.int(), categories: z.array(category) }).meta({ id: 'Categories' });
