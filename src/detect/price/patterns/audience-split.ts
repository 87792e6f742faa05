import { reductionBps } from '../../../domain/money.ts';
import type { Instant } from '../../../domain/time.ts';
import { ordered, type Seen } from './claimed-price.ts';

/** What one audience was shown for the same goods under the same conditions: new buyers, returning ones, one region. */
export interface AudiencePrice {
  readonly id: string;
  readonly at: Instant;
  readonly audience: string;
  /** Minor units. */
  readonly price: bigint;
}

export interface AudienceSplit extends Seen<bigint> {
  readonly cheapest: string;
  readonly dearest: string;
}

/**
 * The widest difference between two audiences at one time, in basis points of the dearer price; `value` 0 when all were
 * shown the same. A price holds for its audience until the next, for at most `holdsFor` milliseconds. Null when no two
 * audiences were ever seen together.
 */
export function audienceSplit(prices: readonly AudiencePrice[], holdsFor: number): AudienceSplit | null {
  const current = new Map<string, AudiencePrice>();
  let widest: AudienceSplit | null = null;
  for (const price of ordered(prices)) {
    current.set(price.audience, price);
    for (const other of current.values()) {
      if (other.audience === price.audience || price.at - other.at > holdsFor) continue;
      const [low, high] = other.price < price.price ? [other, price] : [price, other];
      const value = reductionBps(high.price, low.price) ?? 0n;
      if (widest !== null && value <= widest.value) continue;
      widest = { value, evidence: [low.id, high.id], cheapest: low.audience, dearest: high.audience };
    }
  }
  return widest;
}
