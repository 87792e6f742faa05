import { stagesOf } from '../aggregate/pipeline.ts';
import { ObjectNode, sealed } from '../bson/tree.ts';
import { BsonType, documentOf, elementsOf, field, itemsOf, type Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import type { Collection } from '../catalog.ts';
import { ServerError } from '../errors.ts';
import { choosePlan, type Plan, type ScanPlan } from '../planner.ts';
import { openQuery, type Query } from '../query.ts';
import { beginReply } from '../wire.ts';
import { splitPipeline } from './aggregate.ts';
import { type Command, Request, wrongType } from './context.ts';
import { forEachDocument } from './count.ts';
import { filterOf, queryOf } from './find.ts';

function innerQuery(inner: Request, collection: Collection | undefined): Query {
  const empty: Query = { filter: filterOf(undefined), sort: [], skip: 0, limit: 0, hint: undefined };
  switch (inner.name) {
    case 'find':
      return queryOf(inner, collection);
    case 'count':
    case 'distinct':
    case 'findAndModify':
      return { ...empty, filter: filterOf(inner.document('query')) };
    case 'update':
    case 'delete': {
      const list = inner.fields.get(inner.name === 'update' ? 'updates' : 'deletes');
      const [statement] = list?.type === BsonType.array ? itemsOf(list) : [];
      return { ...empty, filter: filterOf(statement === undefined ? undefined : field(statement, 'q')) };
    }
    case 'aggregate':
      return { ...empty, ...splitPipeline(stagesOf(inner.get('pipeline'))).query };
    default:
      throw new ServerError(59, `Explain failed due to unknown command: ${inner.name}`);
  }
}

function writeScan(writer: BsonWriter, collection: Collection, plan: ScanPlan): void {
  const isWhole = plan.index === collection.idIndex && !plan.bounded;
  const direction = plan.reverse ? 'backward' : 'forward';
  if (isWhole) {
    writer.string('stage', 'COLLSCAN').string('direction', direction);
    return;
  }
  const key = field(plan.index.definition, 'key');
  writer
    .string('stage', 'FETCH')
    .object('inputStage')
    .string('stage', plan.merge ? 'SORT_MERGE' : 'IXSCAN');
  if (key !== undefined) writer.value('keyPattern', key);
  writer.string('indexName', plan.index.name).string('direction', direction).int32('ranges', plan.ranges.length).end();
}

function writePlan(writer: BsonWriter, collection: Collection, plan: Plan, sorts: boolean): void {
  writer.object('winningPlan');
  const blocking = sorts && !(plan.kind === 'scan' && plan.sorted);
  if (blocking) writer.string('stage', 'SORT').object('inputStage');
  if (plan.kind === 'scan') {
    writeScan(writer, collection, plan);
  } else {
    writer.string('stage', 'OR').array('inputStages');
    plan.plans.forEach((each, at) => {
      writer.object(String(at));
      writeScan(writer, collection, each);
      writer.end();
    });
    writer.end();
  }
  if (blocking) writer.end();
  writer.end();
}

/** The inner command with the database of the outer one. */
function innerRequest(request: Request, explained: Value): Request {
  const node = new ObjectNode();
  for (const { name, value } of elementsOf(explained)) node.set(name, value);
  const database = request.fields.get('$db');
  if (database !== undefined) node.set('$db', database);
  return new Request(request.engine, documentOf(sealed(node).bytes), request.sequences, request.connectionId);
}

async function explain(request: Request): Promise<BsonWriter> {
  const explained = request.fields.get('explain');
  if (explained?.type !== BsonType.object)
    throw wrongType('explain.explain', explained ?? documentOf(Buffer.from([5, 0, 0, 0, 0])), 'object');
  const inner = innerRequest(request, explained);
  const collection = inner.collection();
  const query = innerQuery(inner, collection);
  const reply = beginReply(1024).object('queryPlanner').string('namespace', inner.namespace());
  if (collection === undefined) {
    reply.object('winningPlan').string('stage', 'EOF').end().end();
    return reply.double('ok', 1).end();
  }
  const plan = choosePlan(collection, query.filter, query.sort, query.hint);
  writePlan(reply, collection, plan, query.sort.length > 0);
  reply.end();
  if (request.text('verbosity') !== 'queryPlanner') {
    const open = openQuery(request.engine.storage, collection, query);
    let returned = 0;
    await forEachDocument(open.stream, () => {
      returned += 1;
    });
    reply.object('executionStats').boolean('executionSuccess', true).integer('nReturned', returned);
    reply.integer('totalKeysExamined', open.counters.keys).integer('totalDocsExamined', open.counters.documents).end();
  }
  return reply.double('ok', 1).end();
}

export const explainCommands: Readonly<Record<string, Command>> = {
  explain: { run: explain, fields: ['verbosity'] },
};
