import { NULL } from '../bson/make.ts';
import { ArrayNode, type Node, nodeType, ObjectNode, opened, sealed } from '../bson/tree.ts';
import { typeName, type Value } from '../bson/value.ts';
import { badValue, ServerError } from '../errors.ts';
import type { Path, Step } from '../path.ts';
import { shellText } from '../shell-text.ts';
import type { Change, FieldOperator } from './operators.ts';

/** What `$`, `$[]` and `$[name]` in an update's paths stand for, for one document. */
export interface Positions {
  /** The array position that the filter matched, for `$`. */
  readonly matched: number | undefined;
  /** `arrayFilters`, by their identifier. */
  readonly filters: ReadonlyMap<string, (item: Value) => boolean>;
}

/** Most null items that a write beyond the end of an array creates. */
const MOST_PADDING = 1_500_000;

function place(container: ObjectNode | ArrayNode, step: Step, value: Node): void {
  if (container instanceof ObjectNode) {
    container.set(step.name, value);
    return;
  }
  if (step.index - container.values.length > MOST_PADDING) throw badValue("can't backfill more than 1500000 elements");
  while (container.values.length < step.index) container.values.push(NULL);
  container.values[step.index] = value;
}

function child(container: ObjectNode | ArrayNode, step: Step): Node | undefined {
  return container instanceof ObjectNode ? container.get(step.name) : container.values[step.index];
}

function removeChild(container: ObjectNode | ArrayNode, step: Step): void {
  if (container instanceof ObjectNode) container.remove(step.name);
  else if (step.index < container.values.length) container.values[step.index] = NULL;
}

/** Applies an operator at every place that a path names. Operators that only take away create nothing. */
export class PathWalk {
  readonly #path: Path;
  readonly #operator: FieldOperator;
  readonly #creates: boolean;
  readonly #positions: Positions;
  readonly #dotted: string;

  constructor(path: Path, operator: FieldOperator, creates: boolean, positions: Positions) {
    this.#path = path;
    this.#operator = operator;
    this.#creates = creates;
    this.#positions = positions;
    this.#dotted = path.map((step) => step.name).join('.');
  }

  run(root: ObjectNode): void {
    this.#into(root, 0);
  }

  #into(container: ObjectNode | ArrayNode, from: number): void {
    const step = this.#path[from];
    if (step === undefined) return;
    if (step.name.startsWith('$') && (step.name === '$' || step.name.startsWith('$['))) {
      this.#intoItems(container, step, from);
      return;
    }
    if (container instanceof ArrayNode && step.index < 0) {
      if (!this.#creates) return;
      throw new ServerError(
        28,
        `Cannot create field '${step.name}' in element {${this.#path[from - 1]?.name ?? ''}: ${shellText(sealed(container))}}`,
      );
    }
    this.#at(container, step, from);
  }

  #at(container: ObjectNode | ArrayNode, step: Step, from: number): void {
    const present = child(container, step);
    if (from === this.#path.length - 1) {
      this.#apply(this.#operator(present, this.#dotted), container, step);
      return;
    }
    if (present === undefined) {
      this.#create(container, step, from);
      return;
    }
    const node = opened(present);
    if (node instanceof ObjectNode || node instanceof ArrayNode) {
      if (node !== present) place(container, step, node);
      this.#into(node, from + 1);
      return;
    }
    if (!this.#creates) return;
    const next = this.#path[from + 1]?.name ?? '';
    throw new ServerError(28, `Cannot create field '${next}' in element {${step.name}: ${shellText(node)}}`);
  }

  /** Builds the missing documents of a path, and only if the operator then sets something. */
  #create(container: ObjectNode | ArrayNode, step: Step, from: number): void {
    const positional = this.#path.slice(from + 1).find((later) => later.name.startsWith('$'));
    if (positional !== undefined && this.#creates) {
      throw badValue(`The path '${this.#dotted}' must exist in the document in order to apply array updates.`);
    }
    if (!this.#creates) {
      return;
    }
    const change = this.#operator(undefined, this.#dotted);
    if (change === 'keep' || change === 'unset') return;
    let value: Node = change.set;
    for (let at = this.#path.length - 1; at > from; at -= 1) {
      const parent = new ObjectNode();
      parent.set(this.#path[at]?.name ?? '', value);
      value = parent;
    }
    place(container, step, value);
  }

  #apply(change: Change, container: ObjectNode | ArrayNode, step: Step): void {
    if (change === 'keep') return;
    if (change === 'unset') removeChild(container, step);
    else place(container, step, change.set);
  }

  #intoItems(container: ObjectNode | ArrayNode, step: Step, from: number): void {
    if (step.name === '$') {
      const at = this.#positions.matched;
      if (at === undefined) {
        throw badValue('The positional operator did not find the match needed from the query.');
      }
      this.#atIndex(container, at, from);
      return;
    }
    if (!(container instanceof ArrayNode)) {
      throw badValue(
        `Cannot apply array updates to non-array element ${this.#path[from - 1]?.name}: ${shellText(sealed(container))}`,
      );
    }
    const name = step.name.slice(2, -1);
    const filter = name === '' ? () => true : this.#positions.filters.get(name);
    if (filter === undefined)
      throw badValue(`No array filter found for identifier '${name}' in path '${this.#dotted}'`);
    for (let at = 0; at < container.values.length; at += 1) {
      const item = container.values[at];
      if (item !== undefined && filter(sealed(item))) this.#atIndex(container, at, from);
    }
  }

  #atIndex(container: ObjectNode | ArrayNode, index: number, from: number): void {
    const name = String(index);
    this.#at(container, { name, bytes: Buffer.from(name), index }, from);
  }
}

/** The node at a plain dotted path through documents; used by `$rename`. Throws code 2 for an array on the way. */
export function nodeAt(root: ObjectNode, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    const container: Node = opened(node);
    if (container instanceof ArrayNode) {
      throw badValue(
        `The source field cannot be an array element, '${path.map((each) => each.name).join('.')}' (${typeName(nodeType(container))})`,
      );
    }
    if (!(container instanceof ObjectNode)) return undefined;
    node = container.get(step.name);
    if (node === undefined) return undefined;
  }
  return node;
}
