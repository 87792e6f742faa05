import { canonicalJson, type Json } from '../../domain/canonical.ts';
import { TouchstoneError } from '../../domain/errors.ts';
import type { EventDraft } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { sha256 } from '../../infra/crypto.ts';
import type { AggregateStore, Stored } from '../../infra/mongo/aggregate.ts';
import { put } from '../../infra/mongo/put.ts';
import { type ListingRow, type ListingState, toWire } from '../../wire/listing.ts';
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
  readonly at: Instant;
  readonly state: ListingState;
  /** The snapshot as it was sent, without the state. */
  readonly wire: Json;
  readonly expectedVersion?: number;
}

export async function putListing(deps: ListingDeps, request: PutListing, now: Instant) {
  const { id, merchantId, shopId, state, wire, at, ...guard } = request;
  await assertShopOf(deps, shopId, merchantId);
  const text = canonicalJson(wire);
  const snapshot: SnapshotRecord = { text, hash: `sha256:${sha256(text)}`, at };
  return put<ListingBody>({
    store: deps.listings,
    id,
    ...guard,
    now,
    next: (current) => nextBody(current, { merchantId, shopId, state, snapshot }),
    event: () => ({
      type: 'listing.changed',
      subject: { merchantId, shopId, listingId: id },
      facts: { state, snapshot: snapshot.hash },
    }),
  });
}

/** States one row of the feed. */
export function putRow(deps: ListingDeps, row: ListingRow, expectedVersion: number | null, now: Instant) {
  const { state, ...snapshot } = row;
  return putListing(
    deps,
    {
      id: row.id,
      merchantId: row.merchantId,
      shopId: row.shopId,
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

type Stated = Pick<ListingBody, 'merchantId' | 'shopId' | 'state' | 'snapshot'>;

function nextBody(current: Stored<ListingBody> | null, stated: Stated): ListingBody {
  if (current === null) return { ...stated, earlier: [], verdict: null };
  const { body } = current;
  if (body.shopId !== stated.shopId || body.merchantId !== stated.merchantId) {
    throw new TouchstoneError('validation_failed', 'a listing cannot move to another shop', [
      { pointer: '/shopId', reason: `the listing belongs to shop ${body.shopId}` },
    ]);
  }
  if (stated.snapshot.at < body.snapshot.at) {
    throw new TouchstoneError('validation_failed', 'a later snapshot is already there', [
      { pointer: '/at', reason: `is before ${new Date(body.snapshot.at).toISOString()}, the snapshot that holds` },
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
    throw new TouchstoneError('validation_failed', 'the shop is another merchant’s', [
      { pointer: '/shopId', reason: 'does not belong to merchantId' },
    ]);
  }
}
