import { BsonType, ElementCursor, fieldByBytes, type Value } from '../bson/value.ts';
import { type Path, visitPath } from '../path.ts';
import type { Predicate } from './predicates.ts';

/** A parsed filter. */
export type MatchNode = AndNode | OrNode | NotNode | LeafNode | ElemMatchNode | AllNode | ConstantNode | ExpressionNode;

export class AndNode {
  readonly kind = 'and';
  readonly children: readonly MatchNode[];

  constructor(children: readonly MatchNode[]) {
    this.children = children;
  }

  matches(document: Value): boolean {
    for (const child of this.children) if (!child.matches(document)) return false;
    return true;
  }
}

export class OrNode {
  readonly kind = 'or';
  readonly children: readonly MatchNode[];

  constructor(children: readonly MatchNode[]) {
    this.children = children;
  }

  matches(document: Value): boolean {
    for (const child of this.children) if (child.matches(document)) return true;
    return false;
  }
}

export class NotNode {
  readonly kind = 'not';
  readonly child: MatchNode;

  constructor(child: MatchNode) {
    this.child = child;
  }

  matches(document: Value): boolean {
    return !this.child.matches(document);
  }
}

export class ConstantNode {
  readonly kind = 'constant';
  readonly value: boolean;

  constructor(value: boolean) {
    this.value = value;
  }

  matches(): boolean {
    return this.value;
  }
}

/** One predicate on one path. */
export class LeafNode {
  readonly kind = 'leaf';
  readonly path: Path;
  readonly dotted: string;
  readonly predicate: Predicate;
  readonly #visit: (value: Value | undefined) => boolean;

  constructor(dotted: string, path: Path, predicate: Predicate) {
    this.dotted = dotted;
    this.path = path;
    this.predicate = predicate;
    this.#visit = (value) => predicate.test(value);
  }

  matches(document: Value): boolean {
    const [step] = this.path;
    if (this.path.length === 1 && step !== undefined) {
      const value = fieldByBytes(document, step.bytes);
      if (value === undefined || value.type !== BsonType.array) return this.predicate.test(value);
    }
    return visitPath(document, this.path, 0, this.predicate.expand, this.#visit);
  }
}

/** `$elemMatch`: one item of an array satisfies everything inside. */
export class ElemMatchNode {
  readonly kind = 'elemMatch';
  readonly path: Path;
  readonly dotted: string;
  /** For the object form: a filter over the item. For the value form: a filter over `{'': item}`. */
  readonly test: (item: Value) => boolean;
  /** Present for the object form, so that index bounds can be taken from it. */
  readonly child: MatchNode | undefined;

  constructor(dotted: string, path: Path, test: (item: Value) => boolean, child: MatchNode | undefined) {
    this.dotted = dotted;
    this.path = path;
    this.test = test;
    this.child = child;
  }

  matches(document: Value): boolean {
    return visitPath(document, this.path, 0, false, (value) => value !== undefined && this.indexIn(value) >= 0);
  }

  /** Position of the first item that satisfies, or -1. */
  indexIn(array: Value): number {
    if (array.type !== BsonType.array) return -1;
    const cursor = new ElementCursor(array);
    for (let index = 0; cursor.next(); index += 1) if (this.test(cursor.value())) return index;
    return -1;
  }
}

/** `$all`: every child holds. Kept apart from `$and` because an upsert takes no values from several of them. */
export class AllNode {
  readonly kind = 'all';
  readonly children: readonly MatchNode[];

  constructor(children: readonly MatchNode[]) {
    this.children = children;
  }

  matches(document: Value): boolean {
    if (this.children.length === 0) return false;
    for (const child of this.children) if (!child.matches(document)) return false;
    return true;
  }
}

/** `$expr`. */
export class ExpressionNode {
  readonly kind = 'expression';
  readonly #test: (document: Value) => boolean;

  constructor(test: (document: Value) => boolean) {
    this.#test = test;
  }

  matches(document: Value): boolean {
    return this.#test(document);
  }
}
