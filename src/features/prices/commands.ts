import { TouchstoneError } from '../../domain/errors.ts';
import { type Conflict, mergeIntoBuckets, monthOf } from '../../domain/price/bucket.ts';
import type { PriceBucket } from '../../domain/price/bucket-entry.ts';
import type { PriceObservation } from '../../domain/price/observation.ts';
import type { Instant } from '../../domain/time.ts';
import type { BucketName, BucketWrite, LoadedBucket, PriceRepo } from './repo.ts';

/** How often a batch is merged anew because somebody else wrote to one of its buckets. */
const ATTEMPTS = 8;

export interface PriceDeps {
  readonly prices: PriceRepo;
  /** Which of these listings the feed has named, and what it says of them. */
  readonly factsOfListings: (ids: readonly string[]) => Promise<ReadonlyMap<string, ListingFacts>>;
}

export interface ListingFacts {
  readonly merchantId: string;
  readonly shopId: string;
  readonly currency: string;
}

export interface Observed {
  readonly listingId: string;
  readonly shopId: string;
  readonly observation: PriceObservation;
}

/** `other_shop`, `other_currency`: not those of the listing. */
type Misplaced = 'other_shop' | 'other_currency';

export type RecordOutcome = 'stored' | 'unchanged' | 'duplicate' | Conflict['reason'] | Misplaced;

/**
 * Records observations of any listings, in any order, any number of times. Returns what became of each, by listing and
 * identifier. Buckets are written in one round trip; each carries its event, so that the listing's verdict is looked at
 * again. Listings that the feed has not named cause no event: there is no verdict to look at.
 */
export async function recordPrices(
  deps: PriceDeps,
  observed: readonly Observed[],
  now: Instant,
): Promise<Map<string, RecordOutcome>> {
  const outcomes = new Map<string, RecordOutcome>();
  const groups = groupByListing(observed);
  const ids = [...groups.keys()];
  for (let attempt = 1; ; attempt += 1) {
    const [loaded, facts] = await Promise.all([loadFor(deps.prices, groups), deps.factsOfListings(ids)]);
    const writes = mergeAll(groups, loaded, facts, outcomes);
    if (await deps.prices.write(writes, now)) {
      await touchNewcomers(deps, ids, facts, now);
      return outcomes;
    }
    if (attempt === ATTEMPTS)
      throw new TouchstoneError('conflict', 'the same price buckets are being written elsewhere');
  }
}

/** Names an observation among those of one batch. */
export function outcomeKey(listingId: string, observationId: string): string {
  return `${listingId} ${observationId}`;
}

type Groups = ReadonlyMap<string, readonly Observed[]>;

function groupByListing(observed: readonly Observed[]): Groups {
  const groups = new Map<string, Observed[]>();
  for (const each of observed) {
    const group = groups.get(each.listingId);
    if (group === undefined) groups.set(each.listingId, [each]);
    else group.push(each);
  }
  return groups;
}

/** Every bucket that the batch can change or must carry from: from the last before each listing's earliest month on. */
async function loadFor(prices: PriceRepo, groups: Groups): Promise<ReadonlyMap<string, readonly LoadedBucket[]>> {
  const byListing = new Map<string, LoadedBucket[]>();
  const needed = neededOf(await prices.names([...groups.keys()]), groups);
  if (needed.length === 0) return byListing;
  for (const each of await prices.byIds(needed)) {
    const list = byListing.get(each.bucket.listingId);
    if (list === undefined) byListing.set(each.bucket.listingId, [each]);
    else list.push(each);
  }
  return byListing;
}

function neededOf(names: readonly BucketName[], groups: Groups): string[] {
  const needed: string[] = [];
  const lastBefore = new Map<string, BucketName>();
  const earliest = new Map<string, string>();
  for (const name of names) {
    const { listingId, month } = name;
    const from = earliest.get(listingId) ?? earliestMonth(groups.get(listingId) ?? []);
    earliest.set(listingId, from);
    if (month >= from) needed.push(name.id);
    else if (month > (lastBefore.get(listingId)?.month ?? '')) lastBefore.set(listingId, name);
  }
  for (const { id } of lastBefore.values()) needed.push(id);
  return needed;
}

function earliestMonth(group: readonly Observed[]): string {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { observation } of group) if (observation.at < earliest) earliest = observation.at;
  return monthOf(earliest);
}

function mergeAll(
  groups: Groups,
  loaded: ReadonlyMap<string, readonly LoadedBucket[]>,
  facts: ReadonlyMap<string, ListingFacts>,
  outcomes: Map<string, RecordOutcome>,
): BucketWrite[] {
  const writes: BucketWrite[] = [];
  for (const [listingId, group] of groups) {
    const existing = loaded.get(listingId) ?? [];
    const buckets = existing.map(({ bucket }) => bucket);
    const known = facts.get(listingId);
    const note = (id: string, outcome: RecordOutcome) => outcomes.set(outcomeKey(listingId, id), outcome);
    const placed = inPlace(group, buckets, known, note);
    const result = mergeIntoBuckets(listingId, buckets, placed);
    for (const id of result.duplicates) if (!outcomes.has(outcomeKey(listingId, id))) note(id, 'duplicate');
    for (const id of result.stored) note(id, 'stored');
    for (const id of result.unchanged) note(id, 'unchanged');
    for (const { id, reason } of result.conflicts) note(id, reason);
    const envelopes = new Map(existing.map(({ bucket, envelope }) => [bucket.id, envelope]));
    const news = result.stored.length > 0;
    for (const bucket of result.changed) {
      writes.push({
        bucket,
        previous: envelopes.get(bucket.id) ?? null,
        subject: news && known !== undefined ? subjectOf(listingId, known) : null,
      });
    }
  }
  return writes;
}

/**
 * The observations that are of the listing's shop and in its currency: the feed's, or of a listing that the feed has
 * not named the currency that its records have. A price in another currency would hide what was in force. A retraction
 * may be in any, because it brings no price; what is recorded already is left to the merge.
 */
function inPlace(
  group: readonly Observed[],
  buckets: readonly PriceBucket[],
  known: ListingFacts | undefined,
  refuse: (id: string, why: Misplaced) => void,
): PriceObservation[] {
  const priced = group.find(({ observation }) => !observation.retracted)?.observation;
  const currency = known?.currency ?? recordedCurrency(buckets) ?? priced?.currency;
  const placed: PriceObservation[] = [];
  for (const { shopId, observation } of group) {
    const elsewhere = known !== undefined && known.shopId !== shopId;
    const foreign = !observation.retracted && observation.currency !== currency;
    if (!(elsewhere || foreign) || isRecorded(buckets, observation.id)) placed.push(observation);
    else refuse(observation.id, elsewhere ? 'other_shop' : 'other_currency');
  }
  return placed;
}

/** Currency of the latest price that was not taken back; null when there is none. */
function recordedCurrency(buckets: readonly PriceBucket[]): string | null {
  const records = buckets.flatMap(({ carry, entries }) => [...carry, ...entries]);
  const takenBack = new Set(records.filter(({ retracted }) => retracted).map(({ corrects }) => corrects));
  let latest: PriceObservation | null = null;
  for (const record of records) {
    if (record.retracted || takenBack.has(record.id)) continue;
    if (latest === null || record.at >= latest.at) latest = record;
  }
  return latest?.currency ?? null;
}

function isRecorded(buckets: readonly PriceBucket[], id: string): boolean {
  return buckets.some(({ entries }) =>
    entries.some((entry) => entry.id === id || entry.sightings.some((sighting) => sighting.id === id)),
  );
}

function subjectOf(listingId: string, { merchantId, shopId }: ListingFacts) {
  return { merchantId, shopId, listingId };
}

/** A listing that the feed named while its prices were being written would miss them: its buckets speak up now. */
async function touchNewcomers(
  deps: PriceDeps,
  ids: readonly string[],
  before: ReadonlyMap<string, ListingFacts>,
  now: Instant,
): Promise<void> {
  const unknown = ids.filter((id) => !before.has(id));
  if (unknown.length === 0) return;
  for (const [listingId, facts] of await deps.factsOfListings(unknown)) {
    const [last] = await deps.prices.latest(listingId, monthOf(now), 1);
    if (last === undefined) continue;
    const write = { bucket: last.bucket, previous: last.envelope, subject: subjectOf(listingId, facts) };
    await deps.prices.write([write], now);
  }
}

/**
 * Hands on once more what each of a listing's buckets must carry, from the given month on. A crash between two
 * buckets of one batch, or two batches at once, may have left a successor behind.
 */
export async function settleCarry(deps: PriceDeps, listingId: string, month: string, now: Instant): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const loaded = await deps.prices.from([listingId], month);
    const { changed } = mergeIntoBuckets(
      listingId,
      loaded.map(({ bucket }) => bucket),
      [],
    );
    const envelopes = new Map(loaded.map(({ bucket, envelope }) => [bucket.id, envelope]));
    const writes = changed.map((bucket) => ({ bucket, previous: envelopes.get(bucket.id) ?? null, subject: null }));
    if (await deps.prices.write(writes, now)) return;
  }
  throw new TouchstoneError('conflict', `price buckets of ${listingId} are being written elsewhere`);
}
