import { nearestDouble, wholeNumber } from '../bson/number.ts';
import { ArrayNode, type Node, nodeType, opened, sealed } from '../bson/tree.ts';
import { BsonType, byteAt, elementsOf, field, itemsOf, typeName, Value } from '../bson/value.ts';
import { badValue, failedToParse, typeMismatch } from '../errors.ts';
import type { MatchNode } from '../match/nodes.ts';
import { parseFilter } from '../match/parse.ts';
import { compareValues, equalValues } from '../order.ts';
import { parseSort, sortKeyOf } from '../sort.ts';
import type { FieldOperator } from './operators.ts';

function arrayOf(present: Node | undefined, dotted: string, operator: string): ArrayNode {
  if (present === undefined) return new ArrayNode();
  const node = opened(present);
  if (node instanceof ArrayNode) {
    const copy = new ArrayNode();
    copy.values = [...node.values];
    return copy;
  }
  throw badValue(
    `The field '${dotted}' must be an array but is of type ${typeName(nodeType(node))} in document (${operator})`,
  );
}

function integer(value: Value, what: string): number {
  const whole = value.isNumber ? wholeNumber(value) : undefined;
  if (whole === undefined)
    throw badValue(`The value for ${what} must be an integer value but was given type: ${typeName(value.type)}`);
  return Number(whole);
}

/** `{ $each: [...] }` or the value itself. */
function eachOf(operand: Value, operator: string): { items: readonly Value[]; isEach: boolean } {
  const each = operand.type === BsonType.object ? field(operand, '$each') : undefined;
  if (each === undefined) return { items: [operand], isEach: false };
  if (each.type !== BsonType.array) {
    const text = `The argument to $each in ${operator} must be an array but it was of type ${typeName(each.type)}`;
    throw operator === '$push' ? badValue(text) : typeMismatch(text);
  }
  return { items: itemsOf(each), isEach: true };
}

function comparator(sort: Value): (left: Node, right: Node) => number {
  if (sort.type === BsonType.object) {
    const keys = parseSort(sort);
    const empty = new Value(BsonType.object, Buffer.from([5, 0, 0, 0, 0]), 0, 5);
    const keyOf = (node: Node) => {
      const value = sealed(node);
      return sortKeyOf(value.type === BsonType.object ? value : empty, keys);
    };
    return (left, right) => Buffer.compare(keyOf(left), keyOf(right));
  }
  const direction = sort.isNumber ? nearestDouble(sort) : 0;
  if (direction !== 1 && direction !== -1) {
    throw badValue('The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields');
  }
  return (left, right) => direction * compareValues(sealed(left), sealed(right));
}

function pushOperator(operand: Value): FieldOperator {
  const { items, isEach } = eachOf(operand, '$push');
  let slice: number | undefined;
  let position: number | undefined;
  let order: ((left: Node, right: Node) => number) | undefined;
  if (isEach) {
    for (const { name, value } of elementsOf(operand)) {
      if (name === '$slice') slice = integer(value, '$slice');
      else if (name === '$position') position = integer(value, '$position');
      else if (name === '$sort') order = comparator(value);
      else if (name !== '$each') throw badValue(`Unrecognized clause in $push: ${name}`);
    }
  }
  return (present, dotted) => {
    const array = arrayOf(present, dotted, '$push');
    if (position === undefined) array.values.push(...items);
    else array.values.splice(position < 0 ? Math.max(0, array.values.length + position) : position, 0, ...items);
    if (order !== undefined) array.values.sort(order);
    if (slice !== undefined) array.values = slice >= 0 ? array.values.slice(0, slice) : array.values.slice(slice);
    return { set: array };
  };
}

function addToSetOperator(operand: Value): FieldOperator {
  const { items, isEach } = eachOf(operand, '$addToSet');
  if (isEach && elementsOf(operand).length > 1) throw badValue('Found unexpected fields after $each in $addToSet');
  return (present, dotted) => {
    const array = arrayOf(present, dotted, '$addToSet');
    let added = present === undefined;
    for (const item of items) {
      if (array.values.some((value) => equalValues(sealed(value), item))) continue;
      array.values.push(item);
      added = true;
    }
    return added ? { set: array } : 'keep';
  };
}

function pullTest(operand: Value): (item: Value) => boolean {
  if (operand.type === BsonType.regex) return valueFilter(operand);
  if (operand.type !== BsonType.object) return (item) => equalValues(item, operand);
  if (byteAt(operand.bytes, operand.start + 5) === 0x24) return valueFilter(operand);
  const filter: MatchNode = parseFilter(operand);
  return (item) => item.type === BsonType.object && filter.matches(item);
}

/** A filter on `{ '': item }`. */
function valueFilter(condition: Value): (item: Value) => boolean {
  const wrap = (value: Value): Value => {
    const length = value.end - value.start + 7;
    const bytes = Buffer.alloc(length);
    bytes.writeInt32LE(length);
    bytes[4] = value.type;
    value.bytes.copy(bytes, 6, value.start, value.end);
    return new Value(BsonType.object, bytes, 0, length);
  };
  const filter = parseFilter(wrap(condition));
  return (item) => filter.matches(wrap(item));
}

function pullOperator(test: (item: Value) => boolean, operator: string): FieldOperator {
  return (present, dotted) => {
    if (present === undefined) return 'keep';
    const node = opened(present);
    if (!(node instanceof ArrayNode)) throw badValue(`Cannot apply ${operator} to a non-array value: ${dotted}`);
    const kept = node.values.filter((value) => !test(sealed(value)));
    if (kept.length === node.values.length) return 'keep';
    const array = new ArrayNode();
    array.values = kept;
    return { set: array };
  };
}

function popOperator(operand: Value): FieldOperator {
  const end = operand.isNumber ? nearestDouble(operand) : Number.NaN;
  if (end !== 1 && end !== -1)
    throw failedToParse(`$pop expects 1 or -1, found: ${Number.isNaN(end) ? typeName(operand.type) : end}`);
  return (present, dotted) => {
    if (present === undefined) return 'keep';
    const node = opened(present);
    if (!(node instanceof ArrayNode)) {
      throw typeMismatch(`Path '${dotted}' contains an element of non-array type '${typeName(nodeType(node))}'`);
    }
    if (node.values.length === 0) return 'keep';
    const array = new ArrayNode();
    array.values = end === 1 ? node.values.slice(0, -1) : node.values.slice(1);
    return { set: array };
  };
}

/** The operator on arrays of that name, or undefined when there is none. */
export function arrayOperator(name: string, operand: Value): FieldOperator | undefined {
  switch (name) {
    case '$push':
      return pushOperator(operand);
    case '$addToSet':
      return addToSetOperator(operand);
    case '$pull':
      return pullOperator(pullTest(operand), '$pull');
    case '$pullAll': {
      if (operand.type !== BsonType.array)
        throw badValue(`$pullAll requires an array argument but was given a ${typeName(operand.type)}`);
      const unwanted = itemsOf(operand);
      return pullOperator((item) => unwanted.some((value) => equalValues(item, value)), '$pullAll');
    }
    case '$pop':
      return popOperator(operand);
    default:
      return undefined;
  }
}
