import { BsonType, ElementCursor, fieldByBytes, type Value } from '../bson/value.ts';
import { type Path, visitPath } from '../path.ts';
import type { MatchNode } from './nodes.ts';

/**
 * The array position that the update operator `$` stands for: of the outermost array that the filter went
 * through, the first item that satisfied it; the last condition that went through an array decides.
 */
export function matchedPosition(node: MatchNode, document: Value): number | undefined {
  switch (node.kind) {
    case 'and':
    case 'all': {
      let position: number | undefined;
      for (const child of node.children) position = matchedPosition(child, document) ?? position;
      return position;
    }
    case 'or': {
      const child = node.children.find((candidate) => candidate.matches(document));
      return child === undefined ? undefined : matchedPosition(child, document);
    }
    case 'leaf':
      return positionOnPath(document, node.path, 0, (value, from) =>
        visitPath(value, node.path, from, node.predicate.expand, (found) => node.predicate.test(found)),
      );
    case 'elemMatch':
      return elemMatchPosition(document, node.path, 0, node.test);
    default:
      return undefined;
  }
}

function positionOnPath(
  document: Value,
  path: Path,
  from: number,
  test: (value: Value, from: number) => boolean,
): number | undefined {
  const step = path[from];
  const value = step === undefined ? undefined : fieldByBytes(document, step.bytes);
  if (value === undefined) return undefined;
  if (value.type === BsonType.object) return positionOnPath(value, path, from + 1, test);
  if (value.type !== BsonType.array) return undefined;
  const rest = from + 1;
  const numbered = path[rest]?.index ?? -1;
  const cursor = new ElementCursor(value);
  for (let index = 0; cursor.next(); index += 1) {
    const item = cursor.value();
    if (rest === path.length) {
      if (test(item, path.length)) return index;
    } else if (item.type === BsonType.object && test(item, rest)) {
      return index;
    } else if (numbered === index) {
      return index;
    }
  }
  return undefined;
}

function elemMatchPosition(
  document: Value,
  path: Path,
  from: number,
  test: (item: Value) => boolean,
): number | undefined {
  const step = path[from];
  const value = step === undefined ? undefined : fieldByBytes(document, step.bytes);
  if (value === undefined) return undefined;
  if (value.type === BsonType.object) return elemMatchPosition(value, path, from + 1, test);
  if (value.type !== BsonType.array) return undefined;
  const cursor = new ElementCursor(value);
  for (let index = 0; cursor.next(); index += 1) {
    const item = cursor.value();
    if (from === path.length - 1) {
      if (test(item)) return index;
    } else if (item.type === BsonType.object && elemMatchPosition(item, path, from + 1, test) !== undefined) {
      return index;
    }
  }
  return undefined;
}
