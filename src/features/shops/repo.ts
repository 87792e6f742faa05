import type { AggregateSpec } from '../../infra/mongo/aggregate.ts';
import { PENDING_INDEX } from '../../infra/mongo/collection.ts';
import type { ShopBody } from './schemas.ts';

export const shopsSpec: AggregateSpec<ShopBody> = {
  name: 'shops',
  kind: 'shop',
  indexes: [PENDING_INDEX],
  shardKey: { _id: 'hashed' },
  outbox: true,
  keyFields: {},
  keys: () => ({}),
};
