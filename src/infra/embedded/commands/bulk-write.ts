import { int32 } from '../bson/make.ts';
import { ObjectNode, sealed } from '../bson/tree.ts';
import { BsonType, elementsOf, field, type Value } from '../bson/value.ts';
import { type BsonWriter, buildDocument } from '../bson/writer.ts';
import { Cursor } from '../cursors.ts';
import { storable } from '../documents.ts';
import { badValue, DuplicateKeyError, ServerError } from '../errors.ts';
import { beginReply } from '../wire.ts';
import { splitNamespace } from './collections.ts';
import { type Command, type Engine, flagOf, integerOf, type Request } from './context.ts';
import { runDelete } from './delete.ts';
import { ListStream } from './find.ts';
import { checkBatch, ensureCollection } from './insert.ts';
import { parseStatement, runUpdate } from './update.ts';

const ZERO = int32(0);
const ONE = int32(1);

interface Totals {
  inserted: number;
  matched: number;
  modified: number;
  upserted: number;
  deleted: number;
}

interface Result {
  readonly index: number;
  readonly n: number;
  readonly modified?: number;
  readonly upserted?: Value;
  readonly error?: ServerError;
}

/** The operation with its fields named as the older commands name them. */
function renamed(operation: Value, names: Readonly<Record<string, string>>): Value {
  const node = new ObjectNode();
  for (const { name, value } of elementsOf(operation)) node.set(names[name] ?? name, value);
  return sealed(node);
}

function target(operation: Value, position: Value, namespaces: readonly Value[]): [string, string] {
  const info = namespaces[integerOf(position, 'bulkWrite.ops')];
  const namespace = info === undefined ? undefined : field(info, 'ns');
  if (namespace?.type !== BsonType.string)
    throw badValue(`BulkWrite ops entry ${elementsOf(operation)[0]?.name} has an invalid nsInfo index.`);
  return splitNamespace(namespace.asString());
}

function runOperation(
  engine: Engine,
  operation: Value,
  namespaces: readonly Value[],
  index: number,
  totals: Totals,
  request: Request,
): Result {
  const { timeLimit } = request;
  const variables = request.document('let');
  const [first] = elementsOf(operation);
  if (first === undefined) throw badValue('BulkWrite ops entry is empty');
  const [database, name] = target(operation, first.value, namespaces);
  if (first.name === 'insert') {
    const document = field(operation, 'document');
    if (document === undefined) throw badValue('BulkWrite insert has no document');
    engine.documents.insert(ensureCollection(engine, database, name), storable(document));
    totals.inserted += 1;
    return { index, n: 1 };
  }
  if (first.name === 'delete') {
    const node = renamed(operation, { filter: 'q' });
    const multi = flagOf(field(operation, 'multi'), 'bulkWrite.delete.multi');
    const n = runDelete(engine, database, name, withLimit(node, multi), variables, timeLimit);
    totals.deleted += n;
    return { index, n };
  }
  if (first.name !== 'update') throw badValue(`BulkWrite ops entry has an unknown operation ${first.name}`);
  const statement = parseStatement(
    engine,
    renamed(operation, { filter: 'q', updateMods: 'u', constants: 'c' }),
    variables,
    timeLimit,
  );
  const outcome = runUpdate(engine, database, name, statement);
  totals.matched += outcome.matched;
  totals.modified += outcome.modified;
  if (outcome.upserted === undefined) return { index, n: outcome.matched, modified: outcome.modified };
  totals.upserted += 1;
  return { index, n: 1, modified: 0, upserted: outcome.upserted };
}

function withLimit(statement: Value, multi: boolean): Value {
  const node = ObjectNode.of(statement);
  node.set('limit', multi ? ZERO : ONE);
  return sealed(node);
}

function describe(result: Result): Buffer {
  return buildDocument((writer) => {
    writer.double('ok', result.error === undefined ? 1 : 0).int32('idx', result.index);
    if (result.error !== undefined) {
      writer.int32('code', result.error.code).string('errmsg', result.error.message);
      if (result.error instanceof DuplicateKeyError) {
        writer.document('keyPattern', result.error.keyPattern).document('keyValue', result.error.keyValue);
      }
    }
    writer.int32('n', result.n);
    if (result.modified !== undefined) writer.int32('nModified', result.modified);
    if (result.upserted !== undefined) writer.object('upserted').value('_id', result.upserted).end();
  });
}

async function bulkWrite(request: Request): Promise<BsonWriter> {
  if (request.database !== 'admin') throw new ServerError(13, 'bulkWrite may only be run against the admin database.');
  const { engine } = request;
  const operations = request.list('ops');
  const namespaces = request.list('nsInfo');
  const ordered = request.flag('ordered', true);
  const errorsOnly = request.flag('errorsOnly');
  checkBatch(operations.length, 'operations');
  const totals: Totals = { inserted: 0, matched: 0, modified: 0, upserted: 0, deleted: 0 };
  const results: Result[] = [];
  let errors = 0;
  await engine.storage.write(() => {
    request.timeLimit?.check();
    Object.assign(totals, { inserted: 0, matched: 0, modified: 0, upserted: 0, deleted: 0 });
    results.length = 0;
    errors = 0;
    for (const [index, operation] of operations.entries()) {
      try {
        const result = runOperation(engine, operation, namespaces, index, totals, request);
        if (!errorsOnly) results.push(result);
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        errors += 1;
        results.push({ index, n: 0, error });
        if (ordered) break;
      }
    }
  });
  const namespace = 'admin.$cmd.bulkWrite';
  const cursor = new Cursor(namespace, new ListStream(results.map(describe)), undefined, undefined);
  const reply = beginReply(1024).object('cursor');
  await cursor.writeBatch(reply, 'firstBatch', Number.POSITIVE_INFINITY);
  reply
    .int64('id', cursor.exhausted ? 0n : engine.cursors.add(cursor))
    .string('ns', namespace)
    .end();
  reply.int32('nErrors', errors).int32('nInserted', totals.inserted).int32('nMatched', totals.matched);
  reply.int32('nModified', totals.modified).int32('nUpserted', totals.upserted).int32('nDeleted', totals.deleted);
  return reply.double('ok', 1).end();
}

export const bulkWriteCommands: Readonly<Record<string, Command>> = {
  bulkWrite: {
    run: bulkWrite,
    fields: ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'let', 'bypassDocumentValidation', 'cursor'],
  },
};
