import type { Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import { idOf } from '../documents.ts';
import { failedToParse } from '../errors.ts';
import type { parseFilter } from '../match/parse.ts';
import { parseProjection } from '../projection.ts';
import { collectMatches, type Match } from '../query.ts';
import { parseSort } from '../sort.ts';
import { parseUpdate, type Update } from '../update/update.ts';
import { beginReply } from '../wire.ts';
import { type Command, type Request, refuseCollation, resolveHint } from './context.ts';
import { filterOf } from './find.ts';
import { ensureCollection } from './insert.ts';
import { replaceDocument, upsertDocument } from './update.ts';

interface Outcome {
  readonly found: number;
  readonly updatedExisting: boolean;
  readonly upserted: Value | undefined;
  readonly value: Value | undefined;
}

function firstMatch(request: Request, filter: ReturnType<typeof parseFilter>): Match | undefined {
  const collection = request.collection();
  if (collection === undefined) return undefined;
  const hint = resolveHint(collection, request.get('hint'));
  const sort = parseSort(request.document('sort'));
  return collectMatches(request.engine.storage, collection, {
    filter,
    sort,
    skip: 0,
    limit: 1,
    hint,
    timeLimit: request.timeLimit,
  })[0];
}

function modify(request: Request, filter: ReturnType<typeof parseFilter>, update: Update | undefined): Outcome {
  const { engine, database } = request;
  const match = firstMatch(request, filter);
  const collection = request.collection();
  if (match !== undefined && collection !== undefined) {
    if (update === undefined) {
      engine.documents.remove(collection, match.idKey, match.document);
      return { found: 1, updatedExisting: false, upserted: undefined, value: match.document };
    }
    const after = update.apply(match.document, filter, false);
    replaceDocument(engine, collection, match.idKey, match.document, after);
    return {
      found: 1,
      updatedExisting: true,
      upserted: undefined,
      value: request.flag('new') ? after : match.document,
    };
  }
  if (update === undefined || !request.flag('upsert')) {
    return { found: 0, updatedExisting: false, upserted: undefined, value: undefined };
  }
  const document = upsertDocument(filter, update);
  engine.documents.insert(collection ?? ensureCollection(engine, database, request.collectionName()), document);
  return {
    found: 1,
    updatedExisting: false,
    upserted: idOf(document),
    value: request.flag('new') ? document : undefined,
  };
}

async function findAndModify(request: Request): Promise<BsonWriter> {
  refuseCollation(request.get('collation'));
  const operation = request.get('update');
  const removes = request.flag('remove');
  if (operation === undefined && !removes) throw failedToParse('Either an update or remove=true must be specified');
  if (operation !== undefined && removes) throw failedToParse('Cannot specify both an update and remove=true');
  if (removes && request.flag('upsert')) throw failedToParse('Cannot specify both upsert=true and remove=true');
  if (removes && request.flag('new'))
    throw failedToParse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  const filter = filterOf(request.document('query'), request.document('let'));
  const project = parseProjection(request.document('fields') ?? request.document('projection'), filter);
  const update =
    operation === undefined
      ? undefined
      : parseUpdate(operation, {
          arrayFilters: request.get('arrayFilters'),
          variables: request.document('let'),
          now: request.engine.now(),
        });
  const outcome = await request.engine.storage.write(() => modify(request, filter, update));
  const reply = beginReply(512).object('lastErrorObject').int32('n', outcome.found);
  if (!removes) reply.boolean('updatedExisting', outcome.updatedExisting);
  if (outcome.upserted !== undefined) reply.value('upserted', outcome.upserted);
  reply.end();
  if (outcome.value === undefined) reply.null('value');
  else reply.value('value', project === undefined ? outcome.value : project(outcome.value));
  return reply.double('ok', 1).end();
}

const FIELDS = [
  'query',
  'sort',
  'remove',
  'update',
  'new',
  'fields',
  'projection',
  'upsert',
  'bypassDocumentValidation',
  'collation',
  'arrayFilters',
  'hint',
  'let',
];

export const findAndModifyCommands: Readonly<Record<string, Command>> = {
  findAndModify: { run: findAndModify, fields: FIELDS },
  findandmodify: { run: findAndModify, fields: FIELDS },
};
