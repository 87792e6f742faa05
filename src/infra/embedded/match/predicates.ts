import { nearestDouble, wholeNumber } from '../bson/number.ts';
import { BsonType, byteAt, ElementCursor, type Value } from '../bson/value.ts';
import { canonicalTag, encodeValue } from '../index-key.ts';
import { compareValues, equalValues } from '../order.ts';

/** A test of one value that a path reached; `undefined` is a missing one. */
export interface Predicate {
  /** Whether an array at the end of the path offers its items as well as itself. */
  readonly expand: boolean;
  test(value: Value | undefined): boolean;
}

export type ComparisonOperator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte';

function isNaNValue(value: Value): boolean {
  return (value.type === BsonType.double || value.type === BsonType.decimal128) && Number.isNaN(nearestDouble(value));
}

/** `$eq` and the four ranges; values of another type never match, except against MinKey and MaxKey. */
export class Comparison implements Predicate {
  readonly expand = true;
  readonly operator: ComparisonOperator;
  readonly operand: Value;
  readonly #tag: number;
  readonly #acceptsMissing: boolean;
  readonly #isBound: boolean;
  readonly #isNaN: boolean;

  constructor(operator: ComparisonOperator, operand: Value) {
    this.operator = operator;
    this.operand = operand;
    this.#tag = canonicalTag(operand.type);
    this.#acceptsMissing = operand.isNullish && (operator === '$eq' || operator === '$gte' || operator === '$lte');
    this.#isBound = operand.type === BsonType.minKey || operand.type === BsonType.maxKey;
    this.#isNaN = isNaNValue(operand);
  }

  test(value: Value | undefined): boolean {
    if (value === undefined) return this.#acceptsMissing || (this.#isBound && this.#holds(this.#missingOrder()));
    if (canonicalTag(value.type) !== this.#tag) {
      if (this.#acceptsMissing && value.isNullish) return true;
      return this.#isBound && this.operator !== '$eq' && this.#holds(compareValues(value, this.operand));
    }
    if (this.operator === '$eq') return equalValues(value, this.operand);
    if (this.#isNaN || isNaNValue(value)) {
      return this.#isNaN && isNaNValue(value) && (this.operator === '$gte' || this.operator === '$lte');
    }
    return this.#holds(compareValues(value, this.operand));
  }

  #missingOrder(): number {
    return this.operand.type === BsonType.minKey ? 1 : -1;
  }

  #holds(order: number): boolean {
    switch (this.operator) {
      case '$eq':
        return order === 0;
      case '$gt':
        return order > 0;
      case '$gte':
        return order >= 0;
      case '$lt':
        return order < 0;
      default:
        return order <= 0;
    }
  }
}

/** `$in`: equal to one of the values, or matched by one of the patterns. */
export class Membership implements Predicate {
  readonly expand = true;
  readonly values: readonly Value[];
  readonly patterns: readonly RegexTest[];
  readonly acceptsMissing: boolean;
  readonly #encoded: ReadonlySet<string>;

  constructor(values: readonly Value[], patterns: readonly RegexTest[]) {
    this.values = values;
    this.patterns = patterns;
    this.acceptsMissing = values.some((value) => value.isNullish);
    this.#encoded = new Set(values.map((value) => encodeValue(value).toString('latin1')));
  }

  test(value: Value | undefined): boolean {
    if (value === undefined) return this.acceptsMissing;
    if (this.#encoded.has(encodeValue(value).toString('latin1'))) return true;
    return this.patterns.some((pattern) => pattern.test(value));
  }
}

/** `$regex`; a stored pattern equals the same pattern. */
export class RegexTest implements Predicate {
  readonly expand = true;
  readonly pattern: RegExp;
  readonly source: string;
  readonly flags: string;

  constructor(pattern: RegExp, source: string, flags: string) {
    this.pattern = pattern;
    this.source = source;
    this.flags = flags;
  }

  test(value: Value | undefined): boolean {
    if (value === undefined) return false;
    if (value.type === BsonType.string || value.type === BsonType.symbol) return this.pattern.test(value.asString());
    if (value.type !== BsonType.regex) return false;
    const { bytes, start, end } = value;
    const middle = bytes.indexOf(0, start);
    return (
      bytes.toString('utf8', start, middle) === this.source &&
      bytes.toString('utf8', middle + 1, end - 1) === this.flags
    );
  }
}

/** `$exists: true`. */
export class Existence implements Predicate {
  readonly expand = false;

  test(value: Value | undefined): boolean {
    return value !== undefined;
  }
}

export class TypeTest implements Predicate {
  readonly expand = true;
  readonly types: ReadonlySet<number>;

  constructor(types: ReadonlySet<number>) {
    this.types = types;
  }

  test(value: Value | undefined): boolean {
    return value !== undefined && this.types.has(value.type);
  }
}

export class SizeTest implements Predicate {
  readonly expand = false;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  test(value: Value | undefined): boolean {
    if (value?.type !== BsonType.array) return false;
    const cursor = new ElementCursor(value);
    let count = 0;
    while (cursor.next()) count += 1;
    return count === this.#size;
  }
}

export class Modulo implements Predicate {
  readonly expand = true;
  readonly #divisor: bigint;
  readonly #remainder: bigint;

  constructor(divisor: bigint, remainder: bigint) {
    this.#divisor = divisor;
    this.#remainder = remainder;
  }

  test(value: Value | undefined): boolean {
    if (!value?.isNumber) return false;
    const whole = wholeNumber(value) ?? truncated(value);
    return whole !== undefined && whole % this.#divisor === this.#remainder;
  }
}

function truncated(value: Value): bigint | undefined {
  const near = nearestDouble(value);
  return Number.isFinite(near) ? BigInt(Math.trunc(near)) : undefined;
}

export type BitOperator = '$bitsAllSet' | '$bitsAllClear' | '$bitsAnySet' | '$bitsAnyClear';

export class BitTest implements Predicate {
  readonly expand = true;
  readonly #operator: BitOperator;
  readonly #mask: bigint;

  constructor(operator: BitOperator, mask: bigint) {
    this.#operator = operator;
    this.#mask = mask;
  }

  test(value: Value | undefined): boolean {
    const bits = value === undefined ? undefined : bitsOf(value);
    if (bits === undefined) return false;
    const set = bits & this.#mask;
    if (this.#operator === '$bitsAllSet') return set === this.#mask;
    if (this.#operator === '$bitsAllClear') return set === 0n;
    return this.#operator === '$bitsAnySet' ? set !== 0n : set !== this.#mask;
  }
}

/** An integer as two's complement, or binary data as little-endian bits. */
function bitsOf(value: Value): bigint | undefined {
  if (value.type === BsonType.binary) {
    let bits = 0n;
    for (let index = value.end - 1; index >= value.start + 5; index -= 1) {
      bits = (bits << 8n) | BigInt(byteAt(value.bytes, index));
    }
    return bits;
  }
  return value.isNumber ? wholeNumber(value) : undefined;
}
