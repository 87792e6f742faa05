import { type Interval, intersect, intervalsOf, isPoint, type KeyRange, rangeOf, requiresPresence } from './bounds.ts';
import type { Collection } from './catalog.ts';
import { KEPT_PREFIX, successor } from './index-key.ts';
import type { Index } from './indexes.ts';
import type { MatchNode } from './match/nodes.ts';
import { Comparison, Existence, type Predicate } from './match/predicates.ts';
import { compareValues } from './order.ts';
import type { SortKey } from './sort.ts';

/** Read ranges of one index (or of the documents themselves, in `_id` order). */
export interface ScanPlan {
  readonly kind: 'scan';
  readonly index: Index;
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Whether documents come in the wanted order. */
  readonly sorted: boolean;
  /** Whether the ranges must be merged by what follows their prefixes to be in order. */
  readonly merge: boolean;
  readonly bounded: boolean;
}

/** Read each plan in turn, each document once: `$or`. */
export interface UnionPlan {
  readonly kind: 'union';
  readonly plans: readonly ScanPlan[];
}

export type Plan = ScanPlan | UnionPlan;

interface Condition {
  readonly dotted: string;
  readonly predicate: Predicate;
}

const MOST_RANGES = 20_000;
const MOST_MERGED = 256;

/** The conditions that every match satisfies. */
function conditionsOf(node: MatchNode, prefix = ''): Condition[] {
  switch (node.kind) {
    case 'and':
    case 'all':
      return node.children.flatMap((child) => conditionsOf(child, prefix));
    case 'leaf':
      return [{ dotted: prefix + node.dotted, predicate: node.predicate }];
    case 'elemMatch':
      return node.child === undefined ? [] : conditionsOf(node.child, `${prefix}${node.dotted}.`);
    default:
      return [];
  }
}

/** Chooses how to read a collection. `hint` limits the choice to one index. */
export function choosePlan(
  collection: Collection,
  filter: MatchNode,
  sort: readonly SortKey[],
  hint: Index | 'natural' | undefined,
): Plan {
  const conditions = conditionsOf(filter);
  const natural = planIndex(collection.idIndex, hint === 'natural' ? [] : conditions, sort, true);
  if (hint === 'natural') return natural.plan;
  const candidates = hint === undefined ? collection.indexes : [hint];
  let best = hint === undefined || hint === collection.idIndex ? natural : undefined;
  for (const index of candidates) {
    if (index === collection.idIndex) continue;
    if (hint === undefined && !isUsable(index, conditions)) continue;
    const candidate = planIndex(index, conditions, sort, false);
    if (best === undefined || candidate.score > best.score) best = candidate;
  }
  if (best === undefined) return natural.plan;
  if (best.plan.bounded || best.plan.sorted || hint !== undefined) return best.plan;
  return unionPlan(collection, filter) ?? natural.plan;
}

function unionPlan(collection: Collection, filter: MatchNode): UnionPlan | undefined {
  const alternatives = filter.kind === 'and' ? filter.children : [filter];
  for (const node of alternatives) {
    if (node.kind !== 'or') continue;
    const plans = node.children.map((child) => choosePlan(collection, child, [], undefined));
    const scans = plans.filter((plan) => plan.kind === 'scan').filter((plan) => plan.bounded);
    if (scans.length === node.children.length) return { kind: 'union', plans: scans };
  }
  return undefined;
}

/** A sparse or partial index lacks documents; it serves only filters that exclude those. */
function isUsable(index: Index, conditions: readonly Condition[]): boolean {
  if (index.sparse) {
    const present = index.fields.some(({ dotted }) =>
      conditions.some((condition) => condition.dotted === dotted && requiresPresence(condition.predicate)),
    );
    if (!present) return false;
  }
  return index.partial === undefined || impliesAll(conditions, index.partial);
}

function impliesAll(conditions: readonly Condition[], partial: MatchNode): boolean {
  if (partial.kind === 'and') return partial.children.every((child) => impliesAll(conditions, child));
  if (partial.kind !== 'leaf') return false;
  return conditions.some(
    (condition) => condition.dotted === partial.dotted && implies(condition.predicate, partial.predicate),
  );
}

function implies(given: Predicate, wanted: Predicate): boolean {
  if (wanted instanceof Existence) return requiresPresence(given);
  if (!(given instanceof Comparison)) return false;
  if (given.operator === '$eq') return wanted.test(given.operand);
  if (!(wanted instanceof Comparison) || given.operator[1] !== wanted.operator[1] || wanted.operator === '$eq')
    return false;
  if (!wanted.test(given.operand)) {
    return given.operator === wanted.operator && compareValues(given.operand, wanted.operand) === 0;
  }
  return true;
}

interface Candidate {
  readonly plan: ScanPlan;
  readonly score: number;
}

function planIndex(
  index: Index,
  conditions: readonly Condition[],
  sort: readonly SortKey[],
  isDocuments: boolean,
): Candidate {
  const perField = fieldIntervals(index, conditions);
  const { prefixes, pointFields, ranges } = product(index, perField);
  const order = index.hasLongKeys ? undefined : sortDirection(index, perField, pointFields, sort);
  const bounded = perField[0] !== undefined;
  const needsMerge = order !== undefined && order.used > 0 && prefixes.length > 1 && !order.leading;
  const sorted = sort.length > 0 && order !== undefined && (!needsMerge || ranges.length <= MOST_MERGED);
  const plan: ScanPlan = {
    kind: 'scan',
    index,
    ranges: ranges.map((range) => shortened(range)),
    reverse: sorted && order?.reverse === true,
    sorted,
    merge: sorted && needsMerge,
    bounded,
  };
  const hasRange = perField[pointFields] !== undefined;
  const exact = pointFields === index.fields.length && index.unique ? 1000 : 0;
  const score = exact + pointFields * 100 + (hasRange ? 40 : 0) + (sorted ? 50 : 0) + (isDocuments ? 0.5 : 0);
  return { plan, score };
}

/** Per index field the intervals that the filter allows; stops at the first field without any. */
function fieldIntervals(index: Index, conditions: readonly Condition[]): Interval[][] {
  const perField: Interval[][] = [];
  let throughArray = false;
  for (const [at, { dotted }] of index.fields.entries()) {
    const isMultikey = index.multikey[at] ?? false;
    // Two conditions may be met by different items of one array; only one of them can bound the scan.
    if (isMultikey && throughArray) break;
    const intervals = intervalsOn(dotted, conditions, isMultikey);
    if (intervals === undefined) break;
    perField.push(intervals);
    throughArray ||= isMultikey;
    if (!intervals.every(isPoint)) break;
  }
  return perField;
}

/** What the conditions on one field allow together; of a multikey field, what one of them allows. */
function intervalsOn(dotted: string, conditions: readonly Condition[], isMultikey: boolean): Interval[] | undefined {
  let intervals: Interval[] | undefined;
  for (const condition of conditions) {
    if (condition.dotted !== dotted) continue;
    const found = intervalsOf(condition.predicate);
    if (found === undefined) continue;
    if (intervals === undefined) intervals = found;
    else if (!isMultikey && intervals.length * found.length <= 10_000) intervals = intersect(intervals, found);
    else if (found.every(isPoint) && !intervals.every(isPoint)) intervals = found;
  }
  return intervals;
}

interface Product {
  readonly prefixes: readonly Buffer[];
  /** Leading fields bound to single values. */
  readonly pointFields: number;
  readonly ranges: readonly KeyRange[];
}

function product(index: Index, perField: readonly Interval[][]): Product {
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let pointFields = 0;
  for (const intervals of perField) {
    if (!intervals.every(isPoint) || prefixes.length * intervals.length > MOST_RANGES) break;
    const descending = index.fields[pointFields]?.descending ?? false;
    const next: Buffer[] = [];
    for (const prefix of prefixes)
      for (const interval of intervals) next.push(rangeOf(prefix, interval, descending).start);
    prefixes = next.sort(Buffer.compare);
    pointFields += 1;
  }
  const field = index.fields[pointFields];
  const rest = perField[pointFields];
  const descending = field?.descending ?? false;
  if (field === undefined || rest === undefined) {
    const isWholeKey = field === undefined;
    const ranges = prefixes.map((prefix) => ({
      start: prefix,
      end: successor(prefix),
      prefixLength: prefix.length,
      isWholeKey,
    }));
    return { prefixes, pointFields, ranges };
  }
  const ordered = descending ? [...rest].reverse() : rest;
  const ranges = prefixes.flatMap((prefix) => ordered.map((interval) => rangeOf(prefix, interval, descending)));
  return { prefixes, pointFields, ranges };
}

/** Entries beyond a certain length are kept by their beginning and a hash, so bounds end there too. */
function shortened(range: KeyRange): KeyRange {
  const isShort = range.start.length <= KEPT_PREFIX;
  const start = isShort ? range.start : range.start.subarray(0, KEPT_PREFIX);
  const end =
    range.end !== undefined && range.end.length > KEPT_PREFIX
      ? successor(range.end.subarray(0, KEPT_PREFIX))
      : range.end;
  return { start, end, prefixLength: range.prefixLength, isWholeKey: isShort && range.isWholeKey === true };
}

interface SortDirection {
  readonly reverse: boolean;
  /** Index fields that the order rests on. */
  readonly used: number;
  /** Whether the order begins with the index's first field. */
  readonly leading: boolean;
}

/** Whether reading the index forwards or backwards gives the wanted order. */
function sortDirection(
  index: Index,
  perField: readonly Interval[][],
  pointFields: number,
  sort: readonly SortKey[],
): SortDirection | undefined {
  if (sort.length === 0) return undefined;
  const isFixed = (at: number) => at < pointFields && perField[at]?.length === 1 && !index.multikey[at];
  let reverse: boolean | undefined;
  let used = 0;
  let first = -1;
  let at = 0;
  for (const { dotted, descending } of sort) {
    const fixed = index.fields.findIndex((field, position) => field.dotted === dotted && isFixed(position));
    if (fixed >= 0) continue;
    while (at < index.fields.length && at < pointFields && index.fields[at]?.dotted !== dotted) at += 1;
    const field = index.fields[at];
    if (field === undefined || field.dotted !== dotted || index.multikey[at]) return undefined;
    const backwards = field.descending !== descending;
    if (reverse !== undefined && reverse !== backwards) return undefined;
    reverse = backwards;
    if (first < 0) first = at;
    used += 1;
    at += 1;
  }
  const leading = used === 0 || onlyFixedBefore(first, isFixed);
  // Points that come before the order's first field but take several values are merged; after it they are in order.
  return { reverse: reverse ?? false, used, leading };
}

function onlyFixedBefore(first: number, isFixed: (at: number) => boolean): boolean {
  for (let at = 0; at < first; at += 1) if (!isFixed(at)) return false;
  return true;
}

/** All documents, in the order of their `_id`. */
export function wholePlan(collection: Collection): ScanPlan {
  const range: KeyRange = { start: Buffer.alloc(0), end: undefined, prefixLength: 0 };
  return {
    kind: 'scan',
    index: collection.idIndex,
    ranges: [range],
    reverse: false,
    sorted: false,
    merge: false,
    bounded: false,
  };
}
