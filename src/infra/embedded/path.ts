import { BsonType, ElementCursor, fieldByBytes, type Value } from './bson/value.ts';

/** One dotted step; `index` is its position in an array when the step is a decimal number, otherwise -1. */
export interface Step {
  readonly name: string;
  readonly bytes: Buffer;
  readonly index: number;
}

export type Path = readonly Step[];

const cache = new Map<string, Path>();

export function stepOf(name: string): Step {
  const index = /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1;
  return { name, bytes: Buffer.from(name), index };
}

export function pathOf(dotted: string): Path {
  const known = cache.get(dotted);
  if (known !== undefined) return known;
  const path = dotted.split('.').map(stepOf);
  if (cache.size > 10_000) cache.clear();
  cache.set(dotted, path);
  return path;
}

export function itemAt(array: Value, index: number): Value | undefined {
  const cursor = new ElementCursor(array);
  for (let position = 0; cursor.next(); position += 1) if (position === index) return cursor.value();
  return undefined;
}

/** Called with each value that a path reaches, undefined for a missing one; true stops the walk. */
export type Visit = (value: Value | undefined) => boolean;

/**
 * Walks a dotted path as the server's queries do: through arrays on the way, by position when the step is a
 * number. With `expand`, an array at the end offers its items first and then itself. Returns whether a visit
 * stopped the walk.
 */
export function visitPath(document: Value, path: Path, from: number, expand: boolean, visit: Visit): boolean {
  const step = path[from];
  if (step === undefined) return visitEnd(document, expand, visit);
  const value = fieldByBytes(document, step.bytes);
  if (from === path.length - 1) return value === undefined ? visit(undefined) : visitEnd(value, expand, visit);
  if (value === undefined) return visit(undefined);
  if (value.type === BsonType.object) return visitPath(value, path, from + 1, expand, visit);
  if (value.type === BsonType.array) return visitArray(value, path, from + 1, expand, visit);
  return visit(undefined);
}

function visitEnd(value: Value, expand: boolean, visit: Visit): boolean {
  if (expand && value.type === BsonType.array) {
    const cursor = new ElementCursor(value);
    while (cursor.next()) if (visit(cursor.value())) return true;
  }
  return visit(value);
}

function visitArray(array: Value, path: Path, from: number, expand: boolean, visit: Visit): boolean {
  const cursor = new ElementCursor(array);
  while (cursor.next()) {
    if (cursor.type === BsonType.object && visitPath(cursor.value(), path, from, expand, visit)) return true;
  }
  const step = path[from];
  if (step === undefined || step.index < 0) return false;
  const item = itemAt(array, step.index);
  if (item === undefined) return false;
  if (from === path.length - 1) return visitEnd(item, expand, visit);
  if (item.type === BsonType.object) return visitPath(item, path, from + 1, expand, visit);
  if (item.type === BsonType.array) return visitArray(item, path, from + 1, expand, visit);
  return visit(undefined);
}
