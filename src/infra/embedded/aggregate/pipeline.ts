import { int32 } from '../bson/make.ts';
import { wholeNumber } from '../bson/number.ts';
import { ArrayNode, ObjectNode, opened, sealed } from '../bson/tree.ts';
import { BsonType, type Element, elementsOf, itemsOf, type Value } from '../bson/value.ts';
import type { Project } from '../cursors.ts';
import { ServerError } from '../errors.ts';
import { AndNode } from '../match/nodes.ts';
import { parseFilter, requireDocument } from '../match/parse.ts';
import { parseProjection } from '../projection.ts';
import { PAUSE, SortStream, type Stream, WindowStream } from '../query.ts';
import { parseSort } from '../sort.ts';
import { compileExpression, withVariables } from './expression.ts';
import { Group } from './group.ts';
import { type CollectionReader, hasStage, runStages } from './mingo.ts';

const REFUSED = new Set([
  '$changeStream',
  '$geoNear',
  '$search',
  '$searchMeta',
  '$vectorSearch',
  '$listSessions',
  '$currentOp',
  '$planCacheStats',
  '$indexStats',
  '$collStats',
]);

/** The only element of a stage. Throws code 40323. */
export function stageOf(stage: Value): Element {
  const elements = stage.type === BsonType.object ? elementsOf(stage) : [];
  const [only] = elements;
  if (only === undefined || elements.length !== 1) {
    throw new ServerError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  return only;
}

class FilterStream implements Stream {
  readonly #source: Stream;
  readonly #change: (document: Value) => Value | undefined;

  constructor(source: Stream, change: (document: Value) => Value | undefined) {
    this.#source = source;
    this.#change = change;
  }

  next(): Value | typeof PAUSE | undefined {
    while (true) {
      const value = this.#source.next();
      if (value === PAUSE || value === undefined) return value;
      const changed = this.#change(value);
      if (changed !== undefined) return changed;
    }
  }

  pause(): void {
    this.#source.pause();
  }
}

/** Takes in everything, then gives out what `finish` makes of it. */
class GatherStream implements Stream {
  readonly #source: Stream;
  readonly #add: (document: Value) => void;
  readonly #finish: () => readonly Value[];
  #results: readonly Value[] | undefined;
  #position = 0;

  constructor(source: Stream, add: (document: Value) => void, finish: () => readonly Value[]) {
    this.#source = source;
    this.#add = add;
    this.#finish = finish;
  }

  next(): Value | typeof PAUSE | undefined {
    while (this.#results === undefined) {
      const value = this.#source.next();
      if (value === PAUSE) return PAUSE;
      if (value === undefined) this.#results = this.#finish();
      else this.#add(value);
    }
    const value = this.#results[this.#position];
    this.#position += 1;
    return value;
  }

  pause(): void {
    this.#source.pause();
  }
}

/** What stages need besides the documents. */
export interface PipelineContext {
  readonly read: CollectionReader;
  readonly variables: Value | undefined;
}

/** Puts the stages behind one another. Throws the server's code for an unknown or unsupported stage. */
export function buildPipeline(source: Stream, stages: readonly Value[], context: PipelineContext): Stream {
  let stream = source;
  let foreign: Value[] = [];
  const flush = () => {
    if (foreign.length === 0) return;
    const pending = foreign;
    foreign = [];
    const held: Value[] = [];
    stream = new GatherStream(
      stream,
      (document) => held.push(document.copy()),
      () => runStages(pending, held, context.read, context.variables),
    );
  };
  for (const stage of stages) {
    const { name, value } = stageOf(stage);
    if (REFUSED.has(name)) throw new ServerError(115, `${name} is not supported by the embedded database`);
    const native = withVariables(context.variables, () => nativeStage(name, value));
    if (native === undefined) {
      if (!hasStage(name)) throw new ServerError(40324, `Unrecognized pipeline stage name: '${name}'`);
      foreign.push(stage);
      continue;
    }
    flush();
    stream = native(stream);
  }
  flush();
  return stream;
}

function nativeStage(name: string, value: Value): ((source: Stream) => Stream) | undefined {
  switch (name) {
    case '$match': {
      const filter = parseFilter(matchOf(value));
      return (source) => new FilterStream(source, (document) => (filter.matches(document) ? document : undefined));
    }
    case '$sort': {
      const keys = parseSort(requireDocument(value, '$sort'));
      return (source) => new SortStream(source, keys, 0);
    }
    case '$skip': {
      const skip = countOf(name, value, 0);
      return (source) => new WindowStream(source, skip, 0);
    }
    case '$limit': {
      const limit = countOf(name, value, 1);
      return (source) => new WindowStream(source, 0, limit);
    }
    case '$count':
      return countStage(value);
    case '$group':
      return groupStage(requireDocument(value, '$group'));
    case '$project':
      return projectStage(requireDocument(value, '$project'));
    case '$unset':
      return undefined;
    case '$addFields':
    case '$set':
      return addFieldsStage(requireDocument(value, name));
    case '$unwind':
      return unwindStage(value);
    default:
      return undefined;
  }
}

export function matchOf(value: Value): Value {
  if (value.type !== BsonType.object)
    throw new ServerError(15959, 'the match filter must be an expression in an object');
  return value;
}

/** The operand of `$skip` or `$limit`. */
export function countOf(name: string, value: Value, least: number): number {
  const whole = value.isNumber ? wholeNumber(value) : undefined;
  if (whole === undefined) throw new ServerError(5107201, `invalid argument to ${name} stage: Expected an integer`);
  if (whole < BigInt(least))
    throw new ServerError(
      name === '$limit' ? 15958 : 5107200,
      name === '$limit'
        ? 'the limit must be positive'
        : `invalid argument to ${name} stage: Expected a non-negative number`,
    );
  return Number(whole);
}

function countStage(value: Value): (source: Stream) => Stream {
  if (value.type !== BsonType.string || value.asString() === '')
    throw new ServerError(40156, 'the count field must be a non-empty string');
  const name = value.asString();
  return (source) => {
    let count = 0;
    const add = () => {
      count += 1;
    };
    return new GatherStream(source, add, () => {
      if (count === 0) return [];
      const node = new ObjectNode();
      node.set(name, int32(count));
      return [sealed(node)];
    });
  };
}

function groupStage(specification: Value): ((source: Stream) => Stream) | undefined {
  const group = Group.compile(specification);
  return (
    group &&
    ((source) =>
      new GatherStream(
        source,
        (document) => group.add(document),
        () => group.results(),
      ))
  );
}

function isPlainProjection(specification: Value): boolean {
  return elementsOf(specification).every(({ value }) => {
    if (value.isNumber || value.type === BsonType.boolean) return true;
    if (value.type !== BsonType.object || elementsOf(value).some((element) => element.name.startsWith('$')))
      return false;
    return isPlainProjection(value);
  });
}

function projectStage(specification: Value): ((source: Stream) => Stream) | undefined {
  if (elementsOf(specification).length === 0)
    throw new ServerError(51272, '$project specification must have at least one field');
  if (!isPlainProjection(specification)) return computedProject(specification);
  const project: Project | undefined = parseProjection(specification, new AndNode([]));
  return (source) => new FilterStream(source, (document) => project?.(document) ?? document);
}

/** Fields kept, and fields computed by exact expressions, all of the top level. */
function computedProject(specification: Value): ((source: Stream) => Stream) | undefined {
  const outputs: { name: string; of: (document: Value) => Value | undefined }[] = [];
  let keepsId = true;
  for (const { name, value } of elementsOf(specification)) {
    if (name.includes('.')) return undefined;
    const isFlag = value.isNumber || value.type === BsonType.boolean;
    if (isFlag && !(value.type === BsonType.boolean ? value.asBoolean() : wholeNumber(value) !== 0n)) {
      if (name !== '_id') return undefined;
      keepsId = false;
      continue;
    }
    const isNested = value.type === BsonType.object && !elementsOf(value)[0]?.name.startsWith('$');
    if (isNested) return undefined;
    const expression = isFlag
      ? (document: Value) => elementsOf(document).find((each) => each.name === name)?.value
      : compileExpression(value);
    if (expression === undefined) return undefined;
    if (name === '_id') keepsId = false;
    outputs.push({ name, of: expression });
  }
  return (source) =>
    new FilterStream(source, (document) => {
      const node = new ObjectNode();
      const id = keepsId ? elementsOf(document).find((each) => each.name === '_id')?.value : undefined;
      if (id !== undefined) node.set('_id', id);
      for (const { name, of } of outputs) {
        const value = of(document);
        if (value !== undefined) node.set(name, value);
      }
      return sealed(node);
    });
}

function addFieldsStage(specification: Value): ((source: Stream) => Stream) | undefined {
  const outputs: { name: string; of: (document: Value) => Value | undefined }[] = [];
  for (const { name, value } of elementsOf(specification)) {
    const expression = name.includes('.') || isNestedDocument(value) ? undefined : compileExpression(value);
    if (expression === undefined) return undefined;
    outputs.push({ name, of: expression });
  }
  return (source) =>
    new FilterStream(source, (document) => {
      const node = ObjectNode.of(document);
      for (const { name, of } of outputs) {
        const value = of(document);
        if (value === undefined) node.remove(name);
        else node.set(name, value);
      }
      return sealed(node);
    });
}

function isNestedDocument(value: Value): boolean {
  return value.type === BsonType.object && !elementsOf(value)[0]?.name.startsWith('$');
}

function unwindStage(value: Value): ((source: Stream) => Stream) | undefined {
  if (value.type !== BsonType.string) return undefined;
  const name = value.asString().slice(1);
  if (!value.asString().startsWith('$') || name.includes('.')) return undefined;
  return (source) => {
    let pending: Value[] = [];
    return {
      next: () => {
        while (pending.length === 0) {
          const document = source.next();
          if (document === PAUSE || document === undefined) return document;
          pending = unwound(document, name);
        }
        return pending.shift();
      },
      pause: () => source.pause(),
    };
  };
}

function unwound(document: Value, name: string): Value[] {
  const node = ObjectNode.of(document);
  const present = node.get(name);
  const array = present === undefined ? undefined : opened(present);
  if (array === undefined || (!(array instanceof ArrayNode) && sealed(array).isNullish)) return [];
  if (!(array instanceof ArrayNode)) return [document];
  return array.values.map((item) => {
    node.set(name, item);
    return sealed(node);
  });
}

/** The stages of a pipeline. Throws code 14. */
export function stagesOf(pipeline: Value | undefined): Value[] {
  if (pipeline?.type !== BsonType.array) throw new ServerError(14, "'pipeline' option must be specified as an array");
  return itemsOf(pipeline);
}
