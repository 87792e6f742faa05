import { type Document, deserialize, Long, serialize } from 'bson';
import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as pipelines from 'mingo/operators/pipeline';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import * as windows from 'mingo/operators/window';
import { ArrayNode, ObjectNode, sealed } from '../bson/tree.ts';
import { documentOf, type Value } from '../bson/value.ts';
import { ServerError } from '../errors.ts';
import { evaluated } from './expression.ts';

/** Gives all documents of a collection of the same database, for `$lookup` and `$unionWith`. */
export type CollectionReader = (name: string) => Value[];

const context = Context.init({
  accumulator: { ...accumulators },
  expression: { ...expressions },
  pipeline: { ...pipelines },
  projection: { ...projections },
  query: { ...queries },
  window: { ...windows },
});

export function hasStage(name: string): boolean {
  return Object.hasOwn(pipelines, name);
}

/**
 * A document as plain values. An int64 becomes a number when it is one exactly; one beyond 2^53 would be
 * computed wrongly, so it is refused with code 115.
 */
export function toPlain(document: Value): Document {
  return withoutLongs(deserialize(document.raw(), { promoteLongs: false, promoteValues: true, promoteBuffers: false }));
}

function withoutLongs(value: Document): Document {
  for (const [key, item] of Object.entries(value)) {
    if (Long.isLong(item)) value[key] = plainLong(item);
    else if (item !== null && typeof item === 'object' && (Array.isArray(item) || isPlain(item))) withoutLongs(item);
  }
  return value;
}

function isPlain(item: object): item is Document {
  return Object.getPrototypeOf(item) === Object.prototype;
}

function plainLong(value: Long): number {
  const number = value.toNumber();
  if (Number.isSafeInteger(number)) return number;
  throw new ServerError(115, `The embedded database cannot compute this stage over the int64 value ${value}`);
}

export function fromPlain(document: Document): Value {
  return documentOf(Buffer.from(serialize(document, { ignoreUndefined: true })));
}

/** A value of any type by way of a document that holds it. */
export function plainValue(value: Value): unknown {
  const node = new ObjectNode();
  node.set('v', value);
  return toPlain(sealed(node)).v;
}

/** Runs stages that have no exact form here. Throws the server's code when mingo refuses them. */
export function runStages(
  stages: readonly Value[],
  documents: readonly Value[],
  read: CollectionReader,
  variables: Value | undefined,
): Value[] {
  const array = new ArrayNode();
  array.values = [...stages];
  const pipeline = plainValue(sealed(array));
  try {
    const aggregator = new Aggregator(pipeline as Document[], {
      context,
      scriptEnabled: false,
      collectionResolver: (name) => read(name).map(toPlain),
      ...(variables === undefined ? {} : { variables: toPlain(evaluated(variables)) }),
    });
    return aggregator.run(documents.map(toPlain)).map((document) => fromPlain(document));
  } catch (error) {
    if (error instanceof ServerError) throw error;
    if (error instanceof Error && error.message.includes('scriptEnabled'))
      throw new ServerError(115, 'JavaScript is not supported by the embedded database');
    throw new ServerError(
      168,
      `The embedded database cannot run the stage: ${error instanceof Error ? error.message : error}`,
    );
  }
}
