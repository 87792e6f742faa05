import type { Document, MongoClient } from 'mongodb';
import { type CollectionSpec, type QueryShape, queriesOf } from '../../src/infra/mongo/collection.ts';

/** The same server, with a client that reports the commands that it sends. */
export function observable(url: string): string {
  return `${url}${url.includes('?') ? '&' : url.endsWith('/') ? '?' : '/?'}monitorCommands=true`;
}

/** Collects, as text, every query that is issued to a declared collection and that its declaration lacks. */
export function watchQueries(client: MongoClient, specs: readonly CollectionSpec[]): readonly string[] {
  const declared = new Map(specs.map((spec) => [spec.name, queriesOf(spec)]));
  const undeclared: string[] = [];
  client.on('commandStarted', ({ command }) => {
    for (const { collection, filter, sort } of queriesIn(command)) {
      const shapes = declared.get(collection);
      if (shapes?.some((shape) => isOfShape(filter, sort, shape))) continue;
      const text = `${collection}: ${describe(filter)} sorted by ${JSON.stringify(sort)}`;
      if (!undeclared.includes(text)) undeclared.push(text);
    }
  });
  return undeclared;
}

interface Issued {
  readonly collection: string;
  readonly filter: Document;
  readonly sort: Document;
}

/** The queries that a command contains. Commands that only insert or administer contain none. */
export function queriesIn(command: Document): Issued[] {
  const of = (collection: string, filter: Document = {}, sort: Document = {}) => [{ collection, filter, sort }];
  if (typeof command.find === 'string') return of(command.find, command.filter, plain(command.sort));
  if (typeof command.count === 'string') return of(command.count, command.query);
  if (typeof command.distinct === 'string') return of(command.distinct, command.query);
  if (typeof command.findAndModify === 'string') return of(command.findAndModify, command.query, plain(command.sort));
  if (typeof command.aggregate === 'string')
    return of(command.aggregate, command.pipeline[0]?.$match, command.pipeline[1]?.$sort);
  if (typeof command.update === 'string') return command.updates.flatMap(({ q }: Document) => of(command.update, q));
  if (typeof command.delete === 'string') return command.deletes.flatMap(({ q }: Document) => of(command.delete, q));
  return [];
}

/** The driver hands an order over as a map. */
function plain(sort: unknown): Document {
  return sort instanceof Map ? Object.fromEntries(sort) : { ...(sort ?? {}) };
}

/** How a field is asked for. */
function kindOf(condition: unknown): string {
  if (typeof condition !== 'object' || condition === null || condition instanceof Date) return 'is';
  const [operator = ''] = Object.keys(condition);
  if (!operator.startsWith('$')) return 'is';
  if (operator === '$in' || operator === '$eq') return operator === '$in' ? 'in' : 'is';
  return ['$gt', '$gte', '$lt', '$lte'].includes(operator) ? 'range' : operator;
}

function isOfShape(filter: Document, sort: Document, shape: QueryShape): boolean {
  const names = Object.keys(filter);
  return (
    names.length === Object.keys(shape.filter).length &&
    names.every((name) => shape.filter[name] === 'guard' || shape.filter[name] === kindOf(filter[name])) &&
    JSON.stringify(sort) === JSON.stringify(shape.sort ?? {})
  );
}

function describe(filter: Document): string {
  return JSON.stringify(Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, kindOf(value)])));
}
