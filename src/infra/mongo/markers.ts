import type { Instant } from '../../domain/time.ts';
import { type CollectionSpec, collectionOf } from './collection.ts';
import type { Connection } from './connection.ts';

/** Markers are kept this long after the work was done; the sweeper's watermark has passed them long before. */
const KEEP_SECONDS = 30 * 24 * 60 * 60;

export const markersSpec: CollectionSpec = {
  name: 'markers',
  indexes: [{ key: { doneAt: 1 }, name: 'expiry', expireAfterSeconds: KEEP_SECONDS }],
  shardKey: { _id: 'hashed' },
  outbox: false,
};

/** What is known of one event's handling by one job. Without a marker: enqueued once by the relay, not yet done. */
export interface Marker {
  readonly generation: number;
  readonly done: boolean;
  readonly since: Instant;
}

export interface Markers {
  find(keys: readonly string[]): Promise<Map<string, Marker>>;
  done(key: string, at: Instant): Promise<void>;
  /** Notes that the entry was enqueued anew under the next generation. */
  renew(key: string, generation: number, at: Instant): Promise<void>;
}

export function markerKey(event: string, job: string): string {
  return `${event}|${job}`;
}

export function openMarkers(connection: Connection): Markers {
  const markers = collectionOf<{ _id: string; generation?: number; since: Date; doneAt?: Date }>(
    connection,
    markersSpec,
  );
  return {
    find: async (keys) => {
      const found = await markers.find({ _id: { $in: [...keys] } }).toArray();
      return new Map(
        found.map(({ _id, generation, since, doneAt }) => [
          _id,
          { generation: generation ?? 0, done: doneAt !== undefined, since: since.getTime() },
        ]),
      );
    },
    done: async (key, at) => {
      await markers.updateOne({ _id: key }, { $set: { since: new Date(at), doneAt: new Date(at) } }, { upsert: true });
    },
    renew: async (key, generation, at) => {
      await markers.updateOne({ _id: key }, { $set: { generation, since: new Date(at) } }, { upsert: true });
    },
  };
}
