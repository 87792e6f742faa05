import { isDeepStrictEqual } from 'node:util';
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';

/** A value that is not as a test expects; `path` says where. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';

  constructor(path: string, message: string) {
    super(`${path === '' ? 'the value' : path} ${message}`);
  }
}

/** What special operators look up. */
export interface MatchContext {
  entity(id: string): unknown;
  /** The `lsid` of a session entity. */
  sessionId(id: string): unknown;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !('_bsontype' in value) &&
    !(value instanceof Date) &&
    !(value instanceof RegExp) &&
    !(value instanceof Uint8Array)
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_name, each) => (typeof each === 'bigint' ? `${each}n` : each)) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}

/** A number of any type as text of its exact value; undefined for what is no number. */
function numeric(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Object.is(value, -0) ? '0' : String(value);
  if (value instanceof Long) return value.toString();
  if (value instanceof Int32 || value instanceof Double) return String(value.valueOf());
  return undefined;
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  double: (value) => typeof value === 'number' || value instanceof Double,
  int: (value) => (typeof value === 'number' && Number.isInteger(value)) || value instanceof Int32,
  long: (value) =>
    (typeof value === 'number' && Number.isInteger(value)) || typeof value === 'bigint' || value instanceof Long,
  decimal: (value) => value instanceof Decimal128,
  number: (value) => numeric(value) !== undefined || value instanceof Decimal128,
  string: (value) => typeof value === 'string',
  object: isFields,
  array: Array.isArray,
  binData: (value) => value instanceof Binary || value instanceof Uint8Array,
  objectId: (value) => value instanceof ObjectId,
  bool: (value) => typeof value === 'boolean',
  date: (value) => value instanceof Date,
  null: (value) => value === null,
  regex: (value) => value instanceof RegExp || (typeof value === 'object' && value !== null && '_bsontype' in value),
};

/** Throws `Mismatch` unless `actual` is as `expected`, read by the rules of the unified test format, describes it. */
export function match(expected: unknown, actual: unknown, context: MatchContext, isRoot = true, path = ''): void {
  if (Array.isArray(expected)) {
    matchArray(expected, actual, context, isRoot, path);
    return;
  }
  if (isFields(expected)) {
    const [operator] = Object.keys(expected);
    if (operator?.startsWith('$$')) matchOperator(operator, expected[operator], actual, context, isRoot, path);
    else matchFields(expected, actual, context, isRoot, path);
    return;
  }
  const number = numeric(expected);
  if (number !== undefined ? number !== numeric(actual) : !isDeepStrictEqual(plain(expected), plain(actual))) {
    throw new Mismatch(path, `is ${show(actual)}, expected ${show(expected)}`);
  }
}

/** Binary data compares by content, however the driver hands it over. */
function plain(value: unknown): unknown {
  return value instanceof Binary ? { subtype: value.sub_type, hex: value.toString('hex') } : value;
}

function matchArray(
  expected: readonly unknown[],
  actual: unknown,
  context: MatchContext,
  isRoot: boolean,
  path: string,
): void {
  if (!Array.isArray(actual)) throw new Mismatch(path, `is ${show(actual)}, expected an array`);
  if (actual.length !== expected.length) {
    throw new Mismatch(path, `has ${actual.length} items, expected ${expected.length}: ${show(actual)}`);
  }
  expected.forEach((item, at) => {
    match(item, actual[at], context, isRoot, `${path}[${at}]`);
  });
}

function fieldOf(actual: object, name: string): unknown {
  if (actual instanceof Map) return actual.get(name) ?? actual.get(Number(name));
  return Reflect.get(actual, name);
}

function matchFields(expected: Fields, actual: unknown, context: MatchContext, isRoot: boolean, path: string): void {
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) {
    throw new Mismatch(path, `is ${show(actual)}, expected ${show(expected)}`);
  }
  for (const [name, inner] of Object.entries(expected)) {
    const value = fieldOf(actual, name);
    const where = path === '' ? name : `${path}.${name}`;
    if (value === undefined && !acceptsAbsence(inner)) throw new Mismatch(where, `is missing in ${show(actual)}`);
    match(inner, value, context, false, where);
  }
  if (isRoot) return;
  const names = actual instanceof Map ? [...actual.keys()].map(String) : Object.keys(actual);
  const extra = names.find((name) => !Object.hasOwn(expected, name) && fieldOf(actual, name) !== undefined);
  if (extra !== undefined) throw new Mismatch(path === '' ? extra : `${path}.${extra}`, 'is there, expected to be not');
}

function acceptsAbsence(expected: unknown): boolean {
  if (!isFields(expected)) return false;
  return expected.$$exists === false || '$$unsetOrMatches' in expected;
}

function matchOperator(
  operator: string,
  operand: unknown,
  actual: unknown,
  context: MatchContext,
  isRoot: boolean,
  path: string,
): void {
  switch (operator) {
    case '$$exists':
      if ((actual !== undefined) !== operand) throw new Mismatch(path, operand ? 'is missing' : `is ${show(actual)}`);
      return;
    case '$$unsetOrMatches':
      if (actual !== undefined && actual !== null) match(operand, actual, context, isRoot, path);
      return;
    case '$$type': {
      const types: unknown[] = Array.isArray(operand) ? operand : [operand];
      if (!types.some((type) => TYPES[String(type)]?.(actual)))
        throw new Mismatch(path, `is ${show(actual)}, expected type ${types}`);
      return;
    }
    case '$$matchesEntity':
      match(context.entity(String(operand)), actual, context, isRoot, path);
      return;
    case '$$matchesHexBytes': {
      const bytes = actual instanceof Binary ? actual.buffer : actual;
      const hex = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : undefined;
      if (hex !== String(operand).toLowerCase()) throw new Mismatch(path, `is ${hex}, expected bytes ${operand}`);
      return;
    }
    case '$$sessionLsid':
      match(context.sessionId(String(operand)), actual, context, false, path);
      return;
    case '$$lte':
      if (!(Number(actual) <= Number(operand))) throw new Mismatch(path, `is ${show(actual)}, expected <= ${operand}`);
      return;
    case '$$matchAsRoot':
      match(operand, actual, context, true, path);
      return;
    default:
      throw new Mismatch(path, `is described by the unknown operator ${operator}`);
  }
}
