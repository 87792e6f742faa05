import type { ApiKeyRecord, KeyStore } from '../../http/auth.ts';
import type { AggregateSpec, AggregateStore } from '../../infra/mongo/aggregate.ts';
import { PENDING_INDEX } from '../../infra/mongo/collection.ts';

export type KeyRecordBody = Omit<ApiKeyRecord, 'id'>;

export const keysSpec: AggregateSpec<KeyRecordBody> = {
  name: 'keys',
  kind: 'key',
  indexes: [PENDING_INDEX],
  shardKey: { _id: 'hashed' },
  outbox: true,
  keyFields: {},
  keys: () => ({}),
};

export function keyStore(keys: AggregateStore<KeyRecordBody>): KeyStore {
  return {
    find: async (id) => {
      const stored = await keys.find(id);
      return stored === null ? null : { id, ...stored.body };
    },
  };
}
