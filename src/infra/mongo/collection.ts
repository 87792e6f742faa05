import type { Collection, Document, IndexDescription } from 'mongodb';
import type { Connection } from './connection.ts';

/** One kind of query that is issued, and the index that serves it. */
export interface QueryShape {
  /** How each field is asked for; a `guard` is looked at in the one document that the others find. */
  readonly filter: Readonly<Record<string, 'is' | 'in' | 'range' | 'guard'>>;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly index: string;
}

/** One collection as its repository declares it: every index that its queries need, and the key it is sharded by. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes: readonly IndexDescription[];
  /** What is asked of it beside `_id` and the outbox. */
  readonly queries?: readonly QueryShape[];
  readonly shardKey: Readonly<Record<string, 1 | 'hashed'>>;
  /** Its documents carry an outbox that the relay empties. */
  readonly outbox: boolean;
}

/** Documents whose outbox waits for the relay; sparse, so that it holds only those. */
export const PENDING_INDEX: IndexDescription = { key: { pending: 1 }, name: 'pending', sparse: true };

const BY_ID: readonly QueryShape[] = [
  { filter: { _id: 'is' }, index: '_id_' },
  { filter: { _id: 'in' }, index: '_id_' },
];
const OF_OUTBOX: readonly QueryShape[] = [
  { filter: { pending: 'is' }, index: 'pending' },
  { filter: { _id: 'is', version: 'is' }, index: '_id_' },
  { filter: { _id: 'is', version: 'range' }, index: '_id_' },
];

/** Every query that may be issued to a collection. Any other fails the tests. */
export function queriesOf(spec: CollectionSpec): readonly QueryShape[] {
  return [...BY_ID, ...(spec.outbox ? OF_OUTBOX : []), ...(spec.queries ?? [])];
}

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
