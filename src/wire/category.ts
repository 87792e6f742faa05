import { z } from 'zod';
import { reason } from '../http/primitives.ts';

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
