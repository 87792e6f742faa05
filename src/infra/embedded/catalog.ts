import { randomUUID } from 'node:crypto';
import { documentOf, elementsOf, field, itemsOf, type Value } from './bson/value.ts';
import { BsonWriter, buildDocument } from './bson/writer.ts';
import { ServerError } from './errors.ts';
import { successor } from './index-key.ts';
import { ID_INDEX, type Index, indexOf } from './indexes.ts';
import type { Storage } from './storage.ts';

/** A collection in memory; everything but `count` is written to the catalog whenever it changes. */
export interface Collection {
  readonly database: string;
  readonly name: string;
  /** The key space of its documents. */
  readonly space: number;
  readonly uuid: Buffer;
  /** All indexes but the one on `_id`, which is the documents' own order. */
  readonly indexes: Index[];
  /** The definition of the `_id` index. */
  readonly idIndex: Index;
  /** Options given to `create`, a document. */
  readonly options: Buffer;
  /** Number of documents. */
  count: number;
}

/** Key spaces: 0 is the catalog itself. */
const CATALOG_SPACE = 0;
const COLLECTION_ENTRY = 0x01;
const COUNT_ENTRY = 0x02;
const NEXT_SPACE_ENTRY = 0x03;
const DROPPED_ENTRY = 0x04;
const EMPTY_DOCUMENT = Buffer.from([5, 0, 0, 0, 0]);
/** Entries removed from a dropped key space in one transaction. */
const SWEEP_SIZE = 2_000;

function catalogKey(kind: number, rest: Buffer): Buffer {
  const key = Buffer.allocUnsafe(5 + rest.length);
  key.writeUInt32BE(CATALOG_SPACE);
  key[4] = kind;
  rest.copy(key, 5);
  return key;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Names, options, indexes and counts of all collections, in memory and in the store. */
export class Catalog {
  readonly #storage: Storage;
  readonly #collections = new Map<string, Collection>();
  readonly #changedCounts = new Set<Collection>();
  #nextSpace = 1;
  #dropped: number[] = [];
  #sweeping = false;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#load();
    storage.onAbort(() => this.#load());
    storage.onBeforeCommit(() => this.#writeCounts());
  }

  get(database: string, name: string): Collection | undefined {
    return this.#collections.get(`${database}.${name}`);
  }

  collections(): Collection[] {
    return [...this.#collections.values()];
  }

  /** Inside a write only. Throws code 73 for a name that cannot be. */
  create(database: string, name: string, options: Buffer = EMPTY_DOCUMENT): Collection {
    checkName(database, name);
    const definition = buildDocument((writer) => {
      writer.int32('v', 2).object('key').int32('_id', 1).end().string('name', ID_INDEX);
    });
    const space = this.allocateSpace();
    const collection: Collection = {
      database,
      name,
      space,
      uuid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'),
      indexes: [],
      idIndex: { ...indexOf(space, documentOf(definition), [], false), unique: true },
      options,
      count: 0,
    };
    this.#collections.set(`${database}.${name}`, collection);
    this.save(collection);
    return collection;
  }

  /** Inside a write only: a number for a new key space, never used before. */
  allocateSpace(): number {
    const space = this.#nextSpace;
    this.#nextSpace += 1;
    this.#storage.put(catalogKey(NEXT_SPACE_ENTRY, Buffer.alloc(0)), uint32(this.#nextSpace));
    return space;
  }

  /** Inside a write only: records the collection's definition. */
  save(collection: Collection): void {
    const writer = new BsonWriter(512).begin();
    writer
      .string('database', collection.database)
      .string('name', collection.name)
      .int64('space', BigInt(collection.space));
    writer.string('uuid', collection.uuid.toString('hex')).document('options', collection.options);
    writer.boolean('idLong', collection.idIndex.hasLongKeys).array('indexes');
    collection.indexes.forEach((index, position) => {
      writer.object(String(position)).int64('space', BigInt(index.space)).value('definition', index.definition);
      writer.boolean('long', index.hasLongKeys).array('multikey');
      index.multikey.forEach((flag, at) => {
        writer.boolean(String(at), flag);
      });
      writer.end().end();
    });
    this.#storage.put(catalogKey(COLLECTION_ENTRY, uint32(collection.space)), Buffer.from(writer.end().end().result()));
  }

  /** Inside a write only. */
  rename(collection: Collection, database: string, name: string): void {
    this.#collections.delete(`${collection.database}.${collection.name}`);
    const renamed: Collection = { ...collection, database, name };
    this.#changedCounts.delete(collection);
    this.#collections.set(`${database}.${name}`, renamed);
    this.save(renamed);
    this.countChanged(renamed, 0);
  }

  /** Inside a write only: the count is stored with the transaction. */
  countChanged(collection: Collection, by: number): void {
    collection.count += by;
    this.#changedCounts.add(collection);
  }

  /** Inside a write only: the collection is gone at once; its entries are removed in the background. */
  drop(collection: Collection): void {
    this.#collections.delete(`${collection.database}.${collection.name}`);
    this.discard(collection);
  }

  /** Inside a write only: like `drop`, for a collection whose name has been given to another. */
  discard(collection: Collection): void {
    this.#changedCounts.delete(collection);
    this.#storage.remove(catalogKey(COLLECTION_ENTRY, uint32(collection.space)));
    this.#storage.remove(catalogKey(COUNT_ENTRY, uint32(collection.space)));
    this.dropSpace(collection.space);
    for (const index of collection.indexes) this.dropSpace(index.space);
  }

  /** Inside a write only. */
  dropSpace(space: number): void {
    this.#storage.put(catalogKey(DROPPED_ENTRY, uint32(space)), uint32(0));
    this.#dropped.push(space);
    this.sweepLater();
  }

  sweepLater(): void {
    if (this.#sweeping || this.#dropped.length === 0) return;
    this.#sweeping = true;
    setImmediate(() => {
      this.#storage
        .write(() => this.#sweep())
        .then(
          () => {
            this.#sweeping = false;
            this.sweepLater();
          },
          () => {
            this.#sweeping = false;
          },
        );
    });
  }

  /** Removes up to `SWEEP_SIZE` entries of dropped key spaces. */
  #sweep(): void {
    let budget = SWEEP_SIZE;
    while (budget > 0) {
      const space = this.#dropped[0];
      if (space === undefined) return;
      const start = uint32(space);
      const keys = this.#storage.keys(start, successor(start), budget);
      for (const key of keys) this.#storage.remove(key);
      if (keys.length === budget) return;
      budget -= keys.length + 1;
      this.#dropped.shift();
      this.#storage.remove(catalogKey(DROPPED_ENTRY, uint32(space)));
    }
  }

  #writeCounts(): void {
    for (const collection of this.#changedCounts) {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleBE(collection.count);
      this.#storage.put(catalogKey(COUNT_ENTRY, uint32(collection.space)), bytes);
    }
    this.#changedCounts.clear();
  }

  #load(): void {
    this.#collections.clear();
    this.#changedCounts.clear();
    const next = this.#storage.get(catalogKey(NEXT_SPACE_ENTRY, Buffer.alloc(0)));
    this.#nextSpace = next === undefined ? 1 : next.readUInt32BE(0);
    for (const { value } of this.#entries(COLLECTION_ENTRY)) {
      const collection = this.#read(documentOf(value));
      this.#collections.set(`${collection.database}.${collection.name}`, collection);
    }
    this.#dropped = this.#entries(DROPPED_ENTRY).map(({ key }) => key.readUInt32BE(5));
    this.sweepLater();
  }

  #entries(kind: number): { key: Buffer; value: Buffer }[] {
    const start = catalogKey(kind, Buffer.alloc(0));
    const entries: { key: Buffer; value: Buffer }[] = [];
    const iterator = this.#storage.range({ start, end: successor(start) });
    for (let step = iterator.next(); !step.done; step = iterator.next()) entries.push(step.value);
    return entries;
  }

  #read(record: Value): Collection {
    const space = Number(required(record, 'space').asBigInt());
    const count = this.#storage.get(catalogKey(COUNT_ENTRY, uint32(space)));
    const definition = buildDocument((writer) => {
      writer.int32('v', 2).object('key').int32('_id', 1).end().string('name', ID_INDEX);
    });
    const idLong = required(record, 'idLong').asBoolean();
    return {
      database: required(record, 'database').asString(),
      name: required(record, 'name').asString(),
      space,
      uuid: Buffer.from(required(record, 'uuid').asString(), 'hex'),
      options: required(record, 'options').copy().bytes,
      idIndex: { ...indexOf(space, documentOf(definition), [], idLong), unique: true },
      indexes: itemsOf(required(record, 'indexes')).map((item) =>
        indexOf(
          Number(required(item, 'space').asBigInt()),
          required(item, 'definition').copy(),
          elementsOf(required(item, 'multikey')).map((element) => element.value.asBoolean()),
          required(item, 'long').asBoolean(),
        ),
      ),
      count: count === undefined ? 0 : count.readDoubleBE(0),
    };
  }
}

function required(record: Value, name: string): Value {
  const value = field(record, name);
  if (value === undefined) throw new Error(`The catalog is damaged: ${name} is missing`);
  return value;
}

/** Throws code 73. */
export function checkName(database: string, name: string): void {
  if (database === '' || /[\0/\\. "$]/.test(database) || Buffer.byteLength(database) > 63) {
    throw new ServerError(73, `Invalid database name: '${database}'`);
  }
  if (name === '' || name.startsWith('.') || name.endsWith('.') || /[\0$]/.test(name)) {
    throw new ServerError(73, `Invalid namespace specified '${database}.${name}'`);
  }
  if (name.startsWith('system.')) throw new ServerError(73, `Invalid system namespace: ${database}.${name}`);
  if (Buffer.byteLength(database) + Buffer.byteLength(name) + 1 > 255) {
    throw new ServerError(73, `Fully qualified namespace is too long. Namespace: ${database}.${name} Max: 255`);
  }
}
