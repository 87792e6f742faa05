import type { Value } from '../bson/value.ts';
import { BsonType, documentOf } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import type { Collection } from '../catalog.ts';
import { Cursor, type Project } from '../cursors.ts';
import { badValue, ServerError, typeMismatch } from '../errors.ts';
import { encodeValue, isLong } from '../index-key.ts';
import { AndNode, type MatchNode } from '../match/nodes.ts';
import { parseFilterWith } from '../match/parse.ts';
import { parseProjection } from '../projection.ts';
import { EmptyStream, findById, idAskedFor, openQuery, type Query, type Stream } from '../query.ts';
import { parseSort } from '../sort.ts';
import { beginReply } from '../wire.ts';
import { type Command, type Request, refuseCollation, resolveHint } from './context.ts';

const FIRST_BATCH = 101;
const NO_FILTER = new AndNode([]);

export function filterOf(filter: Value | undefined, variables?: Value): MatchNode {
  return filter === undefined ? NO_FILTER : parseFilterWith(filter, variables);
}

function notNegative(value: number | undefined, name: string): number {
  if (value !== undefined && value < 0) {
    throw new ServerError(51024, `BSON field '${name}' value must be >= 0, actual value '${value}'`);
  }
  return value ?? 0;
}

/** The query that a `find` or `explain` of one describes. */
export function queryOf(request: Request, collection: Collection | undefined): Query {
  refuseCollation(request.get('collation'));
  for (const name of ['tailable', 'awaitData', 'returnKey', 'showRecordId', 'oplogReplay']) {
    if (request.flag(name)) throw new ServerError(115, `${name} is not supported by the embedded database`);
  }
  for (const name of ['min', 'max']) {
    const bound = request.document(name);
    if (bound !== undefined && bound.end - bound.start > 5)
      throw new ServerError(115, `${name} is not supported by the embedded database`);
  }
  return {
    filter: filterOf(request.document('filter'), request.document('let')),
    sort: parseSort(request.document('sort')),
    skip: notNegative(request.integer('skip'), 'skip'),
    limit: notNegative(request.integer('limit'), 'limit'),
    hint: collection === undefined ? undefined : resolveHint(collection, request.get('hint')),
    timeLimit: request.timeLimit,
  };
}

/** Answers with the first batch; keeps the cursor if there is more. */
export async function replyWithCursor(
  request: Request,
  namespace: string,
  stream: Stream,
  project: Project | undefined,
  batchSize: number,
  singleBatch: boolean,
): Promise<BsonWriter> {
  const cursor = new Cursor(namespace, stream, project, request.timeLimit);
  const reply = beginReply(1024).object('cursor');
  await cursor.writeBatch(reply, 'firstBatch', batchSize);
  const id = cursor.exhausted || singleBatch ? 0n : request.engine.cursors.add(cursor);
  return reply.int64('id', id).string('ns', namespace).end().double('ok', 1).end();
}

function find(request: Request): Promise<BsonWriter> | BsonWriter {
  const { engine } = request;
  const collection = request.collection();
  const query = queryOf(request, collection);
  const projection = request.document('projection');
  const project = parseProjection(projection, query.filter);
  const batchSize = notNegative(request.integer('batchSize'), 'batchSize');
  const namespace = request.namespace();
  const id = query.skip === 0 && query.hint === undefined ? idAskedFor(query.filter) : undefined;
  if (collection !== undefined && id !== undefined && !isLong(encodeValue(id))) {
    const document = findById(engine.storage, collection, id);
    const reply = beginReply(512).object('cursor').array('firstBatch');
    if (document !== undefined) reply.value('0', project === undefined ? document : project(document));
    return reply.end().int64('id', 0n).string('ns', namespace).end().double('ok', 1).end();
  }
  const stream = collection === undefined ? new EmptyStream() : openQuery(engine.storage, collection, query).stream;
  const first = request.get('batchSize') === undefined ? FIRST_BATCH : batchSize;
  return replyWithCursor(request, namespace, stream, project, first, request.flag('singleBatch'));
}

async function getMore(request: Request): Promise<BsonWriter> {
  const id = request.get('getMore');
  if (id?.type !== BsonType.int64)
    throw typeMismatch("BSON field 'getMore.getMore' is the wrong type, expected type 'long'");
  const namespace = `${request.database}.${request.text('collection') ?? ''}`;
  const { cursors } = request.engine;
  const cursor = cursors.take(id.asBigInt(), namespace);
  const size = notNegative(request.integer('batchSize'), 'batchSize');
  cursor.busy = true;
  try {
    const reply = beginReply(1024).object('cursor');
    await cursor.writeBatch(reply, 'nextBatch', size === 0 ? Number.POSITIVE_INFINITY : size);
    if (cursor.exhausted) cursors.remove(id.asBigInt());
    return reply
      .int64('id', cursor.exhausted ? 0n : id.asBigInt())
      .string('ns', namespace)
      .end()
      .double('ok', 1)
      .end();
  } catch (error) {
    cursors.remove(id.asBigInt());
    throw error;
  } finally {
    cursor.busy = false;
  }
}

function killCursors(request: Request): BsonWriter {
  const killed: bigint[] = [];
  const missing: bigint[] = [];
  for (const item of request.list('cursors')) {
    if (item.type !== BsonType.int64) throw badValue('killCursors needs cursor ids of type long');
    const id = item.asBigInt();
    (request.engine.cursors.remove(id) ? killed : missing).push(id);
  }
  const reply = beginReply();
  const write = (name: string, ids: readonly bigint[]) => {
    reply.array(name);
    ids.forEach((id, at) => {
      reply.int64(String(at), id);
    });
    reply.end();
  };
  write('cursorsKilled', killed);
  write('cursorsNotFound', missing);
  write('cursorsAlive', []);
  write('cursorsUnknown', []);
  return reply.double('ok', 1).end();
}

/** Documents that are ready, as a stream. */
export class ListStream implements Stream {
  readonly #documents: Iterator<Buffer>;

  constructor(documents: Iterable<Buffer>) {
    this.#documents = documents[Symbol.iterator]();
  }

  next(): Value | undefined {
    const step = this.#documents.next();
    return step.done ? undefined : documentOf(step.value);
  }

  pause(): void {
    // Nothing is held between steps.
  }
}

export const findCommands: Readonly<Record<string, Command>> = {
  find: {
    run: find,
    fields: [
      'filter',
      'sort',
      'projection',
      'hint',
      'skip',
      'limit',
      'batchSize',
      'singleBatch',
      'min',
      'max',
      'returnKey',
      'showRecordId',
      'tailable',
      'oplogReplay',
      'noCursorTimeout',
      'awaitData',
      'allowPartialResults',
      'collation',
      'allowDiskUse',
      'let',
    ],
  },
  getMore: { run: getMore, fields: ['collection', 'batchSize'] },
  killCursors: { run: killCursors, fields: ['cursors'] },
};
