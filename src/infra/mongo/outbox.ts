import type { AnyBulkWriteOperation } from 'mongodb';
import type { StreamEvent } from '../../domain/journal/event.ts';
import { type CollectionSpec, collectionOf } from './collection.ts';
import type { Connection } from './connection.ts';

/** A document whose outbox waits, as it was read. */
export interface PendingDocument {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly outbox: readonly StreamEvent[];
}

export interface Outboxes {
  /** Documents with undelivered events, at most `limit` from each collection. */
  pending(limit: number): Promise<PendingDocument[]>;
  /** Forgets the events of these documents; those that were appended since `pending` stay. */
  clear(documents: readonly PendingDocument[]): Promise<void>;
}

interface WithOutbox {
  _id: string;
  version: number;
  outbox: readonly StreamEvent[];
  pending?: true;
}

export function openOutboxes(connection: Connection, specs: readonly CollectionSpec[]): Outboxes {
  const sources = specs.filter((spec) => spec.outbox);
  const projection = { _id: 1, version: 1, outbox: 1 } as const;
  return {
    pending: async (limit) => {
      const found = await Promise.all(
        sources.map(async (spec) => {
          const collection = collectionOf<WithOutbox>(connection, spec);
          const documents = await collection.find({ pending: true }, { projection }).limit(limit).toArray();
          return documents.map(({ _id, version, outbox }) => ({ collection: spec.name, id: _id, version, outbox }));
        }),
      );
      return found.flat();
    },
    clear: async (documents) => {
      for (const spec of sources) {
        const own = documents.filter((document) => document.collection === spec.name);
        if (own.length === 0) continue;
        const collection = collectionOf<WithOutbox>(connection, spec);
        const { matchedCount } = await collection.bulkWrite(own.map(emptied), { ordered: false });
        // Whoever writes to a document all the time would otherwise keep its outbox growing.
        if (matchedCount < own.length) await collection.bulkWrite(own.map(shortened), { ordered: false });
      }
    },
  };
}

/** Nothing was appended since: the outbox is empty. */
function emptied({ id, version }: PendingDocument): AnyBulkWriteOperation<WithOutbox> {
  const update = { $set: { outbox: [] }, $unset: { pending: '' as const } };
  return { updateOne: { filter: { _id: id, version }, update } };
}

/** The document went on: only what was delivered goes. */
function shortened({ id, version, outbox }: PendingDocument): AnyBulkWriteOperation<WithOutbox> {
  const delivered = { sequence: { $lte: outbox.at(-1)?.sequence ?? 0 } };
  return { updateOne: { filter: { _id: id, version: { $gt: version } }, update: { $pull: { outbox: delivered } } } };
}
