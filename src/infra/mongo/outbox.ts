import type { StreamEvent } from '../../domain/journal/event.ts';
import { type CollectionSpec, collectionOf } from './collection.ts';
import type { Connection } from './connection.ts';

/** A document whose outbox waits. The version guards against clearing what was appended meanwhile. */
export interface PendingDocument {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly outbox: readonly StreamEvent[];
}

export interface Outboxes {
  /** Documents with undelivered events, at most `limit` from each collection. */
  pending(limit: number): Promise<PendingDocument[]>;
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
        const ids = idsByVersion(documents.filter((document) => document.collection === spec.name));
        const writes = [...ids].map(([version, ofVersion]) => ({
          updateMany: {
            filter: { _id: { $in: ofVersion }, version },
            update: { $set: { outbox: [] }, $unset: { pending: '' as const } },
          },
        }));
        if (writes.length > 0) await collectionOf<WithOutbox>(connection, spec).bulkWrite(writes, { ordered: false });
      }
    },
  };
}

/** One statement for all documents of one version instead of one for each. */
function idsByVersion(documents: readonly PendingDocument[]): Map<number, string[]> {
  const ids = new Map<number, string[]>();
  for (const { id, version } of documents) {
    const ofVersion = ids.get(version);
    if (ofVersion === undefined) ids.set(version, [id]);
    else ofVersion.push(id);
  }
  return ids;
}
