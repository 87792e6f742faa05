import { ObjectNode, sealed } from '../bson/tree.ts';
import { BsonType, byteAt, ElementCursor, elementsOf, itemsOf, type Value } from '../bson/value.ts';
import { idOf } from '../documents.ts';
import { badValue, failedToParse, ServerError } from '../errors.ts';
import type { MatchNode } from '../match/nodes.ts';
import { parseFilter } from '../match/parse.ts';
import { matchedPosition } from '../match/positional.ts';
import { Comparison, Membership } from '../match/predicates.ts';
import { equalValues } from '../order.ts';
import { type Path, pathOf } from '../path.ts';
import { arrayOperator } from './array-operators.ts';
import { type FieldOperator, scalarOperator } from './operators.ts';
import { nodeAt, PathWalk, type Positions } from './path-walk.ts';

/** A parsed update: gives the document as it shall be stored. */
export interface Update {
  readonly kind: 'replacement' | 'operators' | 'pipeline';
  /** `filter` is what the document matched; `inserting` applies `$setOnInsert` too. */
  apply(document: Value, filter: MatchNode, inserting: boolean): Value;
}

interface Step {
  readonly name: string;
  readonly path: Path;
  readonly dotted: string;
  readonly operator: FieldOperator;
}

const NEVER_CREATES = new Set(['$unset', '$pull', '$pullAll', '$pop']);

/** Runs a pipeline of update stages on one document; given by the aggregation side. */
export type PipelineUpdater = (pipeline: Value, variables: Value | undefined) => (document: Value) => Value;

let pipelineUpdater: PipelineUpdater = () => {
  throw new ServerError(115, 'Pipeline updates are not available here');
};

export function setPipelineUpdater(updater: PipelineUpdater): void {
  pipelineUpdater = updater;
}

export interface UpdateOptions {
  readonly arrayFilters?: Value | undefined;
  readonly variables?: Value | undefined;
  /** Milliseconds since 1970 UTC, for `$currentDate`. */
  readonly now: number;
}

/** Throws the server's code for what is malformed, conflicting or unknown. */
export function parseUpdate(update: Value, options: UpdateOptions): Update {
  if (update.type === BsonType.array) {
    if (options.arrayFilters !== undefined)
      throw failedToParse('arrayFilters may not be specified for pipeline-syle updates');
    return new PipelineUpdate(pipelineUpdater(update, options.variables));
  }
  if (update.type !== BsonType.object) throw failedToParse('Update argument must be either an object or an array');
  const isOperators = update.end - update.start > 5 && byteAt(update.bytes, update.start + 5) === 0x24;
  if (isOperators) return new OperatorUpdate(update, options);
  if (options.arrayFilters !== undefined)
    throw failedToParse('arrayFilters may not be specified for replacement-style updates');
  return new Replacement(update);
}

class PipelineUpdate implements Update {
  readonly kind = 'pipeline';
  readonly #run: (document: Value) => Value;

  constructor(run: (document: Value) => Value) {
    this.#run = run;
  }

  apply(document: Value): Value {
    return withSameId(document, this.#run(document));
  }
}

class Replacement implements Update {
  readonly kind = 'replacement';
  readonly #document: Value;

  constructor(document: Value) {
    const cursor = new ElementCursor(document);
    while (cursor.next()) {
      if (byteAt(cursor.bytes, cursor.nameStart) !== 0x24) continue;
      throw new ServerError(
        52,
        `The dollar ($) prefixed field '${cursor.name}' in '${cursor.name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    }
    this.#document = document;
  }

  apply(document: Value): Value {
    return withSameId(document, this.#document);
  }
}

/** `after` with the `_id` of `before` in front. Throws code 66 when it has another one. */
function withSameId(before: Value, after: Value): Value {
  const id = idOf(before);
  const given = idOf(after);
  if (id === undefined) return after;
  if (given !== undefined && !equalValues(id, given)) {
    throw new ServerError(66, "After applying the update, the (immutable) field '_id' was found to have been altered");
  }
  const node = new ObjectNode();
  node.set('_id', id);
  for (const { name, value } of elementsOf(after)) {
    if (name === '_id') continue;
    node.names.push(name);
    node.values.push(value);
  }
  return sealed(node);
}

class OperatorUpdate implements Update {
  readonly kind = 'operators';
  readonly #steps: readonly Step[];
  readonly #renames: readonly { from: Path; to: Path; toDotted: string }[];
  readonly #filters: ReadonlyMap<string, (item: Value) => boolean>;
  readonly #usesMatched: boolean;

  constructor(update: Value, options: UpdateOptions) {
    const steps: Step[] = [];
    const renames: { from: Path; to: Path; toDotted: string }[] = [];
    for (const { name, value } of elementsOf(update)) {
      if (!name.startsWith('$'))
        throw failedToParse(
          `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
        );
      if (value.type !== BsonType.object) {
        throw failedToParse(
          `Modifiers operate on fields but we found type ${value.type === BsonType.array ? 'array' : 'a scalar'} instead. For example: {$mod: {<field>: ...}} not {${name}: ...}`,
        );
      }
      for (const element of elementsOf(value)) {
        checkPath(element.name);
        if (name === '$rename') renames.push(parseRename(element.name, element.value));
        else steps.push(parseStep(name, element.name, element.value, options.now));
      }
    }
    checkConflicts([
      ...steps.map((step) => step.dotted),
      ...renames.flatMap((each) => [each.toDotted, dottedOf(each.from)]),
    ]);
    // The server applies changes in the order of the field names, so new fields appear in that order.
    this.#steps = steps.sort((left, right) => comparePaths(left.path, right.path));
    this.#renames = renames;
    this.#filters = parseArrayFilters(options.arrayFilters, steps);
    this.#usesMatched = steps.some((step) => step.path.some((each) => each.name === '$'));
  }

  apply(document: Value, filter: MatchNode, inserting: boolean): Value {
    const root = ObjectNode.of(document);
    const positions: Positions = {
      matched: this.#usesMatched ? matchedPosition(filter, document) : undefined,
      filters: this.#filters,
    };
    for (const { from, to } of this.#renames) rename(root, from, to, positions);
    for (const step of this.#steps) {
      if (step.name === '$setOnInsert' && !inserting) continue;
      new PathWalk(step.path, step.operator, !NEVER_CREATES.has(step.name), positions).run(root);
    }
    const after = sealed(root);
    const id = idOf(document);
    const newId = idOf(after);
    if (id !== undefined && (newId === undefined || !equalValues(id, newId))) {
      throw new ServerError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
    }
    return after;
  }
}

function parseStep(name: string, dotted: string, operand: Value, now: number): Step {
  const operator = scalarOperator(name, operand, now) ?? arrayOperator(name, operand);
  if (operator === undefined) {
    throw failedToParse(
      `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
    );
  }
  return { name, path: pathOf(dotted), dotted, operator };
}

function checkPath(dotted: string): void {
  if (dotted === '') throw new ServerError(56, 'An empty update path is not valid.');
  for (const part of dotted.split('.')) {
    if (part === '')
      throw new ServerError(56, `The update path '${dotted}' contains an empty field name, which is not allowed.`);
    const isPositional = part === '$' || /^\$\[[a-z]?[a-zA-Z0-9]*\]$/.test(part);
    if (part.startsWith('$') && !isPositional && !['$ref', '$id', '$db'].includes(part)) {
      throw new ServerError(
        52,
        `The dollar ($) prefixed field '${part}' in '${dotted}' is not allowed in the context of an update document.`,
      );
    }
  }
  if (/^\$/.test(dotted))
    throw badValue(`Cannot have positional (i.e. '$') element in the first position in path '${dotted}'`);
}

function parseRename(from: string, value: Value): { from: Path; to: Path; toDotted: string } {
  if (value.type !== BsonType.string) throw badValue(`The 'to' field for $rename must be a string: ${from}`);
  const to = value.asString();
  checkPath(to);
  if (from === to) throw badValue(`The source and target field for $rename must differ: ${from}: "${to}"`);
  if (/(^|\.)\$/.test(from) || /(^|\.)\$/.test(to))
    throw badValue(`The source and target field for $rename may not be dynamic: ${from}`);
  return { from: pathOf(from), to: pathOf(to), toDotted: to };
}

function rename(root: ObjectNode, from: Path, to: Path, positions: Positions): void {
  const node = nodeAt(root, from);
  if (node === undefined) return;
  new PathWalk(from, () => 'unset', false, positions).run(root);
  new PathWalk(to, () => ({ set: node }), true, positions).run(root);
}

function dottedOf(path: Path): string {
  return path.map((step) => step.name).join('.');
}

/** Two changes may not touch the same field or a field inside another's. Throws code 40. */
function checkConflicts(paths: readonly string[]): void {
  const sorted = [...paths].sort();
  const seen = new Set<string>();
  for (const path of sorted) {
    const parts = path.split('.');
    for (let length = 1; length <= parts.length; length += 1) {
      const part = parts.slice(0, length).join('.');
      if (seen.has(part)) throw new ServerError(40, `Updating the path '${path}' would create a conflict at '${part}'`);
    }
    seen.add(path);
  }
}

function comparePaths(left: Path, right: Path): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const a = left[at];
    const b = right[at];
    if (a === undefined || b === undefined || a.name === b.name) continue;
    if (a.index >= 0 && b.index >= 0) return a.index - b.index;
    return Buffer.compare(a.bytes, b.bytes);
  }
  return left.length - right.length;
}

function parseArrayFilters(
  arrayFilters: Value | undefined,
  steps: readonly Step[],
): ReadonlyMap<string, (item: Value) => boolean> {
  const filters = new Map<string, (item: Value) => boolean>();
  if (arrayFilters === undefined) return filters;
  for (const item of itemsOf(arrayFilters)) {
    const elements = elementsOf(item);
    const names = new Set(elements.flatMap((element) => identifiers(element.name, element.value)));
    const [identifier] = names;
    if (identifier === undefined)
      throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
    if (names.size > 1)
      throw failedToParse(
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`,
      );
    if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier))
      throw badValue(
        `The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${identifier}'`,
      );
    if (filters.has(identifier))
      throw failedToParse(`Found multiple array filters with the same top-level field name ${identifier}`);
    const filter = parseFilter(item);
    filters.set(identifier, (value) => {
      const node = new ObjectNode();
      node.set(identifier, value);
      return filter.matches(sealed(node));
    });
    const isUsed = steps.some((step) => step.path.some((each) => each.name === `$[${identifier}]`));
    if (!isUsed) throw failedToParse(`The array filter for identifier '${identifier}' was not used in the update`);
  }
  return filters;
}

function identifiers(name: string, value: Value): string[] {
  if (!name.startsWith('$')) return [name.split('.')[0] ?? ''];
  if (value.type !== BsonType.array) return [];
  return itemsOf(value).flatMap((item) =>
    elementsOf(item).flatMap((element) => identifiers(element.name, element.value)),
  );
}

/** The document that an upsert starts from: the values that the filter demands by equality. */
export function seedOf(filter: MatchNode): ObjectNode {
  const root = new ObjectNode();
  const positions: Positions = { matched: undefined, filters: new Map() };
  for (const [path, value] of equalities(filter)) {
    const present = pathOf(path);
    let wasSet = false;
    const set: FieldOperator = (existing) => {
      wasSet = existing !== undefined;
      return { set: value };
    };
    new PathWalk(present, set, true, positions).run(root);
    if (wasSet) throw new ServerError(54, `cannot infer query fields to set, path '${path}' is matched twice`);
  }
  return root;
}

function equalities(node: MatchNode): [string, Value][] {
  switch (node.kind) {
    case 'and':
    case 'all':
      return node.children.flatMap(equalities);
    case 'or':
      return node.children.length === 1 ? node.children.flatMap(equalities) : [];
    case 'leaf': {
      const { predicate, dotted } = node;
      if (predicate instanceof Comparison && predicate.operator === '$eq') return [[dotted, predicate.operand]];
      if (predicate instanceof Membership && predicate.values.length === 1 && predicate.patterns.length === 0) {
        const [value] = predicate.values;
        return value === undefined ? [] : [[dotted, value]];
      }
      return [];
    }
    default:
      return [];
  }
}
