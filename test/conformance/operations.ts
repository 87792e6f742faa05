import { isDeepStrictEqual } from 'node:util';
import {
  AbstractCursor,
  type ClientBulkWriteModel,
  type ClientBulkWriteResult,
  type ClientSession,
  Collection,
  Db,
  type Document,
  MongoClient,
} from 'mongodb';
import { type Entities, type Entity, readPreferenceOf } from './entities.ts';
import { differenceOf } from './events.ts';

type Arguments = Document;
type Operation<Target> = (target: Target, args: Arguments, entities: Entities) => unknown;

/** Arguments as the driver takes them: sessions and read preferences are objects there. */
function driverOptions(args: Arguments, entities: Entities): Arguments {
  const options = { ...args };
  if (typeof args.session === 'string') options.session = entities.session(args.session);
  if (args.readPreference !== undefined) options.readPreference = readPreferenceOf(args.readPreference);
  if (typeof args.returnDocument === 'string') options.returnDocument = args.returnDocument.toLowerCase();
  return options;
}

const collectionOperations: Readonly<Record<string, Operation<Collection>>> = {
  aggregate: (target, { pipeline, ...options }) => target.aggregate(pipeline, options).toArray(),
  bulkWrite: (target, { requests, ...options }) => target.bulkWrite(requests, options),
  count: (target, { filter, ...options }) => target.count(filter, options),
  countDocuments: (target, { filter, ...options }) => target.countDocuments(filter, options),
  createIndex: (target, { keys, ...options }) => target.createIndex(keys, options),
  createFindCursor: async (target, { filter, ...options }) => {
    const cursor = target.find(filter, options);
    await cursor.hasNext();
    return cursor;
  },
  deleteMany: (target, { filter, ...options }) => target.deleteMany(filter, options),
  deleteOne: (target, { filter, ...options }) => target.deleteOne(filter, options),
  distinct: (target, { fieldName, filter, ...options }) => target.distinct(fieldName, filter, options),
  drop: (target, options) => target.drop(options),
  dropIndex: (target, { name, ...options }) => target.dropIndex(name, options),
  dropIndexes: (target, options) => target.dropIndexes(options),
  estimatedDocumentCount: (target, options) => target.estimatedDocumentCount(options),
  find: (target, { filter, ...options }) => target.find(filter, options).toArray(),
  findOne: (target, { filter, ...options }) => target.findOne(filter, options),
  findOneAndDelete: (target, { filter, ...options }) => target.findOneAndDelete(filter, options),
  findOneAndReplace: (target, { filter, replacement, ...options }) =>
    target.findOneAndReplace(filter, replacement, options),
  findOneAndUpdate: (target, { filter, update, ...options }) => target.findOneAndUpdate(filter, update, options),
  insertMany: (target, { documents, ...options }) => target.insertMany(documents, options),
  insertOne: (target, { document, ...options }) => target.insertOne(document, options),
  listIndexes: (target, options) => target.listIndexes(options).toArray(),
  rename: (target, { to, ...options }) => target.rename(to, options),
  replaceOne: (target, { filter, replacement, ...options }) => target.replaceOne(filter, replacement, options),
  updateMany: (target, { filter, update, ...options }) => target.updateMany(filter, update, options),
  updateOne: (target, { filter, update, ...options }) => target.updateOne(filter, update, options),
};

const databaseOperations: Readonly<Record<string, Operation<Db>>> = {
  aggregate: (target, { pipeline, ...options }) => target.aggregate(pipeline, options).toArray(),
  createCollection: (target, { collection, ...options }) => target.createCollection(collection, options),
  createCommandCursor: async (target, args) => {
    const cursor = commandCursor(target, args);
    await cursor.hasNext();
    return cursor;
  },
  dropCollection: (target, { collection, ...options }) => target.dropCollection(collection, options),
  listCollectionNames: async (target, { filter, ...options }) =>
    (await target.listCollections(filter, { ...options, nameOnly: true }).toArray()).map(({ name }) => name),
  listCollections: (target, { filter, ...options }) => target.listCollections(filter, options).toArray(),
  modifyCollection: (target, { collection, ...options }) => target.command({ collMod: collection, ...options }),
  runCommand: (target, { command, commandName: _, ...options }) => target.command(command, options),
  runCursorCommand: (target, args) => commandCursor(target, args).toArray(),
};

function commandCursor(target: Db, args: Arguments) {
  const { command, commandName: _, batchSize, maxTimeMS, comment, cursorType: __, ...options } = args;
  const cursor = target.runCursorCommand(command, options);
  if (batchSize !== undefined) cursor.setBatchSize(batchSize);
  if (maxTimeMS !== undefined) cursor.setMaxTimeMS(maxTimeMS);
  if (comment !== undefined) cursor.setComment(comment);
  return cursor;
}

function bulkModel(model: Document): ClientBulkWriteModel<Document> {
  const [name, fields] = Object.entries<Document>(model)[0] ?? ['', {}];
  const { namespace, filter, update, replacement, document, ...rest } = fields;
  const base = { ...rest, namespace };
  switch (name) {
    case 'insertOne':
      return { ...base, name, document };
    case 'updateOne':
    case 'updateMany':
      return { ...base, name, filter, update };
    case 'replaceOne':
      return { ...base, name, filter, replacement };
    case 'deleteOne':
    case 'deleteMany':
      return { ...base, name, filter };
    default:
      throw new Error(`The runner knows no bulk model ${name}`);
  }
}

/** The driver says of every update whether it upserted, which the specification does not know. */
function asSpecified(result: ClientBulkWriteResult): Document {
  const updates = [...(result.updateResults ?? [])].map(([at, { didUpsert: _, ...rest }]) => [at, rest] as const);
  return { ...result, ...(result.updateResults === undefined ? {} : { updateResults: new Map(updates) }) };
}

const clientOperations: Readonly<Record<string, Operation<MongoClient>>> = {
  clientBulkWrite: async (target, { models, ...options }) =>
    asSpecified(await target.bulkWrite(models.map(bulkModel), options)),
  close: (target) => target.close(),
  listDatabaseNames: async (target, options) =>
    (
      await target
        .db('admin')
        .admin()
        .listDatabases({ ...options, nameOnly: true })
    ).databases.map(({ name }) => name),
  listDatabases: async (target, options) => (await target.db('admin').admin().listDatabases(options)).databases,
};

const cursorOperations: Readonly<Record<string, Operation<AbstractCursor>>> = {
  close: (target) => target.close(),
  iterateOnce: (target) => target.tryNext(),
  iterateUntilDocumentOrError: (target) => target.next(),
};

const runnerOperations: Readonly<Record<string, Operation<Entities>>> = {
  failPoint: (entities, { client, failPoint }) => entities.client(client).db('admin').command(failPoint),
  createEntities: (entities, args) => entities.create(args.entities),
  assertCollectionExists: (entities, args) => assertCollection(entities, args, true),
  assertCollectionNotExists: (entities, args) => assertCollection(entities, args, false),
  assertIndexExists: (entities, args) => assertIndex(entities, args, true),
  assertIndexNotExists: (entities, args) => assertIndex(entities, args, false),
  assertSameLsidOnLastTwoCommands: (entities, { client }) => assertLastLsids(entities, client, true),
  assertDifferentLsidOnLastTwoCommands: (entities, { client }) => assertLastLsids(entities, client, false),
  assertNumberConnectionsCheckedOut: (entities, { client, connections }) => {
    if (entities.checkedOut(client) !== connections)
      throw new Error(`${entities.checkedOut(client)} connections are in use, expected ${connections}`);
  },
  assertEventCount: (entities, { client, event, count }) => {
    const [[type, expected] = ['', {}]] = Object.entries<Document>(event);
    const found = entities
      .events(client)
      .filter((each) => each.type === type && differenceOf([{ [type]: expected }], [each], entities) === undefined);
    if (found.length !== count) throw new Error(`${type} was seen ${found.length} times, expected ${count}`);
  },
};

async function assertCollection(entities: Entities, args: Arguments, exists: boolean): Promise<void> {
  const names = await entities.administer((client) =>
    client.db(args.databaseName).listCollections({ name: args.collectionName }, { nameOnly: true }).toArray(),
  );
  if (names.length > 0 !== exists) throw new Error(`${args.collectionName} ${exists ? 'is missing' : 'is there'}`);
}

async function assertIndex(entities: Entities, args: Arguments, exists: boolean): Promise<void> {
  const found = await entities.administer((client) =>
    client.db(args.databaseName).collection(args.collectionName).indexExists(args.indexName),
  );
  if (found !== exists) throw new Error(`index ${args.indexName} ${exists ? 'is missing' : 'is there'}`);
}

function assertLastLsids(entities: Entities, client: string, same: boolean): void {
  const started = entities.events(client).filter(({ type }) => type === 'commandStartedEvent');
  const [first, second] = started.slice(-2).map(({ event }) => event.command.lsid);
  if (first === undefined || second === undefined) throw new Error('The last two commands have no lsid');
  if (isDeepStrictEqual(first, second) !== same)
    throw new Error(`The last two commands have ${same ? 'different' : 'the same'} lsids`);
}

const sessionOperations: Readonly<Record<string, Operation<ClientSession>>> = {
  endSession: (target) => target.endSession(),
};

/** Runs one operation and gives its result; rejects with what it fails with. */
export async function runOperation(operation: Document, entities: Entities): Promise<unknown> {
  const { name, object } = operation;
  const args = driverOptions(operation.arguments ?? {}, entities);
  if (object === 'testRunner') return runNamed(runnerOperations, name, entities, args, entities);
  const target: Entity = entities.get(object);
  if (target instanceof Collection) return runNamed(collectionOperations, name, target, args, entities);
  if (target instanceof Db) return runNamed(databaseOperations, name, target, args, entities);
  if (target instanceof MongoClient) return runNamed(clientOperations, name, target, args, entities);
  if (target instanceof AbstractCursor) return runNamed(cursorOperations, name, target, args, entities);
  if ('endSession' in target) return runNamed(sessionOperations, name, target, args, entities);
  throw new Error(`The runner knows no operation ${name} on ${object}`);
}

/** The test asks for something that the runner cannot do; never counted as the failure that a test expects. */
export class UnknownOperation extends Error {
  override readonly name = 'UnknownOperation';
}

async function runNamed<Target>(
  operations: Readonly<Record<string, Operation<Target>>>,
  name: string,
  target: Target,
  args: Arguments,
  entities: Entities,
): Promise<unknown> {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) throw new UnknownOperation(`The runner knows no operation ${name}`);
  return operation(target, args, entities);
}
