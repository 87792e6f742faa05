import { objectId } from '../bson/make.ts';
import { ObjectNode, sealed } from '../bson/tree.ts';
import { field, type Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import type { Collection } from '../catalog.ts';
import { checkIdType, idOf, MAX_DOCUMENT_SIZE, storable } from '../documents.ts';
import { failedToParse, ServerError } from '../errors.ts';
import type { MatchNode } from '../match/nodes.ts';
import { parseFilterWith, requireDocument } from '../match/parse.ts';
import { collectMatches } from '../query.ts';
import { parseSort, type SortKey } from '../sort.ts';
import type { TimeLimit } from '../time-limit.ts';
import { parseUpdate, seedOf, type Update } from '../update/update.ts';
import { beginReply } from '../wire.ts';
import {
  type Command,
  type Engine,
  flagOf,
  type Request,
  refuseCollation,
  resolveHint,
  type WriteError,
  writeWriteErrors,
} from './context.ts';
import { checkBatch, ensureCollection } from './insert.ts';

/** One statement of an `update` command, parsed. */
export interface UpdateStatement {
  readonly filter: MatchNode;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly sort: readonly SortKey[];
  readonly hint: Value | undefined;
  readonly timeLimit: TimeLimit | undefined;
}

export interface UpdateOutcome {
  readonly matched: number;
  readonly modified: number;
  /** The `_id` of an inserted document. */
  readonly upserted: Value | undefined;
}

/** Throws the server's code for a malformed statement. */
export function parseStatement(
  engine: Engine,
  statement: Value,
  variables: Value | undefined,
  timeLimit: TimeLimit | undefined,
): UpdateStatement {
  refuseCollation(field(statement, 'collation'));
  const operation = field(statement, 'u');
  if (operation === undefined)
    throw new ServerError(40414, "BSON field 'update.updates.u' is missing but a required field");
  const update = parseUpdate(operation, {
    arrayFilters: field(statement, 'arrayFilters'),
    variables: field(statement, 'c') ?? variables,
    now: engine.now(),
  });
  const multi = flagOf(field(statement, 'multi'), 'update.updates.multi');
  const sort = parseSort(field(statement, 'sort'));
  if (multi && update.kind === 'replacement')
    throw failedToParse('multi update is not supported for replacement-style update');
  if (multi && sort.length > 0) throw failedToParse('Cannot specify sort with multi=true');
  return {
    filter: parseFilterWith(requireDocument(field(statement, 'q'), 'update.updates.q'), variables),
    update,
    multi,
    upsert: flagOf(field(statement, 'upsert'), 'update.updates.upsert'),
    sort,
    hint: field(statement, 'hint'),
    timeLimit,
  };
}

/** Stores `after` in place of `before`; false when they are the same bytes. Inside a write only. */
export function replaceDocument(
  engine: Engine,
  collection: Collection,
  idKey: Buffer,
  before: Value,
  after: Value,
): boolean {
  if (before.raw().equals(after.raw())) return false;
  if (after.end - after.start > MAX_DOCUMENT_SIZE) {
    throw new ServerError(17419, `Resulting document after update is larger than ${MAX_DOCUMENT_SIZE}`);
  }
  engine.documents.replace(collection, idKey, before, after);
  return true;
}

/** The document that an upsert inserts. */
export function upsertDocument(filter: MatchNode, update: Update): Value {
  const seed = seedOf(filter);
  const id = seed.get('_id');
  let base = seed;
  if (update.kind === 'replacement') {
    base = new ObjectNode();
    if (id !== undefined) base.set('_id', id);
  }
  const document = update.apply(sealed(base), filter, true);
  const given = idOf(document);
  if (given !== undefined) {
    checkIdType(given.type);
    return storable(document);
  }
  const whole = new ObjectNode();
  whole.set('_id', objectId());
  const rest = ObjectNode.of(document);
  rest.names.forEach((name, at) => {
    const value = rest.values[at];
    if (value !== undefined) whole.set(name, value);
  });
  return storable(sealed(whole));
}

/** Inside a write only. */
export function runUpdate(engine: Engine, database: string, name: string, statement: UpdateStatement): UpdateOutcome {
  const { filter, update, multi, sort } = statement;
  const present = engine.catalog.get(database, name);
  const matches =
    present === undefined
      ? []
      : collectMatches(engine.storage, present, {
          filter,
          sort,
          skip: 0,
          limit: multi ? 0 : 1,
          hint: resolveHint(present, statement.hint),
          timeLimit: statement.timeLimit,
        });
  let modified = 0;
  if (present !== undefined) {
    for (const { idKey, document } of matches) {
      if (replaceDocument(engine, present, idKey, document, update.apply(document, filter, false))) modified += 1;
    }
  }
  if (matches.length > 0 || !statement.upsert) return { matched: matches.length, modified, upserted: undefined };
  const document = upsertDocument(filter, update);
  engine.documents.insert(present ?? ensureCollection(engine, database, name), document);
  return { matched: 0, modified: 0, upserted: idOf(document) };
}

async function update(request: Request): Promise<BsonWriter> {
  const { engine, database } = request;
  const name = request.collectionName();
  const statements = request.list('updates');
  const ordered = request.flag('ordered', true);
  const variables = request.document('let');
  checkBatch(statements.length, 'operations');
  let n = 0;
  let modified = 0;
  const upserted: { index: number; id: Value }[] = [];
  const errors: WriteError[] = [];
  await engine.storage.write(() => {
    request.timeLimit?.check();
    n = 0;
    modified = 0;
    upserted.length = 0;
    errors.length = 0;
    for (const [index, statement] of statements.entries()) {
      try {
        const outcome = runUpdate(
          engine,
          database,
          name,
          parseStatement(engine, statement, variables, request.timeLimit),
        );
        n += outcome.matched + (outcome.upserted === undefined ? 0 : 1);
        modified += outcome.modified;
        if (outcome.upserted !== undefined) upserted.push({ index, id: outcome.upserted });
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        errors.push({ index, error });
        if (ordered) break;
      }
    }
  });
  const reply = beginReply().int32('n', n);
  if (upserted.length > 0) {
    reply.array('upserted');
    upserted.forEach(({ index, id }, position) => {
      reply.object(String(position)).int32('index', index).value('_id', id).end();
    });
    reply.end();
  }
  reply.int32('nModified', modified);
  writeWriteErrors(reply, errors);
  return reply.double('ok', 1).end();
}

export const updateCommands: Readonly<Record<string, Command>> = {
  update: { run: update, fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'] },
};
