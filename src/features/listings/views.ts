import { collectionOf } from '../../infra/mongo/collection.ts';
import type { Connection } from '../../infra/mongo/connection.ts';
import { listingsSpec } from './repo.ts';

export interface ListingFacts {
  readonly merchantId: string;
  readonly shopId: string;
  readonly currency: string;
}

export interface ListingViews {
  /** What the feed says of each of these listings; unknown ones are left out. */
  factsOf(ids: readonly string[]): Promise<ReadonlyMap<string, ListingFacts>>;
  /** Whose each of these listings is; unknown ones are left out. */
  merchantsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

interface StoredFacts {
  readonly _id: string;
  readonly merchantId: string;
  readonly body: Omit<ListingFacts, 'merchantId'>;
}

export function listingViews(connection: Connection): ListingViews {
  const listings = collectionOf<StoredFacts>(connection, listingsSpec);
  return {
    factsOf: async (ids) => {
      const projection = { merchantId: 1, 'body.shopId': 1, 'body.currency': 1 };
      const found = await listings.find({ _id: { $in: [...ids] } }, { projection }).toArray();
      return new Map(found.map(({ _id, merchantId, body }) => [_id, { merchantId, ...body }]));
    },
    merchantsOf: async (ids) => {
      const found = await listings.find({ _id: { $in: [...ids] } }, { projection: { merchantId: 1 } }).toArray();
      return new Map(found.map(({ _id, merchantId }) => [_id, merchantId]));
    },
  };
}
