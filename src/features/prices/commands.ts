import { TouchstoneError } from '../../domain/errors.ts';
import { type Conflict, mergeIntoBuckets, monthOf } from '../../domain/price/bucket.ts';
import type { PriceObservation } from '../../domain/price/observation.ts';
import type { Instant } from '../../domain/time.ts';
import type { BucketWrite, LoadedBucket, PriceRepo } from './repo.ts';

/** How often a batch is merged anew because somebody else wrote to one of its buckets. */
const ATTEMPTS = 8;

export interface PriceDeps {
  readonly prices: PriceRepo;
  /** Which of these listings the feed has named, and whose they are. */
  readonly merchantsOfListings: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

export interface Observed {
  readonly listingId: string;
  readonly shopId: string;
  readonly observation: PriceObservation;
}

export type RecordOutcome = 'stored' | 'unchanged' | 'duplicate' | Conflict['reason'];

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
    const [loaded, merchants] = await Promise.all([loadFor(deps.prices, groups), deps.merchantsOfListings(ids)]);
    const writes = mergeAll(groups, loaded, merchants, outcomes);
    if (await deps.prices.write(writes, now)) {
      await touchNewcomers(deps, ids, merchants, groups, now);
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

interface Group {
  readonly shopId: string;
  readonly observations: PriceObservation[];
}

function groupByListing(observed: readonly Observed[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const { listingId, shopId, observation } of observed) {
    const group = groups.get(listingId);
    if (group === undefined) groups.set(listingId, { shopId, observations: [observation] });
    else group.observations.push(observation);
  }
  return groups;
}

/** Every bucket that the batch can change or must carry from: from the last before each listing's earliest month on. */
async function loadFor(
  prices: PriceRepo,
  groups: ReadonlyMap<string, Group>,
): Promise<ReadonlyMap<string, readonly LoadedBucket[]>> {
  const earliest = monthOf(
    Math.min(...[...groups.values()].map(({ observations }) => Math.min(...observations.map(({ at }) => at)))),
  );
  const ids = [...groups.keys()];
  const [later, namesBefore] = await Promise.all([prices.from(ids, earliest), prices.lastBefore(ids, earliest)]);
  const before = namesBefore.length === 0 ? [] : await prices.byIds(namesBefore);
  const byListing = new Map<string, LoadedBucket[]>();
  for (const each of [...before, ...later]) {
    const list = byListing.get(each.bucket.listingId);
    if (list === undefined) byListing.set(each.bucket.listingId, [each]);
    else list.push(each);
  }
  return byListing;
}

function mergeAll(
  groups: ReadonlyMap<string, Group>,
  loaded: ReadonlyMap<string, readonly LoadedBucket[]>,
  merchants: ReadonlyMap<string, string>,
  outcomes: Map<string, RecordOutcome>,
): BucketWrite[] {
  const writes: BucketWrite[] = [];
  for (const [listingId, { shopId, observations }] of groups) {
    const existing = loaded.get(listingId) ?? [];
    const result = mergeIntoBuckets(
      listingId,
      existing.map(({ bucket }) => bucket),
      observations,
    );
    const note = (id: string, outcome: RecordOutcome) => outcomes.set(outcomeKey(listingId, id), outcome);
    for (const id of result.duplicates) if (!outcomes.has(outcomeKey(listingId, id))) note(id, 'duplicate');
    for (const id of result.stored) note(id, 'stored');
    for (const id of result.unchanged) note(id, 'unchanged');
    for (const { id, reason } of result.conflicts) note(id, reason);
    const envelopes = new Map(existing.map(({ bucket, envelope }) => [bucket.id, envelope]));
    const merchantId = merchants.get(listingId);
    const news = result.stored.length > 0;
    for (const bucket of result.changed) {
      writes.push({
        bucket,
        previous: envelopes.get(bucket.id) ?? null,
        subject: news && merchantId !== undefined ? { merchantId, shopId, listingId } : null,
      });
    }
  }
  return writes;
}

/** A listing that the feed named while its prices were being written would miss them: its buckets speak up now. */
async function touchNewcomers(
  deps: PriceDeps,
  ids: readonly string[],
  before: ReadonlyMap<string, string>,
  groups: ReadonlyMap<string, Group>,
  now: Instant,
): Promise<void> {
  const unknown = ids.filter((id) => !before.has(id));
  if (unknown.length === 0) return;
  for (const [listingId, merchantId] of await deps.merchantsOfListings(unknown)) {
    const shopId = groups.get(listingId)?.shopId;
    const [last] = await deps.prices.latest(listingId, monthOf(now), 1);
    if (shopId === undefined || last === undefined) continue;
    const subject = { merchantId, shopId, listingId };
    await deps.prices.write([{ bucket: last.bucket, previous: last.envelope, subject }], now);
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
