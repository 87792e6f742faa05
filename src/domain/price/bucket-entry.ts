import type { Instant } from '../time.ts';
import type { PriceObservation } from './observation.ts';

/** An offer of the price that was in force anyway. */
export interface Sighting {
  readonly id: string;
  readonly at: Instant;
  readonly recordedAt: Instant;
}

/** A stored observation with the later offers that only repeated it, in order of time. */
export interface BucketEntry extends PriceObservation {
  readonly sightings: readonly Sighting[];
  /** The last instant at which the price was seen in force; its own `at` without sightings. */
  readonly seenUntil: Instant;
}

/**
 * A listing's observations of one UTC month. `carry` holds what the months before must hand on so that no window that
 * starts in this month needs them: per sku, layer, kind and currency the last record, with its corrections.
 */
export interface PriceBucket {
  readonly id: string;
  readonly listingId: string;
  /** `YYYY-MM`, UTC. */
  readonly month: string;
  readonly entries: readonly BucketEntry[];
  readonly carry: readonly PriceObservation[];
  readonly version: number;
}

/** First instant of the month after `month`. */
export function endOfMonth(month: string): Instant {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 1);
}

/** By time, then by when it was recorded, then by id: one order for one set. */
export function byTime(left: PriceObservation, right: PriceObservation): number {
  if (left.at !== right.at) return left.at - right.at;
  if (left.recordedAt !== right.recordedAt) return left.recordedAt - right.recordedAt;
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

/** Equal in all that the sender states; when it was recorded is ours. */
export function sameContent(left: PriceObservation, right: PriceObservation): boolean {
  return (
    left.id === right.id &&
    left.at === right.at &&
    left.corrects === right.corrects &&
    left.retracted === right.retracted &&
    sameOffer(left, right)
  );
}

function sameOffer(left: PriceObservation, right: PriceObservation): boolean {
  return (
    left.price === right.price &&
    left.currency === right.currency &&
    left.kind === right.kind &&
    left.sku === right.sku &&
    left.layer === right.layer &&
    left.quantity === right.quantity &&
    left.platformSubsidy === right.platformSubsidy &&
    left.refunded === right.refunded &&
    left.brushed === right.brushed
  );
}

/** The key of a step function: prices of one sku and one layer replace each other. */
export function stepKey(record: PriceObservation): string {
  return `${record.layer}\u0000${record.sku ?? '\u0001'}`;
}

function isPlainOffer(record: PriceObservation): boolean {
  return record.kind === 'offer' && record.corrects === null && !record.retracted;
}

interface Opened {
  readonly record: PriceObservation;
  readonly sightings: Sighting[];
}

/** Entries of records that are in order of time; the month's first offer of a step function is always an entry. */
export function compress(records: readonly PriceObservation[]): readonly BucketEntry[] {
  const opened: Opened[] = [];
  const inForce = new Map<string, Opened>();
  for (const record of records) {
    const plain = isPlainOffer(record);
    const current = plain ? inForce.get(stepKey(record)) : undefined;
    if (current !== undefined && sameOffer(current.record, record)) {
      current.sightings.push({ id: record.id, at: record.at, recordedAt: record.recordedAt });
      continue;
    }
    const entry: Opened = { record, sightings: [] };
    opened.push(entry);
    if (plain) inForce.set(stepKey(record), entry);
  }
  return opened.map(({ record, sightings }) => entryOf(record, sightings));
}

// Field by field: spreading records of this width costs ten times as much.

function entryOf(record: PriceObservation, sightings: readonly Sighting[]): BucketEntry {
  return {
    id: record.id,
    sku: record.sku,
    kind: record.kind,
    price: record.price,
    currency: record.currency,
    at: record.at,
    recordedAt: record.recordedAt,
    quantity: record.quantity,
    layer: record.layer,
    platformSubsidy: record.platformSubsidy,
    refunded: record.refunded,
    brushed: record.brushed,
    corrects: record.corrects,
    retracted: record.retracted,
    sightings,
    seenUntil: sightings.at(-1)?.at ?? record.at,
  };
}

function recordOf(entry: BucketEntry): PriceObservation {
  return {
    id: entry.id,
    sku: entry.sku,
    kind: entry.kind,
    price: entry.price,
    currency: entry.currency,
    at: entry.at,
    recordedAt: entry.recordedAt,
    quantity: entry.quantity,
    layer: entry.layer,
    platformSubsidy: entry.platformSubsidy,
    refunded: entry.refunded,
    brushed: entry.brushed,
    corrects: entry.corrects,
    retracted: entry.retracted,
  };
}

/** The observations that an entry stands for, as they were sent. */
export function expand(entry: BucketEntry): readonly PriceObservation[] {
  const { sightings } = entry;
  const record = recordOf(entry);
  if (sightings.length === 0) return [record];
  return [record, ...sightings.map((sighting) => ({ ...record, ...sighting }))];
}
