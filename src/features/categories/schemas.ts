import { z } from 'zod';
import { reason, safeText } from '../../http/primitives.ts';

const CATEGORY = /^[a-z0-9][a-z0-9_-]*(?:\/[a-z0-9][a-z0-9_-]*){0,7}$/;

/** Path of a category from the root, such as `apparel/shoes`. Policies apply by longest prefix. */
export const categoryPath = z
  .string()
  .max(200)
  .refine(
    (path) => CATEGORY.test(path),
    reason(
      'must be lower-case path segments joined by "/", such as "apparel/shoes"',
      '必须是以 "/" 连接的小写路径,例如 "apparel/shoes"',
    ),
  )
  .meta({ id: 'CategoryPath', examples: ['apparel/shoes'] });

const category = z
  .strictObject({
    path: categoryPath,
    zh: safeText(80, 1),
    en: safeText(80, 1),
    perishable: z.boolean().exactOptional().meta({
      description: 'Liable to deteriorate or expire rapidly (Directive 98/6/EC, art. 6a(3)). 易腐商品',
    }),
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

export const categoriesView = z
  .object({ version: z.int(), categories: z.array(category) })
  .meta({ id: 'Categories' });
