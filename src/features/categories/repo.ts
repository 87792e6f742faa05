import type { AggregateSpec } from '../../infra/mongo/aggregate.ts';
import { PENDING_INDEX } from '../../infra/mongo/collection.ts';
import type { CategoriesBody } from './schemas.ts';

/** The whole tree is one document: it is read whole, cached whole and replaced whole. */
export const CATEGORIES_ID = 'tree';

export const categoriesSpec: AggregateSpec<CategoriesBody> = {
  name: 'categories',
  kind: 'categories',
  indexes: [PENDING_INDEX],
  shardKey: { _id: 'hashed' },
  outbox: true,
  keyFields: {},
  keys: () => ({}),
};
