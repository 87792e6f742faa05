import type { Instant } from '../../domain/time.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import { put } from '../../infra/mongo/put.ts';
import { CATEGORIES_ID } from './repo.ts';
import type { CategoriesBody } from './schemas.ts';

export function putCategories(
  store: AggregateStore<CategoriesBody>,
  body: CategoriesBody,
  expectedVersion: number | undefined,
  now: Instant,
) {
  return put({
    store,
    id: CATEGORIES_ID,
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
    now,
    next: () => body,
    event: () => ({ type: 'categories.changed', subject: {}, facts: { categories: `${body.categories.length}` } }),
  });
}
