import { reductionBps } from '../../../domain/money.ts';
import type { CountedPrice } from '../../../domain/price/history.ts';
import type { Instant } from '../../../domain/time.ts';
import type { Seen } from './claimed-price.ts';

/**
 * By how much what a buyer pays in a campaign lies above the lowest that one paid in the days before it, basis points of
 * the latter; 0 when it does not. `before` are payable prices, in minor units; those at or after `startsAt` or earlier
 * than `from` are left out. Null when there was none.
 */
export function campaignAbovePrior(
  payable: bigint,
  before: readonly CountedPrice[],
  from: Instant,
  startsAt: Instant,
): Seen<bigint> | null {
  let lowest: CountedPrice | null = null;
  for (const price of before) {
    if (price.at < from || price.at >= startsAt) continue;
    if (lowest === null || price.price < lowest.price) lowest = price;
  }
  if (lowest === null) return null;
  const above = -(reductionBps(lowest.price, payable) ?? 0n);
  return { value: above > 0n ? above : 0n, evidence: [lowest.id] };
}
