import type { Value } from './bson/value.ts';
import { BsonType, documentOf } from './bson/value.ts';
import type { Collection } from './catalog.ts';
import { idOf as documentId, idKeyOf, spaceKey } from './documents.ts';
import { encodeValue, isLong } from './index-key.ts';
import type { Index } from './indexes.ts';
import type { MatchNode } from './match/nodes.ts';
import { Comparison } from './match/predicates.ts';
import { choosePlan, type Plan } from './planner.ts';
import { type Found, openScan, type Scan, ScanCounters } from './scan.ts';
import { Sorter, type SortKey } from './sort.ts';
import type { Storage } from './storage.ts';
import type { TimeLimit } from './time-limit.ts';

export interface Query {
  readonly filter: MatchNode;
  readonly sort: readonly SortKey[];
  readonly skip: number;
  /** 0: no limit. */
  readonly limit: number;
  readonly hint: Index | 'natural' | undefined;
  readonly timeLimit?: TimeLimit | undefined;
}

/** Given back instead of a document when a step has taken its share of time; ask again after a turn. */
export const PAUSE = Symbol('pause');

/** Documents looked at before a long read lets others have a turn. */
const STEP_SIZE = 500;

/** The matches of a query, one at a time. */
export interface Stream {
  next(): Value | typeof PAUSE | undefined;
  pause(): void;
}

/** Filters a scan. */
class MatchStream implements Stream {
  readonly #scan: Scan;
  readonly #filter: MatchNode;
  readonly #step: number;
  readonly #timeLimit: TimeLimit | undefined;
  #budget: number;
  found: Found | undefined;

  constructor(scan: Scan, filter: MatchNode, step: number, timeLimit: TimeLimit | undefined) {
    this.#timeLimit = timeLimit;
    this.#scan = scan;
    this.#filter = filter;
    this.#step = step;
    this.#budget = step;
  }

  next(): Value | typeof PAUSE | undefined {
    while (true) {
      if (this.#budget <= 0) {
        this.#timeLimit?.check();
        this.#budget = this.#step;
        return PAUSE;
      }
      this.#budget -= 1;
      const found = this.#scan.next();
      this.found = found;
      if (found === undefined) return undefined;
      if (this.#filter.matches(found.document)) return found.document;
    }
  }

  pause(): void {
    this.#scan.pause();
  }
}

export class SortStream implements Stream {
  readonly #source: Stream;
  readonly #sorter: Sorter;
  #sorted: Value[] | undefined;
  #position = 0;

  constructor(source: Stream, sort: readonly SortKey[], limit: number) {
    this.#source = source;
    this.#sorter = new Sorter(sort, limit);
  }

  next(): Value | typeof PAUSE | undefined {
    while (this.#sorted === undefined) {
      const value = this.#source.next();
      if (value === PAUSE) return PAUSE;
      if (value === undefined) this.#sorted = this.#sorter.result();
      else this.#sorter.add(value);
    }
    const value = this.#sorted[this.#position];
    this.#position += 1;
    return value;
  }

  pause(): void {
    this.#source.pause();
  }
}

export class WindowStream implements Stream {
  readonly #source: Stream;
  #skip: number;
  #left: number;

  constructor(source: Stream, skip: number, limit: number) {
    this.#source = source;
    this.#skip = skip;
    this.#left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  }

  next(): Value | typeof PAUSE | undefined {
    while (this.#left > 0) {
      const value = this.#source.next();
      if (value === PAUSE || value === undefined) return value;
      if (this.#skip > 0) {
        this.#skip -= 1;
        continue;
      }
      this.#left -= 1;
      return value;
    }
    return undefined;
  }

  pause(): void {
    this.#source.pause();
  }
}

export class EmptyStream implements Stream {
  next(): undefined {
    return undefined;
  }

  pause(): void {
    // Nothing is held between steps.
  }
}

export interface OpenQuery {
  readonly stream: Stream;
  readonly plan: Plan;
  readonly counters: ScanCounters;
}

export function openQuery(storage: Storage, collection: Collection, query: Query): OpenQuery {
  const counters = new ScanCounters();
  const plan = choosePlan(collection, query.filter, query.sort, query.hint);
  const scan = openScan(storage, collection, plan, counters);
  let stream: Stream = new MatchStream(scan, query.filter, STEP_SIZE, query.timeLimit);
  const isSorted = query.sort.length === 0 || (plan.kind === 'scan' && plan.sorted);
  if (!isSorted) stream = new SortStream(stream, query.sort, query.limit === 0 ? 0 : query.limit + query.skip);
  if (query.skip > 0 || query.limit > 0) stream = new WindowStream(stream, query.skip, query.limit);
  return { stream, plan, counters };
}

/** The value that a filter of the form `{ _id: value }` asks for, when one read by key answers it wholly. */
export function idAskedFor(filter: MatchNode): Value | undefined {
  if (filter.kind !== 'leaf' || filter.dotted !== '_id') return undefined;
  const { predicate } = filter;
  if (!(predicate instanceof Comparison) || predicate.operator !== '$eq') return undefined;
  const { operand } = predicate;
  return operand.type === BsonType.array || operand.isNullish ? undefined : operand;
}

/** One document by `_id`, in memory that the next read of the store overwrites. */
export function findById(storage: Storage, collection: Collection, id: Value): Value | undefined {
  const bytes = storage.getVolatile(spaceKey(collection.space, idKeyOf(id)));
  return bytes === undefined ? undefined : documentOf(bytes);
}

export interface Match {
  readonly idKey: Buffer;
  /** In memory of its own. */
  readonly document: Value;
}

/** For writes: the matches, at once, each with its key; `limit` 0 is all. Runs inside the transaction. */
export function collectMatches(storage: Storage, collection: Collection, query: Query): Match[] {
  const id = idAskedFor(query.filter);
  if (id !== undefined && !isLong(encodeValue(id))) {
    const document = findById(storage, collection, id);
    return document === undefined ? [] : [{ idKey: idKeyOf(id), document: document.copy() }];
  }
  const plan = choosePlan(collection, query.filter, query.sort, query.hint);
  const scan = openScan(storage, collection, plan, new ScanCounters());
  const isSorted = query.sort.length === 0 || (plan.kind === 'scan' && plan.sorted);
  const matches: Match[] = [];
  const sorter = isSorted ? undefined : new Sorter(query.sort, query.limit);
  let looked = 0;
  for (let found = scan.next(); found !== undefined; found = scan.next()) {
    looked += 1;
    if (looked % STEP_SIZE === 0) query.timeLimit?.check();
    if (!query.filter.matches(found.document)) continue;
    if (sorter !== undefined) sorter.add(found.document);
    else matches.push({ idKey: Buffer.from(found.idKey), document: found.document.copy() });
    if (sorter === undefined && query.limit > 0 && matches.length >= query.limit) break;
  }
  scan.pause();
  return sorter === undefined
    ? matches
    : sorter.result().map((document) => ({ idKey: idKeyOf(requireId(document)), document }));
}

function requireId(document: Value): Value {
  const id = documentId(document);
  if (id === undefined) throw new Error('A stored document has no _id');
  return id;
}
