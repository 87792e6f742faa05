import type { Instant } from '../time.ts';
import { byTime, endOfMonth, expand, type PriceBucket, stepKey } from './bucket-entry.ts';

import type { PriceObservation } from './observation.ts';
import { isReal, rootOf } from './resolve.ts';

/** Half-open span of knowledge: what was recorded in [from, to). */
interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** One record with its corrections, in the order in which they became known. */
interface Group {
  readonly at: Instant;
  readonly versions: readonly PriceObservation[];
  /** When it was known and counted as a price. */
  readonly known: readonly Span[];
}

/**
 * At most this many different instants are handed on per key. They are more than one only where later records were
 * learned earlier, so that a reader who knows less needs the earlier ones; the oldest knowledge is given up first.
 */
const MAX_STEPS = 16;

function groupOf(records: readonly PriceObservation[], knowledgeFrom: Instant): Group | null {
  const versions = [...records].sort(
    (left, right) => left.recordedAt - right.recordedAt || (left.id < right.id ? -1 : 1),
  );
  const first = versions[0];
  if (first === undefined) return null;
  const known: Span[] = [];
  for (const [index, version] of versions.entries()) {
    const from = Math.max(version.recordedAt, knowledgeFrom);
    const to = versions[index + 1]?.recordedAt ?? Number.POSITIVE_INFINITY;
    if (isReal(version) && from < to) known.push({ from, to });
  }
  return { at: first.at, versions, known };
}

function overlaps(left: readonly Span[], right: readonly Span[]): boolean {
  return left.some((one) => right.some((other) => one.from < other.to && other.from < one.to));
}

function without(spans: readonly Span[], taken: Span): Span[] {
  return spans.flatMap((span) => {
    if (taken.to <= span.from || span.to <= taken.from) return [span];
    const rest: Span[] = [];
    if (span.from < taken.from) rest.push({ from: span.from, to: taken.from });
    if (taken.to < span.to) rest.push({ from: taken.to, to: span.to });
    return rest;
  });
}

/** From the latest backwards until, whatever the reader knows, one of the kept groups was the last price. */
function lastGroups(groups: readonly Group[], knowledgeFrom: Instant): readonly Group[] {
  const latestFirst = [...groups].sort((left, right) => right.at - left.at);
  const kept: Group[] = [];
  let open: Span[] = [{ from: knowledgeFrom, to: Number.POSITIVE_INFINITY }];
  let steps = 0;
  for (let index = 0; index < latestFirst.length && open.length > 0; ) {
    const at = latestFirst[index]?.at;
    const taken: Span[] = [];
    const before = kept.length;
    for (; index < latestFirst.length && latestFirst[index]?.at === at; index += 1) {
      const group = latestFirst[index];
      if (group === undefined || !overlaps(group.known, open)) continue;
      kept.push(group);
      taken.push(...group.known);
    }
    for (const span of taken) open = without(open, span);
    if (kept.length > before) steps += 1;
    if (steps >= MAX_STEPS) open = open.filter((span) => span.to === Number.POSITIVE_INFINITY);
  }
  return kept;
}

function keyOf(record: PriceObservation): string {
  return `${stepKey(record)}\u0000${record.kind}\u0000${record.currency}`;
}

interface Latest {
  readonly records: PriceObservation[];
  /** When the first record of the key became known. */
  known: Instant;
}

/**
 * The last records by key where that is all there is to it: nothing was corrected, and nobody can have known an earlier
 * price without the last one. Null otherwise.
 */
function plainCarry(records: readonly PriceObservation[], knowledgeFrom: Instant): readonly PriceObservation[] | null {
  const byKey = new Map<string, Latest>();
  for (const record of records) {
    if (record.corrects !== null || record.retracted) return null;
    if (!isReal(record)) continue;
    const key = keyOf(record);
    const latest = byKey.get(key);
    if (latest === undefined) {
      byKey.set(key, { records: [record], known: record.recordedAt });
      continue;
    }
    latest.known = Math.min(latest.known, record.recordedAt);
    const at = latest.records[0]?.at ?? record.at;
    if (record.at < at) continue;
    if (record.at > at) latest.records.length = 0;
    latest.records.push(record);
  }
  const carried: PriceObservation[] = [];
  for (const { records: last, known } of byKey.values()) {
    const limit = Math.max(knowledgeFrom, known);
    for (const record of last) {
      if (record.recordedAt > limit) return null;
      carried.push(record);
    }
  }
  return carried.sort(byTime);
}

/**
 * What the next bucket must carry: per sku, layer, kind and currency the last price that counts, with the corrections
 * and the superseded records that a reader needs whose knowledge ends at any instant from this month's end on.
 */
export function carryFrom(bucket: PriceBucket): readonly PriceObservation[] {
  const knowledgeFrom = endOfMonth(bucket.month);
  const records = [...bucket.carry, ...bucket.entries.flatMap(expand)];
  const plain = plainCarry(records, knowledgeFrom);
  if (plain !== null) return plain;
  const byId = new Map(records.map((record) => [record.id, record]));
  const byRoot = new Map<string, PriceObservation[]>();
  for (const record of byId.values()) {
    const root = rootOf(record, byId);
    const versions = byRoot.get(root);
    if (versions === undefined) byRoot.set(root, [record]);
    else versions.push(record);
  }
  const byKey = new Map<string, Group[]>();
  for (const versions of byRoot.values()) {
    const group = groupOf(versions, knowledgeFrom);
    const first = group?.versions[0];
    if (group === null || first === undefined) continue;
    for (const currency of new Set(versions.map((version) => version.currency))) {
      const key = keyOf({ ...first, currency });
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, [group]);
      else others.push(group);
    }
  }
  const kept = new Set<PriceObservation>();
  for (const groups of byKey.values()) {
    for (const group of lastGroups(groups, knowledgeFrom)) for (const version of group.versions) kept.add(version);
  }
  return [...kept].sort(byTime);
}
