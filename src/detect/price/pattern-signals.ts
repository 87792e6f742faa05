import { WHOLE } from '../../domain/money.ts';
import type { ClaimInput } from '../../domain/price/claim-input.ts';
import {
  type CountedPrice,
  isCompleteFrom,
  lowestOf,
  offersInForce,
  type PriceSeries,
  salesIn,
} from '../../domain/price/history.ts';
import { raiseBefore } from '../../domain/price/raise-then-cut.ts';
import { known, type SignalValue, unknown } from '../../domain/signal.ts';
import type { Window } from '../../domain/time.ts';
import { daysBefore } from '../../domain/time-zone.ts';
import { campaignAbovePrior } from './patterns/campaign-price.ts';
import { againstPrior, lastRise } from './patterns/prior-minimum.ts';

const INCOMPLETE = unknown({
  zh: '请补充该时段完整的价格与成交记录',
  en: 'Send the complete price and sales records of the period',
});
const NO_RAISE = unknown({ zh: '促销前价格没有上涨', en: 'The price did not rise before the promotion' });
const NO_REFERENCE = unknown({ zh: '请提供被比较的价格', en: 'State the price that is compared with' });

const PRIOR_DAYS = 30;

/** Share of the units sold in the period of the raise that were sold at the raised price, of the worst variant. */
function raisedUnitsShare(series: readonly PriceSeries[], input: ClaimInput): SignalValue {
  const { policy, claim } = input;
  const window = daysBefore(policy.zone, claim.startsAt, policy.raiseThenCut.withinDays);
  let result: SignalValue = NO_RAISE;
  for (const one of series) {
    if (!isCompleteFrom(one, window.from)) return INCOMPLETE;
    const raise = raiseBefore(one, policy, claim.startsAt);
    const sales = salesIn(one, window);
    if (raise === null || sales.length === 0) continue;
    let [raised, total] = [0n, 0n];
    for (const sale of sales) {
      total += BigInt(sale.quantity);
      if (sale.price >= raise.to.price) raised += BigInt(sale.quantity);
    }
    const share = (raised * WHOLE) / total;
    if (!result.known || (typeof result.value === 'bigint' && share < result.value)) {
      result = known(share, [raise.from.id, raise.to.id]);
    }
  }
  return result;
}

/** Share of the look-back, as far as the goods were on offer, in which the price was below the reference. */
function onSaleShare(series: readonly PriceSeries[], input: ClaimInput, window: Window): SignalValue {
  const { reference } = input.claim;
  if (reference === null) return NO_REFERENCE;
  let most = 0;
  for (const one of series) {
    const path = pathOf(one, window);
    const first = path?.[0];
    if (path === null || first === undefined) return INCOMPLETE;
    let below = 0;
    for (const [index, offer] of path.entries()) {
      const until = path[index + 1]?.at ?? window.to;
      if (offer.price < reference) below += until - Math.max(offer.at, window.from);
    }
    most = Math.max(most, below / (window.to - Math.max(first.at, window.from)));
  }
  return known(BigInt(Math.floor(most * Number(WHOLE))));
}

function pathOf(series: PriceSeries, window: Window): readonly CountedPrice[] | null {
  const { inForce, complete } = offersInForce(series, 'public', window);
  return complete ? inForce : null;
}

interface Priors {
  readonly against: SignalValue;
  readonly rise: SignalValue;
  readonly campaign: SignalValue;
}

/** What is measured against the lowest price of thirty days; of several variants the first that is the worst. */
function priors(series: readonly PriceSeries[], input: ClaimInput): Priors {
  const { policy, claim, salePrice } = input;
  const window = daysBefore(policy.zone, claim.startsAt, PRIOR_DAYS);
  const all: CountedPrice[] = [];
  let rise = known('none');
  for (const one of series) {
    const path = pathOf(one, window);
    if (path === null || path.length === 0) return { against: INCOMPLETE, rise: INCOMPLETE, campaign: INCOMPLETE };
    all.push(...path, ...salesIn(one, window));
    const seen = lastRise(path);
    if (seen === null || seen.value === 'none') continue;
    if (seen.value === 'raised' || (rise.known && rise.value === 'none')) rise = known(seen.value, seen.evidence);
  }
  const lowest = lowestOf(all);
  if (lowest === null) return { against: INCOMPLETE, rise: INCOMPLETE, campaign: INCOMPLETE };
  const against = againstPrior(salePrice, lowest);
  const campaign = campaignAbovePrior(salePrice, [{ ...lowest, at: window.from }], window.from, claim.startsAt);
  return {
    against: known(against.value, against.evidence),
    rise,
    campaign: campaign === null ? INCOMPLETE : known(campaign.value, campaign.evidence),
  };
}

export const PATTERN_SIGNALS = [
  'price.raisedUnitsShare',
  'price.onSaleShare',
  'price.againstPriorMinimum',
  'price.lastRise',
  'price.campaignAbovePrior',
] as const;

/** Patterns over time that the price history shows. */
export function patternSignals(
  input: ClaimInput,
  series: readonly PriceSeries[],
): Readonly<Record<(typeof PATTERN_SIGNALS)[number], SignalValue>> {
  const lookback = daysBefore(input.policy.zone, input.claim.startsAt, input.policy.lookbackDays);
  const { against, rise, campaign } = priors(series, input);
  return {
    'price.raisedUnitsShare': raisedUnitsShare(series, input),
    'price.onSaleShare': onSaleShare(series, input, lookback),
    'price.againstPriorMinimum': against,
    'price.lastRise': rise,
    'price.campaignAbovePrior': campaign,
  };
}
