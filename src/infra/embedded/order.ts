import { BsonType, byteAt, type Value } from './bson/value.ts';
import { canonicalTag, encodeValue } from './index-key.ts';

function compareNumbers(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Bytes of the two ranges in unsigned order; a prefix comes first. */
function compareBytes(left: Buffer, leftStart: number, leftEnd: number, right: Value, start: number, end: number) {
  const length = Math.min(leftEnd - leftStart, end - start);
  for (let index = 0; index < length; index += 1) {
    const difference = byteAt(left, leftStart + index) - byteAt(right.bytes, start + index);
    if (difference !== 0) return difference;
  }
  return leftEnd - leftStart - (end - start);
}

function compareSameTag(left: Value, right: Value): number {
  const type = left.type;
  switch (type) {
    case BsonType.string:
    case BsonType.symbol:
      return compareBytes(left.bytes, left.start + 4, left.end - 1, right, right.start + 4, right.end - 1);
    case BsonType.objectId:
    case BsonType.boolean:
      return compareBytes(left.bytes, left.start, left.end, right, right.start, right.end);
    case BsonType.date: {
      const a = left.asBigInt();
      const b = right.asBigInt();
      return a < b ? -1 : a > b ? 1 : 0;
    }
    default:
      return Buffer.compare(encodeValue(left), encodeValue(right));
  }
}

function isPlainNumber(type: number): boolean {
  return type === BsonType.int32 || type === BsonType.double;
}

/** The server's total order over all BSON values: negative, zero or positive. */
export function compareValues(left: Value, right: Value): number {
  if (isPlainNumber(left.type) && isPlainNumber(right.type)) {
    const a = left.asDouble();
    const b = right.asDouble();
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
    return compareNumbers(a, b);
  }
  if (left.type === BsonType.int64 && right.type === BsonType.int64) {
    const a = left.asBigInt();
    const b = right.asBigInt();
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const tags = canonicalTag(left.type) - canonicalTag(right.type);
  return tags === 0 ? compareSameTag(left, right) : tags;
}

/** Equal by value: `1`, `1.0`, `NumberLong(1)` and `NumberDecimal('1.00')` are the same; key order matters. */
export function equalValues(left: Value, right: Value): boolean {
  return compareValues(left, right) === 0;
}
