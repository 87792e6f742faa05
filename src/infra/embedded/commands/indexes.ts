import { nearestDouble } from '../bson/number.ts';
import { BsonType, documentOf, elementsOf, field, itemsOf, type Value } from '../bson/value.ts';
import { BsonWriter } from '../bson/writer.ts';
import type { Collection } from '../catalog.ts';
import { ServerError, typeMismatch } from '../errors.ts';
import { ID_INDEX, type Index, indexOf } from '../indexes.ts';
import { isTruthy } from '../match/parse.ts';
import { wholePlan } from '../planner.ts';
import { openScan, ScanCounters } from '../scan.ts';
import { beginReply } from '../wire.ts';
import { type Command, type Engine, type Request, refuseCollation } from './context.ts';
import { ListStream, replyWithCursor } from './find.ts';
import { ensureCollection } from './insert.ts';

const OPTIONS = new Set([
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
  'background',
  'v',
  'ns',
  'hidden',
  'collation',
  'comment',
]);

/** The definition as it is kept: fields in the server's order. Throws code 67 or 197 for what cannot be an index. */
function normalise(definition: Value): Value {
  const key = field(definition, 'key');
  if (key?.type !== BsonType.object)
    throw new ServerError(9, "The 'key' field is a required property of an index specification");
  const keys = elementsOf(key);
  if (keys.length === 0) throw new ServerError(67, 'Index keys cannot be an empty object');
  if (keys.length > 32) throw new ServerError(67, 'Index key contains more than 32 field names');
  for (const { name, value } of keys) checkKey(name, value);
  const name = field(definition, 'name');
  if (name?.type !== BsonType.string || name.asString() === '') {
    throw new ServerError(9, "The 'name' field is a required property of an index specification");
  }
  const writer = new BsonWriter().begin().int32('v', 2).value('key', key).value('name', name);
  for (const element of elementsOf(definition)) {
    if (!OPTIONS.has(element.name)) {
      throw new ServerError(
        197,
        `The field '${element.name}' is not valid for an index specification or not supported by the embedded database`,
      );
    }
    writeOption(writer, element.name, element.value);
  }
  checkExpiry(definition, keys.length, keys[0]?.name === '_id');
  return documentOf(writer.end().result());
}

/** Longest life of a document under a TTL index, in seconds. */
const LONGEST_LIFE = 2 ** 31 - 1;

function checkExpiry(definition: Value, fields: number, isId: boolean): void {
  const seconds = field(definition, 'expireAfterSeconds');
  if (seconds === undefined) return;
  const given = nearestDouble(seconds);
  if (!(given >= 0 && given <= LONGEST_LIFE))
    throw new ServerError(67, `TTL index 'expireAfterSeconds' option must be within an acceptable range, got ${given}`);
  if (fields > 1)
    throw new ServerError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (isId) throw new ServerError(67, "The field 'expireAfterSeconds' is not valid for an _id index specification");
}

function checkKey(name: string, value: Value): void {
  if (value.type === BsonType.string)
    throw new ServerError(67, `Unknown or unsupported index plugin '${value.asString()}'`);
  if (!value.isNumber)
    throw new ServerError(67, `Values in v:2 index key pattern cannot be of type other than number: ${name}`);
  const direction = nearestDouble(value);
  if (direction === 0 || Number.isNaN(direction))
    throw new ServerError(67, 'Values in the index key pattern cannot be 0.');
  if (name === '' || name.split('.').includes(''))
    throw new ServerError(67, 'Index keys cannot contain an empty field.');
  if (name.startsWith('$') || name.includes('$**'))
    throw new ServerError(67, `Index key contains an illegal field name: field name starts with '$': ${name}`);
}

function writeOption(writer: BsonWriter, name: string, value: Value): void {
  if (name === 'unique' || name === 'sparse' || name === 'hidden') {
    if (isTruthy(value)) writer.boolean(name, true);
  } else if (name === 'partialFilterExpression') {
    if (value.type !== BsonType.object) throw typeMismatch("The field 'partialFilterExpression' must be an object");
    writer.value(name, value);
  } else if (name === 'expireAfterSeconds') {
    if (!value.isNumber) throw typeMismatch("The field 'expireAfterSeconds' must be a number");
    writer.value(name, value);
  } else if (name === 'collation') {
    refuseCollation(value);
  }
}

/** The existing index of the same definition; throws code 85 or 86 for one that contradicts it. */
function existing(collection: Collection, definition: Value): Index | undefined {
  const name = field(definition, 'name')?.asString() ?? '';
  const key = field(definition, 'key');
  const all = [collection.idIndex, ...collection.indexes];
  const isId = key !== undefined && elementsOf(key).length === 1 && elementsOf(key)[0]?.name === '_id';
  if (isId) return collection.idIndex;
  const same = (index: Index) => index.definition.raw().equals(definition.raw());
  const sameName = all.find((index) => index.name === name);
  if (sameName !== undefined) {
    if (same(sameName)) return sameName;
    const sameKey =
      field(sameName.definition, 'key')
        ?.raw()
        .equals(key?.raw() ?? Buffer.alloc(0)) ?? false;
    throw sameKey
      ? new ServerError(
          85,
          `An equivalent index already exists with the same name but different options. Requested index: ${name}`,
        )
      : new ServerError(
          86,
          `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${name}`,
        );
  }
  const twin = all.find(
    (index) =>
      field(index.definition, 'key')
        ?.raw()
        .equals(key?.raw() ?? Buffer.alloc(0)) &&
      samePartial(index.definition, definition) &&
      index.sparse === (field(definition, 'sparse') !== undefined) &&
      index.unique === (field(definition, 'unique') !== undefined),
  );
  if (twin !== undefined) throw new ServerError(85, `Index already exists with a different name: ${twin.name}`);
  return undefined;
}

function samePartial(left: Value, right: Value): boolean {
  const a = field(left, 'partialFilterExpression');
  const b = field(right, 'partialFilterExpression');
  return a === undefined || b === undefined ? a === b : a.raw().equals(b.raw());
}

/** Inside a write only: builds the index over what is there. Throws code 11000 when it cannot be unique. */
function build(engine: Engine, collection: Collection, definition: Value): void {
  const index = indexOf(engine.catalog.allocateSpace(), definition.copy(), [], false);
  collection.indexes.push(index);
  try {
    const scan = openScan(engine.storage, collection, wholePlan(collection), new ScanCounters());
    const chunk: { idKey: Buffer; document: Value }[] = [];
    const flush = () => {
      for (const { idKey, document } of chunk) engine.documents.indexDocument(collection, index, idKey, document);
      chunk.length = 0;
    };
    for (let found = scan.next(); found !== undefined; found = scan.next()) {
      chunk.push({ idKey: Buffer.from(found.idKey), document: found.document.copy() });
      if (chunk.length < 1000) continue;
      scan.pause();
      flush();
    }
    scan.pause();
    flush();
  } catch (error) {
    collection.indexes.splice(collection.indexes.indexOf(index), 1);
    engine.catalog.dropSpace(index.space);
    engine.catalog.save(collection);
    throw error;
  }
  engine.catalog.save(collection);
}

async function createIndexes(request: Request): Promise<BsonWriter> {
  const { engine, database } = request;
  const name = request.collectionName();
  const given = request.list('indexes');
  if (given.length === 0) throw new ServerError(2, 'Must specify at least one index to create');
  const definitions = given.map(normalise);
  const outcome = await engine.storage.write(() => {
    const created = engine.catalog.get(database, name) === undefined;
    const collection = ensureCollection(engine, database, name);
    const before = collection.indexes.length + 1;
    for (const definition of definitions) {
      if (existing(collection, definition) === undefined) build(engine, collection, definition);
    }
    return { created, before, after: collection.indexes.length + 1 };
  });
  const reply = beginReply().int32('numIndexesBefore', outcome.before).int32('numIndexesAfter', outcome.after);
  reply.boolean('createdCollectionAutomatically', outcome.created);
  if (outcome.before === outcome.after) reply.string('note', 'all indexes already exist');
  return reply.double('ok', 1).end();
}

function listIndexes(request: Request): Promise<BsonWriter> {
  const collection = request.collection();
  if (collection === undefined) throw new ServerError(26, `ns does not exist: ${request.namespace()}`);
  const definitions = [collection.idIndex, ...collection.indexes].map((index) => Buffer.from(index.definition.raw()));
  return replyWithCursor(
    request,
    request.namespace(),
    new ListStream(definitions),
    undefined,
    Number.POSITIVE_INFINITY,
    true,
  );
}

function chosenIndexes(collection: Collection, chosen: Value): Index[] {
  if (chosen.type === BsonType.array) return itemsOf(chosen).flatMap((item) => chosenIndexes(collection, item));
  if (chosen.type === BsonType.string) {
    const name = chosen.asString();
    if (name === '*') return [...collection.indexes];
    if (name === ID_INDEX) throw new ServerError(72, 'cannot drop _id index');
    const index = collection.indexes.find((each) => each.name === name);
    if (index === undefined) throw new ServerError(27, `index not found with name [${name}]`);
    return [index];
  }
  if (chosen.type !== BsonType.object) throw typeMismatch('dropIndexes needs an index name or key');
  const found = collection.indexes.filter((each) => field(each.definition, 'key')?.raw().equals(chosen.raw()));
  if (found.length === 0) {
    if (elementsOf(chosen)[0]?.name === '_id') throw new ServerError(72, 'cannot drop _id index');
    throw new ServerError(27, "can't find index with key");
  }
  return found;
}

async function dropIndexes(request: Request): Promise<BsonWriter> {
  const chosen = request.get('index');
  if (chosen === undefined)
    throw new ServerError(40414, "BSON field 'dropIndexes.index' is missing but a required field");
  const { catalog, storage } = request.engine;
  const before = await storage.write(() => {
    const collection = request.collection();
    if (collection === undefined) throw new ServerError(26, `ns not found ${request.namespace()}`);
    const count = collection.indexes.length + 1;
    for (const index of chosenIndexes(collection, chosen)) {
      collection.indexes.splice(collection.indexes.indexOf(index), 1);
      catalog.dropSpace(index.space);
    }
    catalog.save(collection);
    return count;
  });
  return beginReply().int32('nIndexesWas', before).double('ok', 1).end();
}

export const indexCommands: Readonly<Record<string, Command>> = {
  createIndexes: { run: createIndexes, fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'] },
  listIndexes: { run: listIndexes, fields: ['cursor'] },
  dropIndexes: { run: dropIndexes, fields: ['index'] },
  deleteIndexes: { run: dropIndexes, fields: ['index'] },
};
