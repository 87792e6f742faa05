import { nearestDouble, wholeNumber } from '../bson/number.ts';
import { BsonType, ElementCursor, field, itemsOf, typeName, type Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import type { Catalog, Collection } from '../catalog.ts';
import type { Cursors } from '../cursors.ts';
import type { Documents } from '../documents.ts';
import { badValue, DuplicateKeyError, ServerError, typeMismatch } from '../errors.ts';
import type { FailPoint } from '../fail-points.ts';
import type { Index } from '../indexes.ts';
import type { Storage } from '../storage.ts';
import { TimeLimit } from '../time-limit.ts';

/** Largest time limit, in milliseconds. */
const LONGEST_TIME = 2 ** 31 - 1;

/** Everything that a command works on. */
export interface Engine {
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly documents: Documents;
  readonly cursors: Cursors;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** `host:port` that the server listens on. */
  readonly address: string;
  readonly startedAt: number;
  /** Only on a server that was started for tests of drivers. */
  readonly failPoint: FailPoint | undefined;
  connections: number;
}

/** One command as it arrived. */
export class Request {
  readonly engine: Engine;
  readonly name: string;
  readonly database: string;
  readonly connectionId: number;
  readonly fields: ReadonlyMap<string, Value>;
  readonly sequences: ReadonlyMap<string, readonly Value[]>;
  /** From the command's arrival. */
  readonly timeLimit: TimeLimit | undefined;

  constructor(engine: Engine, body: Value, sequences: ReadonlyMap<string, readonly Value[]>, connectionId: number) {
    const fields = new Map<string, Value>();
    const cursor = new ElementCursor(body);
    let name = '';
    while (cursor.next()) {
      const key = cursor.name;
      if (name === '') name = key;
      fields.set(key, cursor.value());
    }
    this.engine = engine;
    this.name = name;
    this.fields = fields;
    this.sequences = sequences;
    this.connectionId = connectionId;
    this.database = fields.get('$db')?.asString() ?? '';
    const most = this.get('maxTimeMS');
    const milliseconds = most === undefined ? 0 : integerOf(most, `${name}.maxTimeMS`);
    if (milliseconds < 0 || milliseconds > LONGEST_TIME)
      throw badValue(`${milliseconds} value for maxTimeMS is out of range [0, ${LONGEST_TIME}]`);
    this.timeLimit = milliseconds === 0 ? undefined : new TimeLimit(milliseconds, engine.now);
  }

  get(name: string): Value | undefined {
    const value = this.fields.get(name);
    return value === undefined || value.isNullish ? undefined : value;
  }

  /** The collection that the command names in its first field. Throws code 73 or 2. */
  collectionName(): string {
    const value = this.fields.get(this.name);
    if (value?.type !== BsonType.string)
      throw badValue(`collection name has invalid type ${typeName(value?.type ?? 0)}`);
    const name = value.asString();
    if (name === '') throw new ServerError(73, `Invalid namespace specified '${this.database}.'`);
    return name;
  }

  collection(): Collection | undefined {
    return this.engine.catalog.get(this.database, this.collectionName());
  }

  namespace(): string {
    return `${this.database}.${this.collectionName()}`;
  }

  document(name: string): Value | undefined {
    const value = this.get(name);
    if (value !== undefined && value.type !== BsonType.object) throw wrongType(`${this.name}.${name}`, value, 'object');
    return value;
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    if (value !== undefined && value.type !== BsonType.string) throw wrongType(`${this.name}.${name}`, value, 'string');
    return value?.asString();
  }

  flag(name: string, otherwise = false): boolean {
    return flagOf(this.get(name), `${this.name}.${name}`, otherwise);
  }

  integer(name: string): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : integerOf(value, `${this.name}.${name}`);
  }

  /** Documents given as a sequence or as an array in the body. */
  list(name: string): readonly Value[] {
    const sequence = this.sequences.get(name);
    if (sequence !== undefined) return sequence;
    const value = this.fields.get(name);
    if (value === undefined)
      throw new ServerError(40414, `BSON field '${this.name}.${name}' is missing but a required field`);
    if (value.type !== BsonType.array) throw wrongType(`${this.name}.${name}`, value, 'array');
    return itemsOf(value);
  }
}

export function wrongType(what: string, value: Value, expected: string): ServerError {
  return typeMismatch(`BSON field '${what}' is the wrong type '${typeName(value.type)}', expected type '${expected}'`);
}

export function flagOf(value: Value | undefined, what: string, otherwise = false): boolean {
  if (value === undefined || value.isNullish) return otherwise;
  if (value.type === BsonType.boolean) return value.asBoolean();
  if (value.isNumber) return nearestDouble(value) !== 0;
  throw typeMismatch(
    `BSON field '${what}' is the wrong type '${typeName(value.type)}', expected types '[bool, long, int, decimal, double]'`,
  );
}

export function integerOf(value: Value, what: string): number {
  const whole = value.isNumber ? (wholeNumber(value) ?? BigInt(Math.trunc(nearestDouble(value) || 0))) : undefined;
  if (whole === undefined) throw wrongType(what, value, 'number');
  return Number(whole);
}

/** The index that a `hint` names. Throws code 2 when there is none. */
export function resolveHint(collection: Collection, hint: Value | undefined): Index | 'natural' | undefined {
  if (hint === undefined || hint.isNullish) return undefined;
  const all = [collection.idIndex, ...collection.indexes];
  if (hint.type === BsonType.string) {
    const name = hint.asString();
    const index = all.find((each) => each.name === name);
    if (index !== undefined) return index;
  } else if (hint.type === BsonType.object) {
    if (field(hint, '$natural') !== undefined) return 'natural';
    if (hint.end - hint.start === 5) return undefined;
    const index = all.find((each) => field(each.definition, 'key')?.raw().equals(hint.raw()) || sameKey(each, hint));
    if (index !== undefined) return index;
  } else {
    throw new ServerError(9, 'Hint must be a string or an object');
  }
  throw badValue(
    'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
  );
}

function sameKey(index: Index, key: Value): boolean {
  const cursor = new ElementCursor(key);
  let at = 0;
  while (cursor.next()) {
    const indexField = index.fields[at];
    const value = cursor.value();
    if (indexField?.dotted !== cursor.name || !value.isNumber || nearestDouble(value) < 0 !== indexField.descending)
      return false;
    at += 1;
  }
  return at === index.fields.length;
}

/** `ok: 0` and what a driver needs to know of the failure. */
export function writeFailure(writer: BsonWriter, error: ServerError): void {
  writer.double('ok', 0).string('errmsg', error.message).int32('code', error.code).string('codeName', error.codeName);
  writeDuplicate(writer, error);
}

function writeDuplicate(writer: BsonWriter, error: ServerError): void {
  if (!(error instanceof DuplicateKeyError)) return;
  writer.document('keyPattern', error.keyPattern).document('keyValue', error.keyValue);
}

export interface WriteError {
  readonly index: number;
  readonly error: ServerError;
}

/** The array `writeErrors`, when there are any. */
export function writeWriteErrors(writer: BsonWriter, errors: readonly WriteError[]): void {
  if (errors.length === 0) return;
  writer.array('writeErrors');
  errors.forEach(({ index, error }, position) => {
    writer.object(String(position)).int32('index', index).int32('code', error.code);
    writeDuplicate(writer, error);
    writer.string('errmsg', error.message).end();
  });
  writer.end();
}

export interface Command {
  readonly run: (request: Request) => Promise<BsonWriter> | BsonWriter;
  /** Fields understood besides those of every command; any other is refused. */
  readonly fields: readonly string[];
}

/** `collation` other than the simple one changes every comparison, so it is refused. Code 115. */
export function refuseCollation(collation: Value | undefined): void {
  if (collation === undefined || collation.isNullish) return;
  if (collation.type === BsonType.object) {
    const locale = field(collation, 'locale');
    if (collation.end - collation.start === 5) return;
    if (locale?.type === BsonType.string && locale.asString() === 'simple') return;
  }
  throw new ServerError(115, 'collation is not supported by the embedded database');
}
