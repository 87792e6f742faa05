import { field, type Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import { ServerError } from '../errors.ts';
import { parseFilterWith, requireDocument } from '../match/parse.ts';
import { collectMatches } from '../query.ts';
import type { TimeLimit } from '../time-limit.ts';
import { beginReply } from '../wire.ts';
import {
  type Command,
  type Engine,
  integerOf,
  type Request,
  refuseCollation,
  resolveHint,
  type WriteError,
  writeWriteErrors,
} from './context.ts';
import { checkBatch } from './insert.ts';

/** Deletes what one statement matches, `limit` 1 or 0 for all. Inside a write only. */
export function runDelete(
  engine: Engine,
  database: string,
  name: string,
  statement: Value,
  variables: Value | undefined,
  timeLimit: TimeLimit | undefined,
): number {
  refuseCollation(field(statement, 'collation'));
  const filter = parseFilterWith(requireDocument(field(statement, 'q'), 'delete.deletes.q'), variables);
  const given = field(statement, 'limit');
  const limit = given === undefined ? 0 : integerOf(given, 'delete.deletes.limit');
  if (limit !== 0 && limit !== 1)
    throw new ServerError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  const collection = engine.catalog.get(database, name);
  if (collection === undefined) return 0;
  const hint = resolveHint(collection, field(statement, 'hint'));
  const matches = collectMatches(engine.storage, collection, { filter, sort: [], skip: 0, limit, hint, timeLimit });
  for (const { idKey, document } of matches) engine.documents.remove(collection, idKey, document);
  return matches.length;
}

async function remove(request: Request): Promise<BsonWriter> {
  const { engine, database } = request;
  const name = request.collectionName();
  const statements = request.list('deletes');
  const ordered = request.flag('ordered', true);
  const variables = request.document('let');
  checkBatch(statements.length, 'operations');
  let n = 0;
  const errors: WriteError[] = [];
  await engine.storage.write(() => {
    request.timeLimit?.check();
    n = 0;
    errors.length = 0;
    for (const [index, statement] of statements.entries()) {
      try {
        n += runDelete(engine, database, name, statement, variables, request.timeLimit);
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        errors.push({ index, error });
        if (ordered) break;
      }
    }
  });
  const reply = beginReply().int32('n', n);
  writeWriteErrors(reply, errors);
  return reply.double('ok', 1).end();
}

export const deleteCommands: Readonly<Record<string, Command>> = {
  delete: { run: remove, fields: ['deletes', 'ordered', 'let'] },
};
