import { BsonType, documentOf } from '../bson/value.ts';
import { type BsonWriter, buildDocument } from '../bson/writer.ts';
import { type Collection, checkName } from '../catalog.ts';
import { ServerError } from '../errors.ts';
import { beginReply } from '../wire.ts';
import { type Command, type Request, refuseCollation } from './context.ts';
import { filterOf, ListStream, replyWithCursor } from './find.ts';

const REFUSED_OPTIONS = [
  'capped',
  'size',
  'max',
  'timeseries',
  'viewOn',
  'pipeline',
  'clusteredIndex',
  'validator',
  'encryptedFields',
  'expireAfterSeconds',
  'changeStreamPreAndPostImages',
];

async function create(request: Request): Promise<BsonWriter> {
  const { engine, database } = request;
  refuseCollation(request.get('collation'));
  for (const name of REFUSED_OPTIONS) {
    const value = request.get(name);
    if (value === undefined || (value.type === BsonType.boolean && !value.asBoolean())) continue;
    if (value.type === BsonType.object && value.end - value.start === 5) continue;
    throw new ServerError(115, `create: ${name} is not supported by the embedded database`);
  }
  await engine.storage.write(() => {
    const name = request.collectionName();
    if (engine.catalog.get(database, name) !== undefined) {
      throw new ServerError(48, `Collection ${database}.${name} already exists.`);
    }
    engine.catalog.create(database, name);
  });
  return beginReply().double('ok', 1).end();
}

async function drop(request: Request): Promise<BsonWriter> {
  const { catalog, storage } = request.engine;
  const dropped = await storage.write(() => {
    const collection = request.collection();
    if (collection === undefined) return undefined;
    catalog.drop(collection);
    return collection;
  });
  const reply = beginReply();
  if (dropped !== undefined) reply.int32('nIndexesWas', dropped.indexes.length + 1).string('ns', request.namespace());
  return reply.double('ok', 1).end();
}

async function dropDatabase(request: Request): Promise<BsonWriter> {
  const { catalog, storage } = request.engine;
  const dropped = await storage.write(() => {
    const collections = catalog.collections().filter((each) => each.database === request.database);
    for (const collection of collections) catalog.drop(collection);
    return collections.length;
  });
  const reply = beginReply();
  if (dropped > 0) reply.string('dropped', request.database);
  return reply.double('ok', 1).end();
}

function describe(collection: Collection, nameOnly: boolean): Buffer {
  return buildDocument((writer) => {
    writer.string('name', collection.name).string('type', 'collection');
    if (nameOnly) return;
    writer.document('options', collection.options).object('info').boolean('readOnly', false);
    writer.name(BsonType.binary, 'uuid');
    const at = writer.reserve(21);
    writer.bytes.writeInt32LE(16, at);
    writer.bytes[at + 4] = 4;
    writer.bytes.set(collection.uuid, at + 5);
    writer.end().value('idIndex', collection.idIndex.definition);
  });
}

function listCollections(request: Request): Promise<BsonWriter> {
  const filter = filterOf(request.document('filter'));
  const nameOnly = request.flag('nameOnly');
  const documents = request.engine.catalog
    .collections()
    .filter((each) => each.database === request.database)
    .filter((each) => filter.matches(documentOf(describe(each, false))))
    .map((each) => describe(each, nameOnly));
  const namespace = `${request.database}.$cmd.listCollections`;
  return replyWithCursor(request, namespace, new ListStream(documents), undefined, Number.POSITIVE_INFINITY, true);
}

function listDatabases(request: Request): BsonWriter {
  if (request.database !== 'admin')
    throw new ServerError(13, 'listDatabases may only be run against the admin database.');
  const filter = filterOf(request.document('filter'));
  const nameOnly = request.flag('nameOnly');
  const names = [...new Set(request.engine.catalog.collections().map((each) => each.database))].sort();
  const reply = beginReply().array('databases');
  let at = 0;
  for (const name of names) {
    const document = buildDocument((writer) => {
      writer.string('name', name);
      if (!nameOnly) writer.int64('sizeOnDisk', 4096n).boolean('empty', false);
    });
    if (!filter.matches(documentOf(document))) continue;
    reply.document(String(at), document);
    at += 1;
  }
  reply.end();
  if (!nameOnly) reply.int64('totalSize', BigInt(4096 * at)).int64('totalSizeMb', 0n);
  return reply.double('ok', 1).end();
}

async function renameCollection(request: Request): Promise<BsonWriter> {
  const { catalog, storage } = request.engine;
  const from = request.text('renameCollection') ?? '';
  const to = request.text('to') ?? '';
  const [fromDatabase = '', fromName = ''] = splitNamespace(from);
  const [toDatabase = '', toName = ''] = splitNamespace(to);
  checkName(toDatabase, toName);
  const replace = request.flag('dropTarget');
  await storage.write(() => {
    const collection = catalog.get(fromDatabase, fromName);
    if (collection === undefined) throw new ServerError(26, `Source collection ${from} does not exist`);
    const target = catalog.get(toDatabase, toName);
    if (target !== undefined && !replace) throw new ServerError(48, 'target namespace exists');
    if (target !== undefined) catalog.drop(target);
    catalog.rename(collection, toDatabase, toName);
  });
  return beginReply().double('ok', 1).end();
}

export function splitNamespace(namespace: string): [string, string] {
  const dot = namespace.indexOf('.');
  return dot < 0 ? [namespace, ''] : [namespace.slice(0, dot), namespace.slice(dot + 1)];
}

export const collectionCommands: Readonly<Record<string, Command>> = {
  create: {
    run: create,
    fields: [
      ...REFUSED_OPTIONS,
      'autoIndexId',
      'collation',
      'storageEngine',
      'validationLevel',
      'validationAction',
      'indexOptionDefaults',
      'idIndex',
    ],
  },
  drop: { run: drop, fields: [] },
  dropDatabase: { run: dropDatabase, fields: [] },
  listCollections: { run: listCollections, fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'] },
  listDatabases: { run: listDatabases, fields: ['filter', 'nameOnly', 'authorizedDatabases'] },
  renameCollection: { run: renameCollection, fields: ['to', 'dropTarget'] },
};
