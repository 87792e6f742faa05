import type { AggregateSpec } from '../../infra/mongo/aggregate.ts';
import { PENDING_INDEX } from '../../infra/mongo/collection.ts';
import type { ListingState } from '../../wire/listing.ts';

/** The verdict that a live listing stands under. */
export interface StandingVerdict {
  readonly decisionId: string;
  readonly outcome: string;
  readonly provisional: boolean;
  readonly at: number;
  /** Hash of outcome, hits and caps: a re-score that gives the same changes nothing. */
  readonly fingerprint: string;
  /** The event that led to it: handling that event again changes nothing. */
  readonly cause: string;
}

export interface SnapshotRecord {
  /** Canonical JSON of the snapshot as sent; text, because attribute names are the platform's own. */
  readonly text: string;
  readonly hash: string;
  readonly at: number;
}

export interface ListingBody {
  readonly merchantId: string;
  readonly shopId: string;
  /** Of all the listing's prices. */
  readonly currency: string;
  readonly state: ListingState;
  readonly snapshot: SnapshotRecord;
  /** The snapshots before, newest first. */
  readonly earlier: readonly SnapshotRecord[];
  readonly verdict: StandingVerdict | null;
}

export const listingsSpec: AggregateSpec<ListingBody> = {
  name: 'listings',
  kind: 'listing',
  indexes: [PENDING_INDEX, { key: { merchantId: 1, _id: 1 }, name: 'merchant' }],
  shardKey: { _id: 'hashed' },
  outbox: true,
  keyFields: { merchantId: { type: String, required: true } },
  keys: ({ merchantId }) => ({ merchantId }),
};
