import { ServerError } from '../errors.ts';

/** BSON element types (bsonspec.org, version 1.1). */
export const BsonType = {
  double: 0x01,
  string: 0x02,
  object: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
  minKey: 0xff,
  maxKey: 0x7f,
} as const;

const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  12: 'dbPointer',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  127: 'maxKey',
  255: 'minKey',
};

/** The server's alias of a BSON type, as `$type` and its error messages use it. */
export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? 'missing';
}

export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

/**
 * One BSON value, still in the bytes that it came in: nothing is decoded until asked for, so that a stored
 * document is returned exactly as it was sent.
 */
export class Value {
  readonly type: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(type: number, bytes: Buffer, start: number, end: number) {
    this.type = type;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** The same value in memory of its own; needed when `bytes` is a buffer that will be overwritten. */
  copy(): Value {
    return new Value(this.type, Buffer.from(this.bytes.subarray(this.start, this.end)), 0, this.end - this.start);
  }

  raw(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  get isNumber(): boolean {
    const type = this.type;
    return type === 0x10 || type === 0x01 || type === 0x12 || type === 0x13;
  }

  get isNullish(): boolean {
    return this.type === BsonType.null || this.type === BsonType.undefined;
  }

  /** String, symbol or code. */
  asString(): string {
    return this.bytes.toString('utf8', this.start + 4, this.end - 1);
  }

  asBoolean(): boolean {
    return byteAt(this.bytes, this.start) !== 0;
  }

  /** int32, double, int64 or date as a double; an int64 beyond 2^53 is rounded. Decimal128 is not handled here. */
  asDouble(): number {
    if (this.type === BsonType.int32) return this.bytes.readInt32LE(this.start);
    if (this.type === BsonType.double) return this.bytes.readDoubleLE(this.start);
    return Number(this.bytes.readBigInt64LE(this.start));
  }

  /** int64, date or timestamp. */
  asBigInt(): bigint {
    return this.bytes.readBigInt64LE(this.start);
  }
}

/** Bytes of the value of `type` that starts at `position`. Throws code 22 for an unknown type. */
export function valueLength(type: number, bytes: Buffer, position: number): number {
  switch (type) {
    case 0x10:
      return 4;
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return 8;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return 4 + bytes.readInt32LE(position);
    case 0x03:
    case 0x04:
    case 0x0f:
      return bytes.readInt32LE(position);
    case 0x05:
      return 5 + bytes.readInt32LE(position);
    case 0x07:
      return 12;
    case 0x08:
      return 1;
    case 0x0a:
    case 0x06:
    case 0xff:
    case 0x7f:
      return 0;
    case 0x0b: {
      const patternEnd = bytes.indexOf(0, position);
      return bytes.indexOf(0, patternEnd + 1) + 1 - position;
    }
    case 0x0c:
      return 4 + bytes.readInt32LE(position) + 12;
    case 0x13:
      return 16;
    default:
      throw new ServerError(22, `Unrecognized BSON type ${type}`);
  }
}

/** Walks the elements of one document or array without allocating anything per element. */
export class ElementCursor {
  readonly bytes: Buffer;
  type = 0;
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd: number;
  readonly #end: number;

  constructor(document: Value) {
    this.bytes = document.bytes;
    this.valueEnd = document.start + 4;
    this.#end = document.end - 1;
  }

  next(): boolean {
    const bytes = this.bytes;
    let position = this.valueEnd;
    if (position >= this.#end) return false;
    this.type = byteAt(bytes, position);
    position += 1;
    this.nameStart = position;
    while (bytes[position] !== 0 && position < this.#end) position += 1;
    this.nameEnd = position;
    this.valueStart = position + 1;
    this.valueEnd = this.valueStart + valueLength(this.type, bytes, this.valueStart);
    return true;
  }

  get name(): string {
    const length = this.nameEnd - this.nameStart;
    if (length > 16) return this.bytes.toString('utf8', this.nameStart, this.nameEnd);
    let name = '';
    for (let index = this.nameStart; index < this.nameEnd; index += 1) {
      const code = byteAt(this.bytes, index);
      if (code > 127) return this.bytes.toString('utf8', this.nameStart, this.nameEnd);
      name += String.fromCharCode(code);
    }
    return name;
  }

  value(): Value {
    return new Value(this.type, this.bytes, this.valueStart, this.valueEnd);
  }

  nameEquals(name: Uint8Array): boolean {
    const length = name.length;
    if (this.nameEnd - this.nameStart !== length) return false;
    for (let index = 0; index < length; index += 1) {
      if (this.bytes[this.nameStart + index] !== name[index]) return false;
    }
    return true;
  }
}

/** A whole BSON document in a buffer of its own. */
export function documentOf(bytes: Buffer, start = 0): Value {
  return new Value(BsonType.object, bytes, start, start + bytes.readInt32LE(start));
}

/** The first element of that name, or undefined. */
export function fieldByBytes(document: Value, name: Uint8Array): Value | undefined {
  const cursor = new ElementCursor(document);
  while (cursor.next()) if (cursor.nameEquals(name)) return cursor.value();
  return undefined;
}

export function field(document: Value, name: string): Value | undefined {
  return fieldByBytes(document, Buffer.from(name));
}

export interface Element {
  readonly name: string;
  readonly value: Value;
}

export function elementsOf(document: Value): Element[] {
  const elements: Element[] = [];
  const cursor = new ElementCursor(document);
  while (cursor.next()) elements.push({ name: cursor.name, value: cursor.value() });
  return elements;
}

export function itemsOf(array: Value): Value[] {
  const items: Value[] = [];
  const cursor = new ElementCursor(array);
  while (cursor.next()) items.push(cursor.value());
  return items;
}

const MAXIMUM_DEPTH = 180;

/**
 * Checks that `[start, limit)` holds one well-formed BSON document, so that stored bytes can be walked later
 * without checks. Returns its end. Throws code 22.
 */
export function validateDocument(bytes: Buffer, start: number, limit: number, depth = 0): number {
  if (depth > MAXIMUM_DEPTH) throw new ServerError(15, 'Document exceeds the maximum nesting depth');
  if (start + 5 > limit) throw new ServerError(22, 'BSON document is shorter than five bytes');
  const end = start + bytes.readInt32LE(start);
  if (end > limit || end < start + 5 || bytes[end - 1] !== 0)
    throw new ServerError(22, 'BSON document length is wrong');
  let position = start + 4;
  while (position < end - 1) {
    const type = byteAt(bytes, position);
    const nameEnd = bytes.indexOf(0, position + 1);
    if (nameEnd < 0 || nameEnd >= end - 1) throw new ServerError(22, 'BSON element name is not terminated');
    position = validateValue(type, bytes, nameEnd + 1, end - 1, depth);
  }
  if (position !== end - 1) throw new ServerError(22, 'BSON element overruns its document');
  return end;
}

function validateValue(type: number, bytes: Buffer, start: number, limit: number, depth: number): number {
  if (type === BsonType.object || type === BsonType.array) return validateDocument(bytes, start, limit, depth + 1);
  if (start + minimumLength(type) > limit) throw new ServerError(22, 'BSON element overruns its document');
  const length = valueLength(type, bytes, start);
  if (length < minimumLength(type) || start + length > limit) {
    throw new ServerError(22, 'BSON element overruns its document');
  }
  const isText = type === BsonType.string || type === BsonType.code || type === BsonType.symbol;
  if (isText && bytes[start + length - 1] !== 0) throw new ServerError(22, 'BSON string is not terminated');
  return start + length;
}

function minimumLength(type: number): number {
  switch (type) {
    case 0x02:
    case 0x0d:
    case 0x0e:
    case 0x05:
      return 5;
    case 0x0b:
      return 2;
    case 0x0c:
      return 17;
    case 0x0f:
      return 14;
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return 8;
    case 0x07:
      return 12;
    case 0x13:
      return 16;
    case 0x10:
      return 4;
    case 0x08:
      return 1;
    default:
      return 0;
  }
}
