import { date, decimal, double, int32, int64, timestamp } from '../bson/make.ts';
import { exactValue, nearestDouble, wholeNumber } from '../bson/number.ts';
import { type Node, sealed } from '../bson/tree.ts';
import { BsonType, elementsOf, field, typeName, Value } from '../bson/value.ts';
import { badValue, typeMismatch } from '../errors.ts';
import { compareValues } from '../order.ts';

/** What an operator wants at its path. */
export type Change = { readonly set: Node } | 'keep' | 'unset';

/** Computes the new value of one field from the present one (undefined: missing). */
export type FieldOperator = (present: Node | undefined, dotted: string) => Change;

const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

function decimalArithmetic(left: Value, right: Value, multiply: boolean): Value {
  const a = exactValue(left);
  const b = exactValue(right);
  if (a === undefined || b === undefined) {
    const [x, y] = [nearestDouble(left), nearestDouble(right)];
    return decimal(String(multiply ? x * y : x + y));
  }
  if (multiply) return decimal(`${a.coefficient * b.coefficient}E${a.exponent + b.exponent}`);
  const exponent = Math.min(a.exponent, b.exponent);
  const sum =
    a.coefficient * 10n ** BigInt(a.exponent - exponent) + b.coefficient * 10n ** BigInt(b.exponent - exponent);
  return decimal(`${sum}E${exponent}`);
}

/** Sum or product in the widest of the two types; int32 grows to int64. Throws code 2 when int64 overflows. */
export function arithmetic(left: Value, right: Value, multiply: boolean): Value {
  if (left.type === BsonType.decimal128 || right.type === BsonType.decimal128) {
    return decimalArithmetic(asDecimal(left), asDecimal(right), multiply);
  }
  if (left.type === BsonType.double || right.type === BsonType.double) {
    const [a, b] = [left.asDouble(), right.asDouble()];
    return double(multiply ? a * b : a + b);
  }
  const [a, b] = [wholeNumber(left) ?? 0n, wholeNumber(right) ?? 0n];
  const result = multiply ? a * b : a + b;
  if (result > LONG_MAX || result < LONG_MIN) {
    throw badValue(`Failed to apply ${multiply ? '$mul' : '$inc'} operations to current value: integer overflow`);
  }
  const isSmall = left.type === BsonType.int32 && right.type === BsonType.int32;
  return isSmall && result === BigInt.asIntN(32, result) ? int32(Number(result)) : int64(result);
}

/** A double enters decimal arithmetic with 15 significant digits, as the server converts it. */
function asDecimal(value: Value): Value {
  if (value.type !== BsonType.double) return value;
  const number = value.asDouble();
  return Number.isFinite(number) ? decimal(Number(number.toPrecision(15)).toString()) : decimal(String(number));
}

function arithmeticOperator(name: '$inc' | '$mul', operand: Value): FieldOperator {
  if (!operand.isNumber) {
    throw typeMismatch(`Cannot ${name === '$inc' ? 'increment' : 'multiply'} with non-numeric argument`);
  }
  const multiply = name === '$mul';
  return (present, dotted) => {
    if (present === undefined) return { set: multiply ? arithmetic(operand, int32(0), true) : operand };
    if (!(present instanceof Value) || !present.isNumber) {
      const type = present instanceof Value ? present.type : sealed(present).type;
      throw typeMismatch(
        `Cannot apply ${name} to a value of non-numeric type. The field '${dotted}' has non-numeric type ${typeName(type)}`,
      );
    }
    return { set: arithmetic(present, operand, multiply) };
  };
}

function extremeOperator(operand: Value, wanted: number): FieldOperator {
  return (present) => {
    if (present === undefined) return { set: operand };
    return Math.sign(compareValues(operand, sealed(present))) === wanted ? { set: operand } : 'keep';
  };
}

/** `now` in milliseconds since 1970 UTC. */
function currentDate(operand: Value, now: number): FieldOperator {
  let asTimestamp = false;
  if (operand.type === BsonType.object) {
    const elements = elementsOf(operand);
    const type = field(operand, '$type');
    const text = type?.type === BsonType.string ? type.asString() : '';
    if (elements.length !== 1 || (text !== 'date' && text !== 'timestamp')) {
      throw badValue("The '$type' string field is required to be 'date' or 'timestamp'");
    }
    asTimestamp = text === 'timestamp';
  } else if (operand.type !== BsonType.boolean) {
    throw badValue(
      `${typeName(operand.type)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  const value = asTimestamp ? timestamp(Math.floor(now / 1000), 1) : date(now);
  return () => ({ set: value });
}

function bitOperator(operand: Value): FieldOperator {
  if (operand.type !== BsonType.object) throw badValue('The $bit modifier is not compatible with a non-object');
  const steps = elementsOf(operand);
  if (steps.length === 0)
    throw badValue('You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}');
  for (const { name, value } of steps) {
    if (!['and', 'or', 'xor'].includes(name))
      throw badValue(`The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
    if (value.type !== BsonType.int32 && value.type !== BsonType.int64)
      throw badValue('The $bit modifier field must be an Integer(32/64 bit)');
  }
  return (present, dotted) => {
    const current = present ?? int32(0);
    if (!(current instanceof Value) || (current.type !== BsonType.int32 && current.type !== BsonType.int64)) {
      throw badValue(`Cannot apply $bit to a value of non-integral type. The field '${dotted}' is not an integer`);
    }
    let bits = wholeNumber(current) ?? 0n;
    let isLong = current.type === BsonType.int64;
    for (const { name, value } of steps) {
      const by = wholeNumber(value) ?? 0n;
      isLong ||= value.type === BsonType.int64;
      bits = name === 'and' ? bits & by : name === 'or' ? bits | by : bits ^ by;
    }
    return { set: isLong ? int64(bits) : int32(Number(bits)) };
  };
}

/** The operator on scalars of that name, or undefined when there is none. `now` is for `$currentDate`. */
export function scalarOperator(name: string, operand: Value, now: number): FieldOperator | undefined {
  switch (name) {
    case '$set':
    case '$setOnInsert':
      return () => ({ set: operand });
    case '$unset':
      return () => 'unset';
    case '$inc':
    case '$mul':
      return arithmeticOperator(name, operand);
    case '$min':
      return extremeOperator(operand, -1);
    case '$max':
      return extremeOperator(operand, 1);
    case '$currentDate':
      return currentDate(operand, now);
    case '$bit':
      return bitOperator(operand);
    default:
      return undefined;
  }
}
