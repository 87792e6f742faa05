import { reductionBps, WHOLE } from '../money.ts';
import type { Instant } from '../time.ts';
import { daysBefore } from '../time-zone.ts';
import type { CountedPrice, PriceSeries } from './history.ts';
import { isCompleteFrom, salesIn } from './history.ts';
import type { PricePolicy } from './policy.ts';

export interface Raise {
  readonly from: CountedPrice;
  readonly to: CountedPrice;
  /** Rise from the price at the start of the period to the highest after it, basis points. */
  readonly byBps: bigint;
}

/** Offers, or where none is known sales, that were in force in the period before the claim. */
function pathBefore(series: PriceSeries, from: Instant, to: Instant): readonly CountedPrice[] {
  const source = series.offers.some((offer) => offer.layer === 'public') ? series.offers : series.sales;
  let carried: CountedPrice | null = null;
  const path: CountedPrice[] = [];
  for (const price of source) {
    if (price.layer !== 'public' && source === series.offers) continue;
    if (price.at >= to) break;
    if (price.at < from) carried = price;
    else path.push(price);
  }
  return carried === null ? path : [carried, ...path];
}

/** The rise within the policy's period before the claim; null when the price did not rise or nothing is known. */
export function raiseBefore(series: PriceSeries, policy: PricePolicy, start: Instant): Raise | null {
  const { from } = daysBefore(policy.zone, start, policy.raiseThenCut.withinDays);
  const path = pathBefore(series, from, start);
  const first = path[0];
  if (first === undefined) return null;
  let highest = first;
  for (const price of path) if (price.price > highest.price) highest = price;
  const fall = reductionBps(first.price, highest.price);
  return fall === null || fall >= 0n ? null : { from: first, to: highest, byBps: -fall };
}

/**
 * Order 56 art. 17(1): the price was raised by the policy's rate to at least the reference within its period before the
 * claim, and hardly anything was sold at it. Null unless the whole period is known and something was sold in it.
 */
export function raiseThenCut(
  series: PriceSeries,
  policy: PricePolicy,
  start: Instant,
  reference: bigint,
): readonly string[] | null {
  const window = daysBefore(policy.zone, start, policy.raiseThenCut.withinDays);
  if (!isCompleteFrom(series, window.from)) return null;
  const raise = raiseBefore(series, policy, start);
  if (raise === null || raise.byBps < policy.raiseThenCut.raiseBps) return null;
  if (raise.from.price >= reference || raise.to.price < reference) return null;
  let units = 0n;
  let atReference = 0n;
  for (const sale of salesIn(series, window)) {
    units += BigInt(sale.quantity);
    if (sale.price >= reference) atReference += BigInt(sale.quantity);
  }
  if (units === 0n || atReference * WHOLE >= units * policy.raiseThenCut.maxUnitShareBps) return null;
  return [raise.from.id, raise.to.id];
}
