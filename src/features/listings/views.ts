import { collectionOf } from '../../infra/mongo/collection.ts';
import type { Connection } from '../../infra/mongo/connection.ts';
import { listingsSpec } from './repo.ts';

export interface ListingViews {
  /** Whose each of these listings is; unknown ones are left out. */
  merchantsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export function listingViews(connection: Connection): ListingViews {
  const listings = collectionOf<{ _id: string; merchantId: string }>(connection, listingsSpec);
  return {
    merchantsOf: async (ids) => {
      const found = await listings.find({ _id: { $in: [...ids] } }, { projection: { merchantId: 1 } }).toArray();
      return new Map(found.map(({ _id, merchantId }) => [_id, merchantId]));
    },
  };
}
