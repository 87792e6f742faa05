import { type Route, route } from '../../http/route.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import { putCategories } from './commands.ts';
import { CATEGORIES_ID } from './repo.ts';
import { type CategoriesBody, categoriesBody, categoriesView } from './schemas.ts';

export function categoryRoutes(categories: AggregateStore<CategoriesBody>): Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/categories',
      operationId: 'putCategories',
      summary: 'Replace the category tree',
      tags: ['feeds'],
      scope: 'categories:write',
      body: categoriesBody,
      response: categoriesView,
      ifMatch: 'optional',
      maxBodyBytes: 8 * 1024 * 1024,
      rateLimit: 'write',
      stability: 'beta',
      handle: async ({ body, ifMatch, now }) => {
        const { stored } = await putCategories(categories, body, ifMatch ?? undefined, now);
        return { body: { version: stored.version, ...stored.body }, etag: stored.version };
      },
    }),
    route({
      method: 'get',
      path: '/v1/categories',
      operationId: 'getCategories',
      summary: 'The category tree',
      tags: ['feeds'],
      scope: 'categories:read',
      response: categoriesView,
      alsoStatuses: [304],
      rateLimit: 'read',
      stability: 'beta',
      handle: async () => {
        const stored = await categories.find(CATEGORIES_ID);
        const version = stored?.version ?? 0;
        return { body: { version, categories: stored?.body.categories ?? [] }, etag: version };
      },
    }),
  ];
}
