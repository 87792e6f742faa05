import { canonicalJson, type Json } from '../../domain/canonical.ts';
import { TouchstoneError } from '../../domain/errors.ts';
import type { EventDraft } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { sha256 } from '../../infra/crypto.ts';
import type { AggregateStore, Stored } from '../../infra/mongo/aggregate.ts';
import { put } from '../../infra/mongo/put.ts';
import { type ListingRow, type ListingState, TIMES_OUT_OF_RANGE, timeFaults, toWire } from '../../wire/listing.ts';
import type { ListingBody, SnapshotRecord, StandingVerdict } from './repo.ts';

/** Earlier snapshots that stay with the listing, for showing what changed. Decisions keep their own. */
const EARLIER_KEPT = 5;

export interface ListingDeps {
  readonly listings: AggregateStore<ListingBody>;
  /** Whose a shop is; null when the feed has not named it yet. */
  readonly merchantOfShop: (shopId: string) => Promise<string | null>;
}

export interface PutListing {
  readonly id: string;
  readonly merchantId: string;
  readonly shopId: string;
  readonly currency: string;
  readonly at: Instant;
  readonly state: ListingState;
  /** The snapshot as it was sent, without the state. */
  readonly wire: Json;
  readonly expectedVersion?: number;
}

export async function putListing(deps: ListingDeps, request: PutListing, now: Instant) {
  const { id, merchantId, shopId, currency, state, wire, at, ...guard } = request;
  await assertShopOf(deps, shopId, merchantId);
  const text = canonicalJson(wire);
  const snapshot: SnapshotRecord = { text, hash: `sha256:${sha256(text)}`, at };
  return put<ListingBody>({
    store: deps.listings,
    id,
    ...guard,
    now,
    next: (current) => nextBody(current, { merchantId, shopId, currency, state, snapshot }),
    event: () => ({
      type: 'listing.changed',
      subject: { merchantId, shopId, listingId: id },
      facts: { state, snapshot: snapshot.hash },
    }),
  });
}

/** States one row of the feed. */
export async function putRow(deps: ListingDeps, row: ListingRow, expectedVersion: number | null, now: Instant) {
  const { state, ...snapshot } = row;
  const faults = timeFaults(row, now);
  if (faults.length > 0) throw new TouchstoneError('validation_failed', TIMES_OUT_OF_RANGE, faults);
  return putListing(
    deps,
    {
      id: row.id,
      merchantId: row.merchantId,
      shopId: row.shopId,
      currency: row.currency,
      at: row.at,
      state,
      wire: toWire(snapshot),
      ...(expectedVersion === null ? {} : { expectedVersion }),
    },
    now,
  );
}

/** Sets the verdict that a live listing stands under; says whether it is news. */
export async function setVerdict(
  deps: ListingDeps,
  listing: Stored<ListingBody>,
  verdict: StandingVerdict,
  now: Instant,
): Promise<boolean> {
  const { body } = listing;
  if (body.verdict?.cause === verdict.cause || body.verdict?.fingerprint === verdict.fingerprint) return false;
  await deps.listings.save({
    id: listing._id,
    previous: listing,
    body: { ...body, verdict },
    events: [verdictChanged(listing, verdict)],
    at: now,
  });
  return true;
}

function verdictChanged({ _id, body }: Stored<ListingBody>, verdict: StandingVerdict): EventDraft {
  return {
    type: 'verdict.changed',
    subject: {
      merchantId: body.merchantId,
      shopId: body.shopId,
      listingId: _id,
      decisionId: verdict.decisionId,
    },
    facts: { outcome: verdict.outcome, before: body.verdict?.outcome ?? 'none' },
  };
}

type Stated = Pick<ListingBody, 'merchantId' | 'shopId' | 'currency' | 'state' | 'snapshot'>;

function nextBody(current: Stored<ListingBody> | null, stated: Stated): ListingBody {
  if (current === null) return { ...stated, earlier: [], verdict: null };
  const { body } = current;
  if (body.shopId !== stated.shopId || body.merchantId !== stated.merchantId) {
    const detail = { zh: '商品不能转移到其他店铺', en: 'a listing cannot move to another shop' };
    throw new TouchstoneError('validation_failed', detail, [
      {
        pointer: '/shopId',
        reason: `the listing belongs to shop ${body.shopId}`,
        zh: `该商品属于店铺 ${body.shopId}`,
      },
    ]);
  }
  if (body.currency !== stated.currency && body.state !== 'draft') {
    const detail = { zh: '商品不能更换币种', en: 'a listing cannot change its currency' };
    throw new TouchstoneError('validation_failed', detail, [
      {
        pointer: '/currency',
        reason: `the listing is priced in ${body.currency}`,
        zh: `该商品以 ${body.currency} 标价`,
      },
    ]);
  }
  if (stated.snapshot.at < body.snapshot.at) {
    const holds = new Date(body.snapshot.at).toISOString();
    const detail = { zh: '已有更晚的快照', en: 'a later snapshot is already there' };
    throw new TouchstoneError('validation_failed', detail, [
      { pointer: '/at', reason: `is before ${holds}, the snapshot that holds`, zh: `早于现行快照的时间 ${holds}` },
    ]);
  }
  const same = stated.snapshot.hash === body.snapshot.hash;
  return {
    ...stated,
    earlier: same ? body.earlier : [body.snapshot, ...body.earlier].slice(0, EARLIER_KEPT),
    verdict: stated.state === 'live' ? body.verdict : null,
  };
}

/** Feeds may arrive in any order, so an unknown shop is no fault; one of another merchant is. */
async function assertShopOf({ merchantOfShop }: ListingDeps, shopId: string, merchantId: string): Promise<void> {
  const owner = await merchantOfShop(shopId);
  if (owner !== null && owner !== merchantId) {
    const detail = { zh: '店铺属于其他商家', en: 'the shop is another merchant’s' };
    throw new TouchstoneError('validation_failed', detail, [
      { pointer: '/shopId', reason: 'does not belong to merchantId', zh: '不属于 merchantId 所指商家' },
    ]);
  }
}
