import type { AggregateSpec } from '../../infra/mongo/aggregate.ts';
import { PENDING_INDEX } from '../../infra/mongo/collection.ts';
import type { MerchantBody } from './schemas.ts';

export const merchantsSpec: AggregateSpec<MerchantBody> = {
  name: 'merchants',
  kind: 'merchant',
  indexes: [PENDING_INDEX],
  shardKey: { _id: 'hashed' },
  outbox: true,
  keyFields: {},
  keys: () => ({}),
};
