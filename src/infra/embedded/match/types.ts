import { wholeNumber } from '../bson/number.ts';
import { BsonType, itemsOf, type Value } from '../bson/value.ts';
import { badValue, failedToParse } from '../errors.ts';

const ALIASES: Readonly<Record<string, readonly number[]>> = {
  double: [1],
  string: [2],
  object: [3],
  array: [4],
  binData: [5],
  undefined: [6],
  objectId: [7],
  bool: [8],
  date: [9],
  null: [10],
  regex: [11],
  dbPointer: [12],
  javascript: [13],
  symbol: [14],
  javascriptWithScope: [15],
  int: [16],
  timestamp: [17],
  long: [18],
  decimal: [19],
  minKey: [BsonType.minKey],
  maxKey: [BsonType.maxKey],
  number: [1, 16, 18, 19],
};

/** The BSON types that a `$type` operand names, by number or alias, one or an array of them. */
export function typesOf(operand: Value): ReadonlySet<number> {
  const types = new Set<number>();
  const items = operand.type === BsonType.array ? itemsOf(operand) : [operand];
  if (items.length === 0) throw failedToParse('$type must match at least one type');
  for (const item of items) for (const type of oneType(item)) types.add(type);
  return types;
}

function oneType(item: Value): readonly number[] {
  if (item.type === BsonType.string) {
    const types = Object.hasOwn(ALIASES, item.asString()) ? ALIASES[item.asString()] : undefined;
    if (types === undefined) throw badValue(`Unknown type name alias: ${item.asString()}`);
    return types;
  }
  const number = item.isNumber ? Number(wholeNumber(item)) : Number.NaN;
  if (number === -1) return [BsonType.minKey];
  if (number === 127 || (number >= 1 && number <= 19)) return [number];
  throw badValue(`Invalid numerical type code: ${number}`);
}
