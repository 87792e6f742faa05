import { createHash } from 'node:crypto';
import { type Exact, exactDouble, exactValue, floorToDouble, nearestDouble, subtractExact } from './bson/number.ts';
import { BsonType, byteAt, ElementCursor, type Value } from './bson/value.ts';

/**
 * Encodes BSON values so that comparing the bytes compares the values in the server's canonical order, numbers
 * of all four types by exact value. Every encoding is self-delimiting and none is a prefix of another.
 */

/** First byte of an encoding, in canonical order; 0x00 and 0xff are kept for terminators. */
const Tag = {
  minKey: 0x05,
  undefined: 0x08,
  null: 0x0a,
  number: 0x14,
  string: 0x1e,
  object: 0x28,
  array: 0x32,
  binary: 0x3c,
  objectId: 0x46,
  boolean: 0x50,
  date: 0x5a,
  timestamp: 0x64,
  regex: 0x6e,
  dbPointer: 0x70,
  code: 0x72,
  codeWithScope: 0x74,
  maxKey: 0xfa,
} as const;

const TAG_OF: Readonly<Record<number, number>> = {
  [BsonType.minKey]: Tag.minKey,
  [BsonType.undefined]: Tag.undefined,
  [BsonType.null]: Tag.null,
  [BsonType.double]: Tag.number,
  [BsonType.int32]: Tag.number,
  [BsonType.int64]: Tag.number,
  [BsonType.decimal128]: Tag.number,
  [BsonType.string]: Tag.string,
  [BsonType.symbol]: Tag.string,
  [BsonType.object]: Tag.object,
  [BsonType.array]: Tag.array,
  [BsonType.binary]: Tag.binary,
  [BsonType.objectId]: Tag.objectId,
  [BsonType.boolean]: Tag.boolean,
  [BsonType.date]: Tag.date,
  [BsonType.timestamp]: Tag.timestamp,
  [BsonType.regex]: Tag.regex,
  [BsonType.dbPointer]: Tag.dbPointer,
  [BsonType.code]: Tag.code,
  [BsonType.codeWithScope]: Tag.codeWithScope,
  [BsonType.maxKey]: Tag.maxKey,
};

/** The place of a BSON type in the order across types; equal for types that compare with one another. */
export function canonicalTag(type: number): number {
  return TAG_OF[type] ?? Tag.maxKey;
}

/** A growing byte buffer with the encoders. */
export class KeyWriter {
  bytes: Buffer = Buffer.allocUnsafe(256);
  length = 0;

  reserve(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const grown = Buffer.allocUnsafe((at + count) * 2);
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    this.length = at + count;
    return at;
  }

  byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  uint32(value: number): void {
    const at = this.reserve(4);
    this.bytes.writeUInt32BE(value, at);
  }

  private uint64(value: bigint): void {
    const at = this.reserve(8);
    this.bytes.writeBigUInt64BE(value, at);
  }

  append(source: Uint8Array): void {
    const at = this.reserve(source.length);
    this.bytes.set(source, at);
  }

  /** Turns the order of everything written since `from` around. */
  invert(from: number): void {
    for (let index = from; index < this.length; index += 1) this.bytes[index] = ~byteAt(this.bytes, index);
  }

  /** A copy of what was written since `from`. */
  take(from = 0): Buffer {
    return Buffer.from(this.bytes.subarray(from, this.length));
  }

  value(value: Value): void {
    this.byte(canonicalTag(value.type));
    this.payload(value);
  }

  /** The encoding of a field that is not there, which sorts and compares as null. */
  missing(): void {
    this.byte(Tag.null);
  }

  payload(value: Value): void {
    const { type, bytes, start, end } = value;
    switch (type) {
      case BsonType.int32:
        this.positional(value.asDouble());
        return;
      case BsonType.double:
      case BsonType.int64:
      case BsonType.decimal128:
        this.number(value);
        return;
      case BsonType.string:
      case BsonType.symbol:
      case BsonType.code:
        this.text(bytes, start + 4, end - 1);
        return;
      case BsonType.object:
      case BsonType.codeWithScope:
        this.object(value);
        return;
      case BsonType.array:
        this.array(value);
        return;
      case BsonType.binary:
        this.uint32(bytes.readInt32LE(start));
        this.append(bytes.subarray(start + 4, end));
        return;
      case BsonType.date:
        this.uint64(BigInt.asUintN(64, value.asBigInt() + 0x8000000000000000n));
        return;
      case BsonType.timestamp:
        this.uint64(bytes.readBigUInt64LE(start));
        return;
      case BsonType.regex: {
        const middle = bytes.indexOf(0, start);
        this.text(bytes, start, middle);
        this.text(bytes, middle + 1, end - 1);
        return;
      }
      default:
        this.append(bytes.subarray(start, end));
    }
  }

  /** Zero bytes are escaped, so that the terminator sorts before every continuation. */
  private text(source: Buffer, start: number, end: number): void {
    const at = this.reserve((end - start) * 2 + 2);
    const target = this.bytes;
    let to = at;
    if (end - start > 32 && source.indexOf(0, start) >= end) {
      source.copy(target, at, start, end);
      to += end - start;
    } else {
      for (let index = start; index < end; index += 1) {
        const byte = byteAt(source, index);
        target[to++] = byte;
        if (byte === 0) target[to++] = 0xff;
      }
    }
    target[to++] = 0;
    target[to++] = 0;
    this.length = to;
  }

  private object(value: Value): void {
    if (value.type === BsonType.codeWithScope) {
      this.append(value.raw());
      return;
    }
    const cursor = new ElementCursor(value);
    while (cursor.next()) {
      this.byte(canonicalTag(cursor.type));
      this.text(cursor.bytes, cursor.nameStart, cursor.nameEnd);
      this.payload(cursor.value());
    }
    this.byte(0);
  }

  private array(value: Value): void {
    const cursor = new ElementCursor(value);
    while (cursor.next()) this.value(cursor.value());
    this.byte(0);
  }

  private number(value: Value): void {
    const near = nearestDouble(value);
    if (value.type === BsonType.double || Number.isNaN(near)) {
      this.positional(near);
      return;
    }
    const exact = exactValue(value);
    if (exact === undefined) {
      this.positional(near);
      return;
    }
    if (value.type === BsonType.int64 && Number.isSafeInteger(near)) {
      this.positional(near);
      return;
    }
    this.exactNumber(exact);
  }

  /** The double below in magnitude, then what is left of the value in decimal digits. */
  private exactNumber(exact: Exact): void {
    const from = this.length;
    const negative = exact.coefficient < 0n;
    const magnitude: Exact = negative ? { coefficient: -exact.coefficient, exponent: exact.exponent } : exact;
    const floor = floorToDouble(magnitude);
    const rest = subtractExact(magnitude, exactDouble(floor));
    if (rest.coefficient === 0n) {
      this.positional(negative ? -floor : floor);
      return;
    }
    const head = this.reserve(8);
    this.bytes.writeDoubleBE(floor, head);
    this.bytes[from] = byteAt(this.bytes, from) | 0x80;
    this.byte(1);
    const digits = rest.coefficient.toString();
    const order = this.reserve(2);
    this.bytes.writeUInt16BE(rest.exponent + digits.length + 0x8000, order);
    for (const digit of digits.replace(/0+$/, '')) this.byte(Number(digit) + 1);
    this.byte(0);
    if (negative) this.invert(from);
  }

  /** A double in sortable form; NaN is below every number. */
  private positional(number: number): void {
    const at = this.reserve(9);
    const bytes = this.bytes;
    if (Number.isNaN(number)) {
      bytes.fill(0, at, at + 9);
      return;
    }
    bytes.writeDoubleBE(number === 0 ? 0 : number, at);
    bytes[at + 8] = 0;
    if (number < 0) this.invert(at);
    else bytes[at] = byteAt(bytes, at) | 0x80;
  }
}

/** Longest encoding kept whole; the store's own limit for a key is 1,978 bytes. */
export const LONGEST_KEY = 900;
/** A longer one keeps this many bytes and a SHA-256 of the whole: unique still, in order up to here. */
export const KEPT_PREFIX = 860;

export function isLong(encoded: Uint8Array): boolean {
  return encoded.length > LONGEST_KEY;
}

/** The encoding as it is stored. */
export function storedKey(encoded: Buffer): Buffer {
  if (!isLong(encoded)) return encoded;
  const hash = createHash('sha256').update(encoded).digest();
  return Buffer.concat([encoded.subarray(0, KEPT_PREFIX), hash]);
}

/** The least byte string above every one that begins with `prefix`; undefined when there is none. */
export function successor(prefix: Buffer): Buffer | undefined {
  let last = prefix.length - 1;
  while (last >= 0 && prefix[last] === 0xff) last -= 1;
  if (last < 0) return undefined;
  const next = Buffer.from(prefix.subarray(0, last + 1));
  next[last] = byteAt(next, last) + 1;
  return next;
}

const scratch = new KeyWriter();

/** One value, ascending. */
export function encodeValue(value: Value | undefined): Buffer {
  scratch.length = 0;
  if (value === undefined) scratch.missing();
  else scratch.value(value);
  return scratch.take();
}
