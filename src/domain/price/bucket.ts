import { DAY, type Instant } from '../time.ts';
import { carryFrom } from './bucket-carry.ts';
import { type BucketEntry, byTime, compress, expand, type PriceBucket, sameContent } from './bucket-entry.ts';
import type { PriceHistory, PriceObservation } from './observation.ts';

/** Months by day: many records are of few days. */
const months = new Map<number, string>();
const DAYS_REMEMBERED = 4_096;

/** UTC month of an instant, `YYYY-MM`. */
export function monthOf(instant: Instant): string {
  const day = Math.floor(instant / DAY);
  const known = months.get(day);
  if (known !== undefined) return known;
  const month = new Date(instant).toISOString().slice(0, 7);
  if (months.size >= DAYS_REMEMBERED) months.clear();
  months.set(day, month);
  return month;
}

export function emptyBucket(listingId: string, month: string): PriceBucket {
  return { id: `${listingId}/${month}`, listingId, month, entries: [], carry: [], version: 0 };
}

export interface Conflict {
  readonly id: string;
  readonly reason: 'same_id_other_content' | 'correction_moves_record';
}

export interface MergeOutcome {
  /** Ids that became entries of their own. */
  readonly stored: readonly string[];
  /** Ids that repeat the price in force; kept as sightings within its entry. */
  readonly unchanged: readonly string[];
  /** Ids that were there already, or twice in this batch, with the same content. */
  readonly duplicates: readonly string[];
  readonly conflicts: readonly Conflict[];
}

export interface MergeResult extends MergeOutcome {
  /** The same object when nothing changed; else one version later. */
  readonly bucket: PriceBucket;
}

function movesRecord(left: PriceObservation, right: PriceObservation): boolean {
  return left.at !== right.at || left.kind !== right.kind || left.sku !== right.sku || left.layer !== right.layer;
}

class Merge {
  readonly records: Map<string, PriceObservation>;
  readonly correctionsOf = new Map<string, PriceObservation[]>();
  readonly added: string[] = [];
  readonly duplicates: string[] = [];
  readonly conflicts: Conflict[] = [];
  changed = false;

  constructor(entries: readonly BucketEntry[]) {
    this.records = new Map(entries.flatMap(expand).map((record) => [record.id, record]));
    for (const record of this.records.values()) this.noteCorrection(record);
  }

  private noteCorrection(record: PriceObservation): void {
    if (record.corrects === null) return;
    const others = this.correctionsOf.get(record.corrects);
    if (others === undefined) this.correctionsOf.set(record.corrects, [record]);
    else others.push(record);
  }

  add(record: PriceObservation): void {
    const known = this.records.get(record.id);
    if (known !== undefined) {
      this.repeat(known, record);
      return;
    }
    const root = record.corrects === null ? undefined : this.records.get(record.corrects);
    const related = [...(root === undefined ? [] : [root]), ...(this.correctionsOf.get(record.id) ?? [])];
    if (related.some((other) => movesRecord(other, record))) {
      this.conflicts.push({ id: record.id, reason: 'correction_moves_record' });
      return;
    }
    this.records.set(record.id, record);
    this.noteCorrection(record);
    this.added.push(record.id);
    this.changed = true;
  }

  /** What is sent again was known since it was first recorded. */
  private repeat(known: PriceObservation, record: PriceObservation): void {
    if (!sameContent(known, record)) {
      this.conflicts.push({ id: record.id, reason: 'same_id_other_content' });
      return;
    }
    this.duplicates.push(record.id);
    if (record.recordedAt >= known.recordedAt) return;
    this.records.set(record.id, { ...known, recordedAt: record.recordedAt });
    this.changed = true;
  }
}

/**
 * Adds observations of the bucket's month, in any order and any number of times. The result depends only on the set of
 * observations: an offer that repeats the price in force before it becomes a sighting of that price's entry with its
 * own id and times, so that a different offer that arrives late and falls between splits the entry exactly.
 * `earlier` is the bucket before this one, null when there is none, absent to keep the carry as it is.
 * @throws RangeError for an observation of another month.
 */
export function mergeIntoBucket(
  bucket: PriceBucket,
  incoming: readonly PriceObservation[],
  earlier?: PriceBucket | null,
): MergeResult {
  const merge = new Merge(bucket.entries);
  for (const record of incoming) {
    if (monthOf(record.at) !== bucket.month) throw new RangeError(`${record.id} is not of ${bucket.month}`);
    merge.add(record);
  }
  const entries = merge.changed ? compress([...merge.records.values()].sort(byTime)) : bucket.entries;
  const own = new Set(entries.map((entry) => entry.id));
  const carried = earlier === undefined ? bucket : withCarry(bucket, earlier === null ? [] : carryFrom(earlier));
  return {
    bucket: merge.changed ? { ...bucket, entries, carry: carried.carry, version: bucket.version + 1 } : carried,
    stored: merge.added.filter((id) => own.has(id)),
    unchanged: merge.added.filter((id) => !own.has(id)),
    duplicates: merge.duplicates,
    conflicts: merge.conflicts,
  };
}

/** The bucket with what its predecessor hands on; the same object when that is what it has. */
export function withCarry(bucket: PriceBucket, carry: readonly PriceObservation[]): PriceBucket {
  const same =
    carry.length === bucket.carry.length &&
    carry.every((record, index) => {
      const old = bucket.carry[index];
      return (
        old !== undefined && old.id === record.id && old.recordedAt === record.recordedAt && sameContent(old, record)
      );
    });
  return same ? bucket : { ...bucket, carry, version: bucket.version + 1 };
}

export interface BucketsResult extends MergeOutcome {
  /** Buckets to write, new or changed, in order of month. */
  readonly changed: readonly PriceBucket[];
}

function byMonth(left: PriceBucket, right: PriceBucket): number {
  return left.month < right.month ? -1 : left.month > right.month ? 1 : 0;
}

/**
 * Adds observations of any months to a listing's buckets and hands on what each bucket's successor must carry.
 * `buckets` are those that exist from the last before the earliest observation's month to the listing's latest.
 */
export function mergeIntoBuckets(
  listingId: string,
  buckets: readonly PriceBucket[],
  incoming: readonly PriceObservation[],
): BucketsResult {
  const batches = new Map<string, PriceObservation[]>();
  for (const record of incoming) {
    const month = monthOf(record.at);
    const batch = batches.get(month);
    if (batch === undefined) batches.set(month, [record]);
    else batch.push(record);
  }
  const all = new Map(buckets.map((bucket) => [bucket.month, bucket]));
  for (const month of batches.keys()) if (!all.has(month)) all.set(month, emptyBucket(listingId, month));
  const known = new Set(buckets);
  const changed: PriceBucket[] = [];
  const outcome = {
    stored: [] as string[],
    unchanged: [] as string[],
    duplicates: [] as string[],
    conflicts: [] as Conflict[],
  };
  let earlier: PriceBucket | undefined;
  for (const bucket of [...all.values()].sort(byMonth)) {
    const result = mergeIntoBucket(bucket, batches.get(bucket.month) ?? [], earlier);
    outcome.stored.push(...result.stored);
    outcome.unchanged.push(...result.unchanged);
    outcome.duplicates.push(...result.duplicates);
    outcome.conflicts.push(...result.conflicts);
    earlier = result.bucket;
    if (!known.has(result.bucket) && result.bucket.entries.length > 0) changed.push(result.bucket);
  }
  return { ...outcome, changed };
}

/**
 * The history that a window needs: the buckets of its months, and before them the carry of the first, or that of the
 * last earlier bucket where the first month has none. Records at or after `to` are left out.
 * Exact for every `knownAt` at or after `from`.
 * @param completeSince as of the listing; see PriceHistory.
 */
export function historyFrom(
  buckets: readonly PriceBucket[],
  from: Instant,
  to: Instant,
  completeSince: Instant | null,
): PriceHistory {
  const [first, last] = [monthOf(from), monthOf(to)];
  const ordered = [...buckets].sort(byMonth);
  const opening = ordered.findLastIndex((bucket) => bucket.month <= first);
  const read = ordered.slice(Math.max(0, opening)).filter((bucket) => bucket.month <= last);
  const observations = [...(read[0]?.carry ?? [])];
  for (const bucket of read) for (const entry of bucket.entries) observations.push(...expand(entry));
  return { observations: observations.filter((record) => record.at < to), completeSince, readFrom: from };
}
