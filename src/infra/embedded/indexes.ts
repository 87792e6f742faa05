import { UNDEFINED } from './bson/make.ts';
import { nearestDouble } from './bson/number.ts';
import { BsonType, ElementCursor, elementsOf, field, fieldByBytes, type Value } from './bson/value.ts';
import { BsonWriter } from './bson/writer.ts';
import { ServerError } from './errors.ts';
import { KeyWriter } from './index-key.ts';
import type { MatchNode } from './match/nodes.ts';
import { isTruthy, parseFilter } from './match/parse.ts';
import { itemAt, type Path, pathOf } from './path.ts';

export interface IndexField {
  readonly dotted: string;
  readonly path: Path;
  readonly descending: boolean;
}

/** One index of a collection; `multikey` and `hasLongKeys` only ever turn true. */
export interface Index {
  /** The key space of its entries. */
  readonly space: number;
  readonly name: string;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: MatchNode | undefined;
  /** The definition as `listIndexes` gives it. */
  readonly definition: Value;
  /** Per field: whether some document has an array on the path. */
  readonly multikey: boolean[];
  /** Whether some entry was shortened, after which entries are no longer wholly in order. */
  hasLongKeys: boolean;
}

export const ID_INDEX = '_id_';

export function indexOf(space: number, definition: Value, multikey: boolean[], hasLongKeys: boolean): Index {
  const key = field(definition, 'key');
  const partial = field(definition, 'partialFilterExpression');
  const unique = field(definition, 'unique');
  const sparse = field(definition, 'sparse');
  if (key === undefined) throw new ServerError(67, 'Index definition has no key');
  const fields = elementsOf(key).map((element) => ({
    dotted: element.name,
    path: pathOf(element.name),
    descending: element.value.isNumber && nearestDouble(element.value) < 0,
  }));
  return {
    space,
    name: field(definition, 'name')?.asString() ?? '',
    fields,
    unique: unique !== undefined && isTruthy(unique),
    sparse: sparse !== undefined && isTruthy(sparse),
    partial: partial === undefined ? undefined : parseFilter(partial),
    definition,
    multikey: multikey.length === fields.length ? multikey : fields.map(() => false),
    hasLongKeys,
  };
}

/** The entries that one document has in one index. */
export interface IndexKeys {
  /** Encoded, not yet shortened, without the key space. */
  readonly keys: readonly Buffer[];
  /** Fields whose path met an array. */
  readonly arrays: readonly boolean[] | undefined;
}

const NO_KEYS: IndexKeys = { keys: [], arrays: undefined };
const writer = new KeyWriter();

/** Throws code 171 when two paths meet different arrays. */
export function keysOf(index: Index, document: Value): IndexKeys {
  if (index.partial !== undefined && !index.partial.matches(document)) return NO_KEYS;
  const simple = simpleKey(index, document);
  if (simple === 'absent') return NO_KEYS;
  if (simple !== 'array') return { keys: [simple], arrays: undefined };
  return new MultikeyExpansion(index, document).run();
}

/** The one entry of a document that has no array on any path. */
function simpleKey(index: Index, document: Value): Buffer | 'array' | 'absent' {
  writer.length = 0;
  let present = false;
  for (const { path, descending } of index.fields) {
    let value: Value | undefined = document;
    for (const step of path) {
      value = value?.type === BsonType.object ? fieldByBytes(value, step.bytes) : undefined;
      if (value === undefined) break;
      if (value.type === BsonType.array) return 'array';
    }
    const from = writer.length;
    if (value === undefined) {
      writer.missing();
    } else {
      present = true;
      writer.value(value);
    }
    if (descending) writer.invert(from);
  }
  return index.sparse && !present ? 'absent' : writer.take();
}

/** Where one field's path stands during the expansion. */
type Position =
  | { readonly state: 'done'; readonly value: Value | undefined }
  | { readonly state: 'at-array'; readonly array: Value; readonly from: number };

class MultikeyExpansion {
  readonly #index: Index;
  readonly #document: Value;
  readonly #keys = new Map<string, Buffer>();
  readonly #arrays: boolean[];

  constructor(index: Index, document: Value) {
    this.#index = index;
    this.#document = document;
    this.#arrays = index.fields.map(() => false);
  }

  run(): IndexKeys {
    this.#expand(this.#index.fields.map(({ path }) => descend(this.#document, path, 0)));
    return { keys: [...this.#keys.values()], arrays: this.#arrays };
  }

  #expand(positions: readonly Position[]): void {
    let array: Value | undefined;
    positions.forEach((position, field) => {
      if (position.state !== 'at-array') return;
      this.#arrays[field] = true;
      if (array !== undefined && array.start !== position.array.start) {
        throw new ServerError(171, 'cannot index parallel arrays');
      }
      array = position.array;
    });
    if (array === undefined)
      this.#emit(positions.map((position) => (position.state === 'done' ? position.value : undefined)));
    else this.#expandArray(array, positions);
  }

  #expandArray(array: Value, positions: readonly Position[]): void {
    const cursor = new ElementCursor(array);
    let isEmpty = true;
    while (cursor.next()) {
      isEmpty = false;
      const item = cursor.value();
      this.#expand(positions.map((position, field) => this.#intoItem(position, field, item)));
    }
    if (!isEmpty) return;
    this.#expand(
      positions.map((position, field): Position => {
        if (position.state === 'done') return position;
        const atEnd = position.from === this.#index.fields[field]?.path.length;
        return { state: 'done', value: atEnd ? UNDEFINED : undefined };
      }),
    );
  }

  #intoItem(position: Position, field: number, item: Value): Position {
    const path = this.#index.fields[field]?.path ?? [];
    if (position.state === 'done') return position;
    const step = path[position.from];
    if (step === undefined) return { state: 'done', value: item };
    if (step.index >= 0) {
      const chosen = itemAt(position.array, step.index);
      return chosen === undefined ? { state: 'done', value: undefined } : onward(chosen, path, position.from + 1);
    }
    return item.type === BsonType.object ? descend(item, path, position.from) : { state: 'done', value: undefined };
  }

  #emit(values: readonly (Value | undefined)[]): void {
    if (this.#index.sparse && values.every((value) => value === undefined)) return;
    writer.length = 0;
    this.#index.fields.forEach(({ descending }, field) => {
      const from = writer.length;
      const value = values[field];
      if (value === undefined) writer.missing();
      else writer.value(value);
      if (descending) writer.invert(from);
    });
    const key = writer.take();
    this.#keys.set(key.toString('latin1'), key);
  }
}

function descend(document: Value, path: Path, from: number): Position {
  const step = path[from];
  const value = step === undefined ? document : fieldByBytes(document, step.bytes);
  return value === undefined ? { state: 'done', value: undefined } : onward(value, path, from + 1);
}

function onward(value: Value, path: Path, from: number): Position {
  if (value.type === BsonType.array) return { state: 'at-array', array: value, from };
  if (from >= path.length) return { state: 'done', value };
  return value.type === BsonType.object ? descend(value, path, from) : { state: 'done', value: undefined };
}

/** `{ field: value }` of an entry, as the duplicate key error shows it; taken from the document again. */
export function keyValueOf(index: Index, document: Value): Buffer {
  const result = new BsonWriter().begin();
  for (const { dotted, path } of index.fields) {
    const position = descend(document, path, 0);
    if (position.state === 'done' && position.value !== undefined) result.value(dotted, position.value);
    else if (position.state === 'at-array') result.value(dotted, firstItem(position.array) ?? position.array);
    else result.null(dotted);
  }
  return result.end().result();
}

function firstItem(array: Value): Value | undefined {
  const cursor = new ElementCursor(array);
  return cursor.next() ? cursor.value() : undefined;
}
