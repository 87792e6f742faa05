import type { Instant } from '../../domain/time.ts';
import { type CollectionSpec, collectionOf, isDuplicateKey } from './collection.ts';
import type { Connection } from './connection.ts';

/** Markers are kept this long after the work was done; the sweeper's watermark has passed them long before. */
const KEEP_SECONDS = 30 * 24 * 60 * 60;

export const markersSpec: CollectionSpec = {
  name: 'markers',
  indexes: [
    { key: { doneAt: 1 }, name: 'expiry', expireAfterSeconds: KEEP_SECONDS },
    { key: { dueAt: 1 }, name: 'due', sparse: true },
  ],
  queries: [
    { filter: { _id: 'is', doneAt: 'guard' }, index: '_id_' },
    { filter: { dueAt: 'range' }, sort: { dueAt: 1 }, index: 'due' },
  ],
  shardKey: { _id: 'hashed' },
  outbox: false,
};

/** What is known of one event's handling by one job. Without a marker: enqueued once by the relay, not yet done. */
export interface Marker {
  /** How often it was enqueued again. */
  readonly generation: number;
  readonly done: boolean;
}

/** A job that was enqueued again and is not known to be done. */
export interface OpenMarker {
  readonly key: string;
  /** Of the event in the journal. */
  readonly position: number;
  readonly job: string;
  readonly generation: number;
  /** When to look whether it still lives. */
  readonly dueAt: Instant;
}

export interface Markers {
  find(keys: readonly string[]): Promise<Map<string, Marker>>;
  done(key: string, at: Instant): Promise<void>;
  /** Notes that jobs were enqueued again, or are to be looked at later. Those that are done stay as they are. */
  renew(open: readonly OpenMarker[]): Promise<void>;
  /** Open ones whose time has come, the longest overdue first. */
  due(now: Instant, limit: number): Promise<OpenMarker[]>;
}

export function markerKey(event: string, job: string): string {
  return `${event}|${job}`;
}

interface StoredMarker {
  _id: string;
  generation?: number;
  position?: number;
  job?: string;
  dueAt?: Date;
  doneAt?: Date;
}

export function openMarkers(connection: Connection): Markers {
  const markers = collectionOf<StoredMarker>(connection, markersSpec);
  return {
    find: async (keys) => {
      const found = await markers.find({ _id: { $in: [...keys] } }).toArray();
      return new Map(
        found.map(({ _id, generation, doneAt }) => [_id, { generation: generation ?? 0, done: doneAt !== undefined }]),
      );
    },
    done: async (key, at) => {
      await markers.updateOne(
        { _id: key },
        { $set: { doneAt: new Date(at) }, $unset: { dueAt: '' } },
        { upsert: true },
      );
    },
    renew: async (open) => {
      if (open.length === 0) return;
      const writes = open.map(({ key, dueAt, ...rest }) => ({
        updateOne: {
          filter: { _id: key, doneAt: { $exists: false } },
          update: { $set: { ...rest, dueAt: new Date(dueAt) } },
          upsert: true,
        },
      }));
      try {
        await markers.bulkWrite(writes, { ordered: false });
      } catch (error) {
        // It was done meanwhile: the filter passes it by and the insertion meets it.
        if (!isDuplicateKey(error)) throw error;
      }
    },
    due: async (now, limit) => {
      const found = await markers
        .find({ dueAt: { $lte: new Date(now) } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id, position = 0, job = '', generation = 0, dueAt }) => ({
        key: _id,
        position,
        job,
        generation,
        dueAt: dueAt?.getTime() ?? now,
      }));
    },
  };
}
