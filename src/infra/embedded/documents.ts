import { objectId } from './bson/make.ts';
import { BsonType, byteAt, documentOf, ElementCursor, fieldByBytes, typeName, type Value } from './bson/value.ts';
import type { Catalog, Collection } from './catalog.ts';
import { DuplicateKeyError, ServerError } from './errors.ts';
import { encodeValue, isLong, KeyWriter, storedKey } from './index-key.ts';
import { type Index, type IndexKeys, keysOf, keyValueOf } from './indexes.ts';
import { shellText } from './shell-text.ts';
import type { Storage } from './storage.ts';

/** Largest stored document, in bytes. */
export const MAX_DOCUMENT_SIZE = 16 * 1024 * 1024;
const ID = Buffer.from('_id');

export function idOf(document: Value): Value | undefined {
  const cursor = new ElementCursor(document);
  // Almost always the first element.
  while (cursor.next()) if (cursor.nameEquals(ID)) return cursor.value();
  return undefined;
}

/** A document's key without its key space: also what index entries point with. */
export function idKeyOf(id: Value): Buffer {
  return storedKey(encodeValue(id));
}

export function spaceKey(space: number, rest: Buffer): Buffer {
  const key = Buffer.allocUnsafe(4 + rest.length);
  key.writeUInt32BE(space);
  key.set(rest, 4);
  return key;
}

/** One entry of an index, as stored. A unique entry's key is the value alone, so that a second one collides. */
function entryKey(index: Index, encoded: Buffer, idKey: Buffer): Buffer {
  const stored = storedKey(encoded);
  const length = 4 + stored.length + (index.unique ? 0 : idKey.length);
  const key = Buffer.allocUnsafe(length);
  key.writeUInt32BE(index.space);
  key.set(stored, 4);
  if (!index.unique) key.set(idKey, 4 + stored.length);
  return key;
}

/** Keeps documents and index entries of a collection in agreement. Every method runs inside a write. */
export class Documents {
  readonly #storage: Storage;
  readonly #catalog: Catalog;

  constructor(storage: Storage, catalog: Catalog) {
    this.#storage = storage;
    this.#catalog = catalog;
  }

  get(collection: Collection, idKey: Buffer): Value | undefined {
    const bytes = this.#storage.get(spaceKey(collection.space, idKey));
    return bytes === undefined ? undefined : documentOf(bytes);
  }

  /** Throws code 11000 and writes nothing when an index forbids it. `document` has an `_id` and is checked. */
  insert(collection: Collection, document: Value): void {
    const id = idOf(document);
    if (id === undefined) throw new ServerError(1, 'Document has no _id');
    const encodedId = encodeValue(id);
    const idKey = storedKey(encodedId);
    const key = spaceKey(collection.space, idKey);
    if (this.#storage.has(key)) throw duplicate(collection, collection.idIndex, document);
    const entries = this.#newEntries(collection, document, idKey, undefined);
    if (isLong(encodedId)) this.#noteLong(collection, collection.idIndex);
    this.#storage.put(key, document.raw());
    for (const entry of entries) this.#storage.put(entry, idKey);
    this.#catalog.countChanged(collection, 1);
  }

  /** `idKey` is that of both; throws code 11000 and writes nothing when an index forbids it. */
  replace(collection: Collection, idKey: Buffer, before: Value, after: Value): void {
    const added = this.#newEntries(collection, after, idKey, before);
    const removed = this.#entriesGone(collection, before, after, idKey);
    for (const entry of removed) this.#storage.remove(entry);
    this.#storage.put(spaceKey(collection.space, idKey), after.raw());
    for (const entry of added) this.#storage.put(entry, idKey);
  }

  remove(collection: Collection, idKey: Buffer, document: Value): void {
    for (const index of collection.indexes) {
      for (const encoded of keysOf(index, document).keys) this.#storage.remove(entryKey(index, encoded, idKey));
    }
    this.#storage.remove(spaceKey(collection.space, idKey));
    this.#catalog.countChanged(collection, -1);
  }

  /** Adds the entries of one document to one index, for an index that is being built. */
  indexDocument(collection: Collection, index: Index, idKey: Buffer, document: Value): void {
    const keys = keysOf(index, document);
    for (const encoded of keys.keys) {
      const entry = entryKey(index, encoded, idKey);
      if (index.unique && this.#storage.has(entry)) throw duplicate(collection, index, document);
      this.#note(collection, index, keys);
      this.#storage.put(entry, idKey);
    }
  }

  #newEntries(collection: Collection, document: Value, idKey: Buffer, before: Value | undefined): Buffer[] {
    const entries: Buffer[] = [];
    const notes: [Index, IndexKeys][] = [];
    for (const index of collection.indexes) {
      const keys = keysOf(index, document);
      for (const encoded of keys.keys) {
        const entry = entryKey(index, encoded, idKey);
        if (index.unique) {
          const owner = this.#storage.get(entry);
          if (owner !== undefined && !owner.equals(idKey)) throw duplicate(collection, index, document);
          if (owner !== undefined) continue;
        } else if (before !== undefined && this.#storage.has(entry)) {
          continue;
        }
        entries.push(entry);
      }
      notes.push([index, keys]);
    }
    for (const [index, keys] of notes) this.#note(collection, index, keys);
    return entries;
  }

  #entriesGone(collection: Collection, before: Value, after: Value, idKey: Buffer): Buffer[] {
    const gone: Buffer[] = [];
    for (const index of collection.indexes) {
      const kept = keysOf(index, after).keys;
      for (const encoded of keysOf(index, before).keys) {
        if (!kept.some((key) => key.equals(encoded))) gone.push(entryKey(index, encoded, idKey));
      }
    }
    return gone;
  }

  /** Records that an index has met an array or a long key, before its first such entry is written. */
  #note(collection: Collection, index: Index, keys: IndexKeys): void {
    let changed = false;
    keys.arrays?.forEach((isArray, field) => {
      if (!isArray || index.multikey[field]) return;
      index.multikey[field] = true;
      changed = true;
    });
    if (!index.hasLongKeys && keys.keys.some(isLong)) {
      index.hasLongKeys = true;
      changed = true;
    }
    if (changed) this.#catalog.save(collection);
  }

  #noteLong(collection: Collection, index: Index): void {
    if (index.hasLongKeys) return;
    index.hasLongKeys = true;
    this.#catalog.save(collection);
  }
}

function duplicate(collection: Collection, index: Index, document: Value): DuplicateKeyError {
  const keyValue = keyValueOf(index, document);
  const pattern = fieldByBytes(index.definition, Buffer.from('key'))?.copy().bytes ?? Buffer.alloc(0);
  const text = shellText(documentOf(keyValue));
  return new DuplicateKeyError(
    `E11000 duplicate key error collection: ${collection.database}.${collection.name} index: ${index.name} dup key: ${text}`,
    pattern,
    keyValue,
  );
}

/**
 * A document as it will be stored: checked, with `_id` first, generated when missing.
 * Throws the server's codes for an `_id` of a type that cannot be one, for names and for size.
 */
export function storable(document: Value): Value {
  const bytes = document.bytes;
  const firstType = byteAt(bytes, document.start + 4);
  const isFirst =
    bytes[document.start + 5] === 0x5f &&
    bytes[document.start + 6] === 0x69 &&
    bytes[document.start + 7] === 0x64 &&
    bytes[document.start + 8] === 0;
  const stored = isFirst && document.end - document.start > 5 ? document : withIdFirst(document);
  checkIdType(isFirst ? firstType : byteAt(stored.bytes, stored.start + 4));
  checkIdFields(stored);
  if (stored.end - stored.start > MAX_DOCUMENT_SIZE) {
    throw new ServerError(
      10334,
      `BSONObj size: ${stored.end - stored.start} (0x${(stored.end - stored.start).toString(16)}) is invalid. Size must be between 0 and 16793600(16MB)`,
    );
  }
  return stored;
}

function checkIdFields(document: Value): void {
  if (document.bytes[document.start + 4] !== BsonType.object) return;
  const id = idOf(document);
  if (id === undefined) return;
  const cursor = new ElementCursor(id);
  while (cursor.next()) {
    if (byteAt(cursor.bytes, cursor.nameStart) !== 0x24) continue;
    throw new ServerError(
      52,
      `_id fields may not contain '$'-prefixed fields: ${cursor.name} is not valid for storage.`,
    );
  }
}

export function checkIdType(type: number): void {
  if (type === BsonType.array || type === BsonType.regex || type === BsonType.undefined) {
    throw new ServerError(53, `The '_id' value cannot be of type ${typeName(type)}`);
  }
}

const header = new KeyWriter();

function withIdFirst(document: Value): Value {
  const id = idOf(document) ?? objectId();
  header.length = 0;
  header.append(Buffer.from([0, 0, 0, 0, id.type]));
  header.append(Buffer.from('_id\0'));
  header.append(id.raw());
  const cursor = new ElementCursor(document);
  while (cursor.next()) {
    if (cursor.nameEquals(ID)) continue;
    header.append(document.bytes.subarray(cursor.nameStart - 1, cursor.valueEnd));
  }
  header.byte(0);
  const bytes = header.take();
  bytes.writeInt32LE(bytes.length);
  return documentOf(bytes);
}
