import { buildPipeline, countOf, matchOf, stageOf, stagesOf } from '../aggregate/pipeline.ts';
import { BsonType, field, type Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import type { Collection } from '../catalog.ts';
import { storable } from '../documents.ts';
import { badValue, ServerError } from '../errors.ts';
import { AndNode, type MatchNode } from '../match/nodes.ts';
import { parseFilterWith } from '../match/parse.ts';
import { wholePlan } from '../planner.ts';
import { EmptyStream, openQuery, type Query, type Stream } from '../query.ts';
import { openScan, ScanCounters } from '../scan.ts';
import { parseSort, type SortKey } from '../sort.ts';
import { type Command, type Engine, type Request, refuseCollation, resolveHint } from './context.ts';
import { forEachDocument } from './count.ts';
import { ListStream, replyWithCursor } from './find.ts';
import { writeOutput } from './output.ts';

/** The stages at the front that a query answers, and those that are left. */
export function splitPipeline(
  stages: readonly Value[],
  variables?: Value,
): { query: Omit<Query, 'hint'>; rest: Value[] } {
  const filters: MatchNode[] = [];
  let sort: SortKey[] = [];
  let skip = 0;
  let limit = 0;
  let at = 0;
  const named = (name: string) => {
    const stage = stages[at];
    return stage !== undefined && stageOf(stage).name === name ? stageOf(stage).value : undefined;
  };
  for (let value = named('$match'); value !== undefined; value = named('$match')) {
    filters.push(parseFilterWith(matchOf(value), variables));
    at += 1;
  }
  const order = named('$sort');
  if (order?.type === BsonType.object) {
    sort = parseSort(order);
    at += 1;
  }
  const skipped = named('$skip');
  if (skipped !== undefined) {
    skip = countOf('$skip', skipped, 0);
    at += 1;
  }
  const limited = named('$limit');
  if (limited !== undefined) {
    limit = countOf('$limit', limited, 1);
    at += 1;
  }
  const [only] = filters;
  const filter = filters.length === 1 && only !== undefined ? only : new AndNode(filters);
  return { query: { filter, sort, skip, limit }, rest: stages.slice(at) };
}

function reader(engine: Engine, database: string): (name: string) => Value[] {
  return (name) => {
    const collection = engine.catalog.get(database, name);
    if (collection === undefined) return [];
    const documents: Value[] = [];
    const scan = openScan(engine.storage, collection, wholePlan(collection), new ScanCounters());
    for (let found = scan.next(); found !== undefined; found = scan.next()) documents.push(found.document.copy());
    return documents;
  };
}

function sourceOf(request: Request, collection: Collection | undefined, query: Omit<Query, 'hint'>): Stream {
  if (collection === undefined) return new EmptyStream();
  const hint = resolveHint(collection, request.get('hint'));
  return openQuery(request.engine.storage, collection, { ...query, hint, timeLimit: request.timeLimit }).stream;
}

function batchSizeOf(request: Request): number {
  const cursor = request.document('cursor');
  if (cursor === undefined)
    throw new ServerError(9, "The 'cursor' option is required, except for aggregate with the explain argument");
  const size = field(cursor, 'batchSize');
  if (size === undefined || size.isNullish) return 101;
  if (!size.isNumber || size.asDouble() < 0) throw badValue('cursor.batchSize must be a non-negative number');
  return size.asDouble();
}

async function aggregate(request: Request): Promise<BsonWriter> {
  refuseCollation(request.get('collation'));
  if (request.flag('explain'))
    throw new ServerError(115, 'explain of aggregate is not supported by the embedded database');
  const { engine, database } = request;
  const target = request.fields.get('aggregate');
  const sessions = '$listLocalSessions';
  const isDatabase = target?.isNumber === true;
  const stages = stagesOf(request.get('pipeline'));
  const variables = request.document('let');
  if (stages.some((stage) => stageOf(stage).name === '$changeStream'))
    throw new ServerError(40573, 'The $changeStream stage is only supported on replica sets');
  const last = stages.at(-1);
  const output = last === undefined ? undefined : stageOf(last);
  const writes = output?.name === '$out' || output?.name === '$merge';
  const read = writes ? stages.slice(0, -1) : stages;
  if (read.some((stage) => ['$out', '$merge'].includes(stageOf(stage).name))) {
    throw new ServerError(40601, '$out and $merge can only be the final stage in the pipeline');
  }
  const { query, rest } = splitPipeline(read, variables);
  const source = isDatabase
    ? new ListStream([Buffer.from([5, 0, 0, 0, 0])])
    : sourceOf(request, request.collection(), query);
  const firstName = stages[0] === undefined ? '' : stageOf(stages[0]).name;
  if (isDatabase && firstName !== '$documents' && firstName !== sessions) {
    throw new ServerError(73, `{aggregate: 1} is not valid for '${firstName}'; a collection is required.`);
  }
  const stream = buildPipeline(source, firstName === sessions ? rest.slice(1) : rest, {
    read: reader(engine, database),
    variables,
  });
  const namespace = isDatabase ? `${database}.$cmd.aggregate` : request.namespace();
  if (!writes || output === undefined)
    return replyWithCursor(request, namespace, stream, undefined, batchSizeOf(request), false);
  const documents: Value[] = [];
  await forEachDocument(stream, (document) => documents.push(storable(document.copy())));
  await engine.storage.write(() => writeOutput(engine, database, output, documents));
  return replyWithCursor(request, namespace, new EmptyStream(), undefined, 0, true);
}

export const aggregateCommands: Readonly<Record<string, Command>> = {
  aggregate: {
    run: aggregate,
    fields: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'bypassDocumentValidation', 'collation', 'hint', 'let'],
  },
};
