import type { Collection, Document, IndexDescription } from 'mongodb';
import type { Connection } from './connection.ts';

/** One collection as its repository declares it: every index that its queries need, and the key it is sharded by. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
  readonly shardKey: Readonly<Record<string, 1 | 'hashed'>>;
  /** Its documents carry an outbox that the relay empties. */
  readonly outbox: boolean;
}

/** Documents whose outbox waits for the relay; sparse, so that it holds only those. */
export const PENDING_INDEX: IndexDescription = { key: { pending: 1 }, name: 'pending', sparse: true };

/** The driver's collection behind a mongoose connection: for documents that are parsed before and after. */
export function collectionOf<Schema extends Document>(
  connection: Connection,
  spec: CollectionSpec,
): Collection<Schema> {
  return connection.getClient().db(connection.name).collection<Schema>(spec.name);
}

/** Creates what is missing; existing indexes are left alone. */
export async function ensureIndexes(connection: Connection, specs: readonly CollectionSpec[]): Promise<void> {
  for (const spec of specs) {
    if (spec.indexes.length > 0) await collectionOf(connection, spec).createIndexes([...spec.indexes]);
  }
}

const DUPLICATE_KEY = 11_000;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
}
