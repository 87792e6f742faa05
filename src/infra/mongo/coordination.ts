import type { Instant } from '../../domain/time.ts';
import { type CollectionSpec, collectionOf, isDuplicateKey } from './collection.ts';
import type { Connection } from './connection.ts';

export const leasesSpec: CollectionSpec = {
  name: 'leases',
  indexes: [],
  queries: [
    { filter: { _id: 'is', $or: 'guard' }, index: '_id_' },
    { filter: { _id: 'is', owner: 'is' }, index: '_id_' },
  ],
  shardKey: { _id: 'hashed' },
  outbox: false,
};
export const watermarksSpec: CollectionSpec = {
  name: 'watermarks',
  indexes: [],
  shardKey: { _id: 'hashed' },
  outbox: false,
};

/** Keeps one of several processes at a task. Losing the lease is harmless: what it guards is also guarded by keys. */
export interface Leases {
  /** Takes or renews the lease until `now + ttlMs`; false while another owner holds it. */
  hold(name: string, owner: string, now: Instant, ttlMs: number): Promise<boolean>;
  release(name: string, owner: string): Promise<void>;
}

export function openLeases(connection: Connection): Leases {
  const leases = collectionOf<{ _id: string; owner: string; until: Date }>(connection, leasesSpec);
  return {
    hold: async (name, owner, now, ttlMs) => {
      const free = { $or: [{ owner }, { until: { $lte: new Date(now) } }] };
      try {
        await leases.updateOne(
          { _id: name, ...free },
          { $set: { owner, until: new Date(now + ttlMs) } },
          { upsert: true },
        );
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    release: async (name, owner) => {
      await leases.deleteOne({ _id: name, owner });
    },
  };
}

/** Named positions in the journal up to which some work is known to be done. They only ever move forward. */
export interface Watermarks {
  read(name: string): Promise<number>;
  raise(name: string, position: number): Promise<void>;
}

export function openWatermarks(connection: Connection): Watermarks {
  const watermarks = collectionOf<{ _id: string; position: number }>(connection, watermarksSpec);
  return {
    read: async (name) => (await watermarks.findOne({ _id: name }))?.position ?? 0,
    raise: async (name, position) => {
      await watermarks.updateOne({ _id: name }, { $max: { position } }, { upsert: true });
    },
  };
}
