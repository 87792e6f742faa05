import { type FieldError, TouchstoneError } from '../domain/errors.ts';
import type { PriceObservation } from '../domain/price/observation.ts';
import type { Instant } from '../domain/time.ts';

/** An observation with the listing and the shop that it is of. */
export interface SourcedObservation {
  readonly listingId: string;
  readonly shopId: string;
  readonly observation: PriceObservation;
}

/** What became of one row of a source file. Its good parts count, whatever became of the others. */
export interface PriceReading {
  readonly observations: readonly SourcedObservation[];
  readonly faults: readonly FieldError[];
  /** Points that the format is known to hold and that say nothing, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** `no_price`: the source looked and saw none. `before_tracking`: filled in later, and nobody watched in between. */
export type SkipReason = 'no_price' | 'before_tracking';

export interface ReadContext {
  /** When the observations become known to us. */
  readonly recordedAt: Instant;
  /** Zone of times without an offset, for formats that do not define one. */
  readonly zone: string | null;
}

/** A file format for prices. Pure: text in, observations out. */
export interface PriceFormat {
  readonly name: string;
  readonly rows: 'csv' | 'jsonl';
  /** Columns that a CSV file must have. */
  readonly columns: readonly string[];
  /**
   * @param row the fields by column of a CSV row, or the parsed JSON of a line.
   * @throws TouchstoneError `validation_failed` for a row of which nothing can be used.
   */
  read(row: unknown, context: ReadContext): PriceReading;
}

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const FIRST_INSTANT = Date.UTC(2000, 0, 1);
/** Clocks differ; what claims to be from further ahead than this is refused. */
const AHEAD_MS = 5 * 60_000;

export function refuse(pointer: string, reason: string): never {
  throw new TouchstoneError('validation_failed', reason, [{ pointer, reason }]);
}

/** A text of a row; refuses one that is absent or empty. */
export function textOf(row: Readonly<Record<string, unknown>>, name: string): string {
  const value = row[name];
  if (typeof value !== 'string' || value === '') return refuse(`/${name}`, 'is missing');
  return value;
}

export function recordOf(row: unknown): Readonly<Record<string, unknown>> {
  return isRecord(row) ? row : refuse('', 'must be an object');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Identifier of a listing: the source's own, after a prefix that keeps sources apart. */
export function listingIdOf(prefix: string, id: string, pointer: string): string {
  const listingId = `${prefix}-${id}`;
  return IDENTIFIER.test(listingId)
    ? listingId
    : refuse(pointer, 'must be letters, digits, dots, underscores, hyphens');
}

/** Refuses an instant before the year 2000, or after `now` by more than clocks differ. */
export function plausible(at: Instant, now: Instant, pointer: string): Instant {
  if (at < FIRST_INSTANT) return refuse(pointer, 'is before the year 2000');
  if (at > now + AHEAD_MS) return refuse(pointer, `is later than now, ${new Date(now).toISOString()}`);
  return at;
}

/** Many observations are of few instants. */
const stamps = new Map<Instant, string>();
const STAMPS_REMEMBERED = 4_096;

function stampOf(at: Instant): string {
  const known = stamps.get(at);
  if (known !== undefined) return known;
  const compact = new Date(at).toISOString().replace(/[-:.]/g, '');
  const stamp = at % 1_000 === 0 ? `${compact.slice(0, 15)}Z` : compact;
  if (stamps.size >= STAMPS_REMEMBERED) stamps.clear();
  stamps.set(at, stamp);
  return stamp;
}

/** Named by what it is of, so that the same row gives the same observation again. */
export function observationId(listingId: string, at: Instant, kind: 'offer' | 'sale'): string {
  return `${listingId}.${kind}.${stampOf(at)}`;
}

export interface OfferParts {
  readonly listingId: string;
  readonly shopId: string;
  /** Minor units of `currency`; must be above zero. */
  readonly price: bigint;
  readonly currency: string;
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly pricePointer: string;
}

/** A public offer of the whole listing. */
export function offer({
  listingId,
  shopId,
  price,
  currency,
  at,
  recordedAt,
  pricePointer,
}: OfferParts): SourcedObservation {
  if (price === 0n) return refuse(pricePointer, 'an offer must be above zero');
  return {
    listingId,
    shopId,
    observation: {
      id: observationId(listingId, at, 'offer'),
      sku: null,
      kind: 'offer',
      price,
      currency,
      at,
      recordedAt,
      quantity: 1,
      layer: 'public',
      platformSubsidy: 0n,
      refunded: false,
      brushed: false,
      corrects: null,
      retracted: false,
    },
  };
}

export function single(observation: SourcedObservation): PriceReading {
  return { observations: [observation], faults: [], skipped: {} };
}
