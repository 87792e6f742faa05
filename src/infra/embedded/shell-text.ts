import { decimalText } from './bson/number.ts';
import { BsonType, elementsOf, itemsOf, typeName, type Value } from './bson/value.ts';

/** A value as the server prints it inside error messages. */
export function shellText(value: Value): string {
  switch (value.type) {
    case BsonType.string:
    case BsonType.symbol:
      return JSON.stringify(value.asString());
    case BsonType.int32:
      return String(value.asDouble());
    case BsonType.double: {
      const number = value.asDouble();
      return Number.isInteger(number) ? number.toFixed(1) : String(number);
    }
    case BsonType.int64:
      return value.asBigInt().toString();
    case BsonType.decimal128:
      return decimalText(value);
    case BsonType.boolean:
      return String(value.asBoolean());
    case BsonType.objectId:
      return `ObjectId('${value.raw().toString('hex')}')`;
    case BsonType.date:
      return `new Date(${value.asBigInt()})`;
    case BsonType.null:
    case BsonType.undefined:
      return typeName(value.type);
    case BsonType.object: {
      const inner = elementsOf(value).map((element) => `${element.name}: ${shellText(element.value)}`);
      return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
    }
    case BsonType.array: {
      const inner = itemsOf(value).map(shellText);
      return inner.length === 0 ? '[]' : `[ ${inner.join(', ')} ]`;
    }
    case BsonType.binary:
      return `BinData(${value.bytes[value.start + 4] ?? 0}, ${value.raw().subarray(5).toString('hex').toUpperCase()})`;
    default:
      return typeName(value.type);
  }
}
