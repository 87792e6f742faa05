import type { Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import type { Collection } from '../catalog.ts';
import { storable } from '../documents.ts';
import { ServerError } from '../errors.ts';
import { beginReply } from '../wire.ts';
import { type Command, type Engine, type Request, type WriteError, writeWriteErrors } from './context.ts';

export const MOST_WRITES = 100_000;

/** Inside a write only. */
export function ensureCollection(engine: Engine, database: string, name: string): Collection {
  return engine.catalog.get(database, name) ?? engine.catalog.create(database, name);
}

/** Inserts each and collects failures; stops at the first one when `ordered`. Inside a write only. */
export function insertAll(
  engine: Engine,
  collection: Collection,
  documents: readonly Value[],
  ordered: boolean,
): { inserted: number; errors: WriteError[] } {
  const errors: WriteError[] = [];
  let inserted = 0;
  for (const [index, document] of documents.entries()) {
    try {
      engine.documents.insert(collection, storable(document));
      inserted += 1;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      errors.push({ index, error });
      if (ordered) break;
    }
  }
  return { inserted, errors };
}

export function checkBatch(count: number, what: string): void {
  if (count < 1 || count > MOST_WRITES) {
    throw new ServerError(16, `Write batch sizes must be between 1 and ${MOST_WRITES}. Got ${count} ${what}.`);
  }
}

async function insert(request: Request): Promise<BsonWriter> {
  const { engine, database } = request;
  const name = request.collectionName();
  const documents = request.list('documents');
  const ordered = request.flag('ordered', true);
  checkBatch(documents.length, 'operations');
  const { inserted, errors } = await engine.storage.write(() =>
    insertAll(engine, ensureCollection(engine, database, name), documents, ordered),
  );
  const reply = beginReply().int32('n', inserted);
  writeWriteErrors(reply, errors);
  return reply.double('ok', 1).end();
}

export const insertCommands: Readonly<Record<string, Command>> = {
  insert: { run: insert, fields: ['documents', 'ordered', 'bypassDocumentValidation'] },
};
