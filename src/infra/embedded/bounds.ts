import { double } from './bson/make.ts';
import { nearestDouble } from './bson/number.ts';
import { BsonType, type Value } from './bson/value.ts';
import { canonicalTag, encodeValue, successor } from './index-key.ts';
import { Comparison, Existence, Membership, type Predicate, RegexTest, TypeTest } from './match/predicates.ts';
import { literalPrefix } from './match/regex.ts';

/** Encoded values between which one index field must lie. The bounds compare as prefixes of entries. */
export interface Interval {
  readonly low: Buffer;
  readonly lowInclusive: boolean;
  readonly high: Buffer;
  readonly highInclusive: boolean;
}

const HIGHEST = Buffer.from([0xff]);

export function isPoint(interval: Interval): boolean {
  return interval.lowInclusive && interval.highInclusive && interval.low.equals(interval.high);
}

function point(encoded: Buffer): Interval {
  return { low: encoded, lowInclusive: true, high: encoded, highInclusive: true };
}

/** All values of one type. */
function bracket(tag: number): Interval {
  return { low: Buffer.from([tag]), lowInclusive: true, high: Buffer.from([tag]), highInclusive: true };
}

/** Values that a container holds are indexed, not the container; a bound on one says nothing. */
function isIndexable(value: Value): boolean {
  return value.type !== BsonType.array;
}

/** The intervals outside of which a predicate cannot hold, in order; undefined when it bounds nothing. */
export function intervalsOf(predicate: Predicate): Interval[] | undefined {
  if (predicate instanceof Comparison) return comparisonIntervals(predicate);
  if (predicate instanceof Membership) return membershipIntervals(predicate);
  if (predicate instanceof RegexTest) return regexIntervals(predicate);
  return undefined;
}

function comparisonIntervals({ operator, operand }: Comparison): Interval[] | undefined {
  if (!isIndexable(operand)) return undefined;
  const encoded = encodeValue(operand);
  const isNotNumber = operand.isNumber && Number.isNaN(nearestDouble(operand));
  if (operator === '$eq' || isNotNumber || operand.isNullish)
    return operand.type === BsonType.undefined ? undefined : [point(encoded)];
  if (operand.type === BsonType.minKey || operand.type === BsonType.maxKey) return undefined;
  const type = bracket(canonicalTag(operand.type));
  if (operator === '$gt' || operator === '$gte') {
    return [{ ...type, low: encoded, lowInclusive: operator === '$gte' }];
  }
  const low = operand.isNumber ? encodeValue(double(Number.NEGATIVE_INFINITY)) : type.low;
  return [{ low, lowInclusive: true, high: encoded, highInclusive: operator === '$lte' }];
}

function membershipIntervals({ values, patterns }: Membership): Interval[] | undefined {
  if (!values.every((value) => isIndexable(value) && value.type !== BsonType.undefined)) return undefined;
  if (patterns.length > 0) return undefined;
  const encoded = values.map((value) => encodeValue(value)).sort(Buffer.compare);
  return encoded.filter((key, at) => at === 0 || !encoded[at - 1]?.equals(key)).map(point);
}

function regexIntervals(test: RegexTest): Interval[] | undefined {
  const prefix = literalPrefix(test);
  if (prefix === '') return undefined;
  const low = Buffer.concat([Buffer.from([canonicalTag(BsonType.string)]), Buffer.from(prefix)]);
  const high = successor(low);
  // A stored pattern matches the same pattern, so the regex bracket belongs to the bounds too.
  return high === undefined
    ? undefined
    : [{ low, lowInclusive: true, high, highInclusive: false }, bracket(canonicalTag(BsonType.regex))];
}

/** Whether no document without the field can satisfy the predicate. */
export function requiresPresence(predicate: Predicate): boolean {
  if (predicate instanceof Comparison) return !predicate.test(undefined);
  if (predicate instanceof Membership) return !predicate.acceptsMissing;
  return predicate instanceof Existence || predicate instanceof TypeTest || predicate instanceof RegexTest;
}

/** Start of the interval as bytes at which it begins, in the space after `prefix`. */
function compareLow(left: Interval, right: Interval): number {
  return Buffer.compare(startOf(left), startOf(right));
}

function startOf(interval: Interval): Buffer {
  return interval.lowInclusive ? interval.low : (successor(interval.low) ?? HIGHEST);
}

function endOf(interval: Interval): Buffer {
  return interval.highInclusive ? (successor(interval.high) ?? Buffer.from([0xff, 0xff])) : interval.high;
}

/** What lies in both lists. */
export function intersect(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  for (const a of left) {
    for (const b of right) {
      const low = compareLow(a, b) >= 0 ? a : b;
      const high = Buffer.compare(endOf(a), endOf(b)) <= 0 ? a : b;
      if (Buffer.compare(startOf(low), endOf(high)) >= 0) continue;
      both.push({ low: low.low, lowInclusive: low.lowInclusive, high: high.high, highInclusive: high.highInclusive });
    }
  }
  return both;
}

/** A half-open range of encoded keys. */
export interface KeyRange {
  readonly start: Buffer;
  /** Undefined: to the end of the key space. */
  readonly end: Buffer | undefined;
  /** Bytes at the front of every entry in the range that are the same. */
  readonly prefixLength: number;
  /** The range is one value of every field: in a unique index, one key. */
  readonly isWholeKey?: boolean;
}

function inverted(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) result[index] = ~(bytes[index] ?? 0);
  return result;
}

/** The range of entries that begin with `prefix` and then have a value in the interval. */
export function rangeOf(prefix: Buffer, interval: Interval, descending: boolean): KeyRange {
  const [low, lowInclusive, high, highInclusive] = descending
    ? [inverted(interval.high), interval.highInclusive, inverted(interval.low), interval.lowInclusive]
    : [interval.low, interval.lowInclusive, interval.high, interval.highInclusive];
  const lowKey = Buffer.concat([prefix, low]);
  const highKey = Buffer.concat([prefix, high]);
  return {
    start: lowInclusive ? lowKey : (successor(lowKey) ?? lowKey),
    end: highInclusive ? successor(highKey) : highKey,
    prefixLength: prefix.length,
  };
}
