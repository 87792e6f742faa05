import type { Instant } from '../../domain/time.ts';
import type { Clock } from '../../infra/clock.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import type { ShopBody } from './schemas.ts';

const TTL_MS = 5_000;
const MAX_CACHED = 50_000;

export interface ShopFacts {
  readonly merchantId: string;
  readonly pricesCompleteSince: Instant | null;
}

export interface ShopViews {
  /** Null when the feed has not named the shop. May be five seconds old. */
  facts(shopId: string): Promise<ShopFacts | null>;
}

/** What other capabilities ask of a shop on every request, kept for a moment. */
export function shopViews(shops: AggregateStore<ShopBody>, clock: Clock): ShopViews {
  const cache = new Map<string, { readonly facts: ShopFacts; readonly until: Instant }>();
  return {
    facts: async (shopId) => {
      const now = clock();
      const cached = cache.get(shopId);
      if (cached !== undefined && cached.until > now) return cached.facts;
      const stored = await shops.find(shopId);
      if (stored === null) return null;
      const facts = {
        merchantId: stored.body.merchantId,
        pricesCompleteSince: stored.body.pricesCompleteSince ?? null,
      };
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(shopId, { facts, until: now + TTL_MS });
      return facts;
    },
  };
}
