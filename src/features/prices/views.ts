import { historyFrom, monthOf } from '../../domain/price/bucket.ts';
import type { PriceHistory } from '../../domain/price/observation.ts';
import type { Instant } from '../../domain/time.ts';
import type { LoadedBucket, PriceRepo } from './repo.ts';

export interface PriceViews {
  /**
   * What is known of a listing's price in [from, to), with what was in force at `from`. One indexed read of at most one
   * bucket a month and one before, however long the history is. `completeSince` is passed through.
   */
  history(listingId: string, from: Instant, to: Instant, completeSince: Instant | null): Promise<PriceHistory>;
}

export function priceViews(prices: PriceRepo): PriceViews {
  return {
    history: async (listingId, from, to, completeSince) => {
      const months = monthsBetween(from, to);
      const loaded: LoadedBucket[] = await prices.latest(listingId, monthOf(to), months + 1);
      return historyFrom(
        loaded.map(({ bucket }) => bucket),
        from,
        to,
        completeSince,
      );
    },
  };
}

/** Calendar months that [from, to] touches. */
function monthsBetween(from: Instant, to: Instant): number {
  const first = new Date(from);
  const last = new Date(to);
  return (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth() + 1;
}
