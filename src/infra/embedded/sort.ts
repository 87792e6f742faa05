import { UNDEFINED } from './bson/make.ts';
import { wholeNumber } from './bson/number.ts';
import { BsonType, elementsOf, itemsOf, type Value } from './bson/value.ts';
import { badValue, ServerError } from './errors.ts';
import { encodeValue } from './index-key.ts';
import { type Path, pathOf, visitPath } from './path.ts';

export interface SortKey {
  readonly dotted: string;
  readonly path: Path;
  readonly descending: boolean;
}

/** Parses `{ field: 1 | -1 }`. `$natural` alone is no order. */
export function parseSort(sort: Value | undefined): SortKey[] {
  if (sort === undefined) return [];
  const keys: SortKey[] = [];
  for (const { name, value } of elementsOf(sort)) {
    if (name === '$natural') continue;
    if (value.type === BsonType.object)
      throw new ServerError(115, '$meta sort is not supported by the embedded database');
    const direction = value.isNumber ? wholeNumber(value) : undefined;
    if (direction !== 1n && direction !== -1n) {
      throw value.isNumber
        ? new ServerError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)')
        : badValue(`Illegal key in $sort specification: ${name}`);
    }
    if (name === '' || name.startsWith('$'))
      throw new ServerError(16410, `FieldPath field names may not start with '$': ${name}`);
    keys.push({ dotted: name, path: pathOf(name), descending: direction === -1n });
  }
  return keys;
}

/** Bytes that order documents as the server's sort does: the least item of an array ascending, the greatest descending. */
export function sortKeyOf(document: Value, keys: readonly SortKey[]): Buffer {
  const parts: Buffer[] = [];
  for (const { path, descending } of keys) {
    let chosen: Buffer | undefined;
    const consider = (value: Value | undefined) => {
      const encoded = encodeValue(value);
      const order = chosen === undefined ? 0 : Buffer.compare(encoded, chosen);
      if (chosen === undefined || (descending ? order > 0 : order < 0)) chosen = encoded;
    };
    visitPath(document, path, 0, false, (value) => {
      if (value?.type !== BsonType.array) {
        consider(value);
        return false;
      }
      const items = itemsOf(value);
      if (items.length === 0) consider(UNDEFINED);
      for (const item of items) consider(item);
      return false;
    });
    const part = chosen ?? encodeValue(undefined);
    if (descending) for (let index = 0; index < part.length; index += 1) part[index] = ~(part[index] ?? 0);
    parts.push(part);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

interface Sorted {
  readonly key: Buffer;
  readonly document: Value;
}

/** Most bytes of documents that one sort holds. */
const SORT_MEMORY = 512 * 1024 * 1024;

/** Collects documents and gives them back in order; with a limit it holds no more than about twice that many. */
export class Sorter {
  readonly #keys: readonly SortKey[];
  readonly #limit: number;
  #held: Sorted[] = [];
  #bytes = 0;
  #worst: Buffer | undefined;

  /** `limit` 0 keeps everything. */
  constructor(keys: readonly SortKey[], limit: number) {
    this.#keys = keys;
    this.#limit = limit;
  }

  /** Copies what it keeps. Throws code 292 when it would hold too much. */
  add(document: Value): void {
    const key = sortKeyOf(document, this.#keys);
    if (this.#worst !== undefined && Buffer.compare(key, this.#worst) >= 0) return;
    const copy = document.copy();
    this.#held.push({ key, document: copy });
    this.#bytes += copy.end + key.length;
    if (this.#limit > 0 && this.#held.length >= this.#limit * 2 + 64) this.#prune();
    if (this.#bytes > SORT_MEMORY) {
      throw new ServerError(292, `Sort exceeded memory limit of ${SORT_MEMORY} bytes`);
    }
  }

  #prune(): void {
    this.#held.sort((left, right) => Buffer.compare(left.key, right.key));
    this.#held.length = Math.min(this.#held.length, this.#limit);
    this.#worst = this.#held.at(-1)?.key;
    this.#bytes = this.#held.reduce((sum, held) => sum + held.document.end + held.key.length, 0);
  }

  result(): Value[] {
    this.#held.sort((left, right) => Buffer.compare(left.key, right.key));
    const documents = this.#held.map((held) => held.document);
    return this.#limit > 0 ? documents.slice(0, this.#limit) : documents;
  }
}
