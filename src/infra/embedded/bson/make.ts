import { Decimal128, ObjectId } from 'bson';
import { BsonType, Value } from './value.ts';

/** Values that the server itself creates. */

export function int32(value: number): Value {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value);
  return new Value(BsonType.int32, bytes, 0, 4);
}

export function int64(value: bigint): Value {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(value);
  return new Value(BsonType.int64, bytes, 0, 8);
}

export function double(value: number): Value {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return new Value(BsonType.double, bytes, 0, 8);
}

export function decimal(text: string): Value {
  return new Value(BsonType.decimal128, Buffer.from(Decimal128.fromStringWithRounding(text).bytes), 0, 16);
}

export function boolean(value: boolean): Value {
  return new Value(BsonType.boolean, Buffer.from([value ? 1 : 0]), 0, 1);
}

/** Milliseconds since 1970 UTC. */
export function date(milliseconds: number): Value {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(BigInt(milliseconds));
  return new Value(BsonType.date, bytes, 0, 8);
}

/** `seconds` since 1970 UTC and an ordinal within the second. */
export function timestamp(seconds: number, increment: number): Value {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt32LE(increment, 0);
  bytes.writeUInt32LE(seconds, 4);
  return new Value(BsonType.timestamp, bytes, 0, 8);
}

export function objectId(): Value {
  return new Value(BsonType.objectId, Buffer.from(new ObjectId().id), 0, 12);
}

export const NULL = new Value(BsonType.null, Buffer.alloc(0), 0, 0);
export const UNDEFINED = new Value(BsonType.undefined, Buffer.alloc(0), 0, 0);
