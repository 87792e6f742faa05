import { daysBefore } from '../time-zone.ts';
import type { CnClaimInput } from './claim-input.ts';
import { finding } from './claim-input.ts';
import type { StatedPractice } from './facts.ts';
import { type CountedPrice, isCompleteFrom, lastSaleBefore, lowestOf, type PriceSeries, salesIn } from './history.ts';
import type { Finding, PriceArticle } from './verdict.ts';

const PRACTICES: Readonly<Record<StatedPractice, PriceArticle>> = {
  promise_refused: 'CN-56-19-5',
  conditions_hidden: 'CN-56-19-6',
  coupon_refused: 'CN-56-19-7',
  scope_differs: 'CN-56-20-2',
};

/** Order 56 art. 18, 19 and 20(2), where somebody stated that it happened. */
export function practiceBreaches({ facts, salePrice }: CnClaimInput): readonly Finding[] {
  if (facts === undefined) return [];
  const breaches = (facts.practices ?? []).map((practice) => finding(practice, PRACTICES[practice]));
  const { gift, settledPrice } = facts;
  if (settledPrice !== undefined && settledPrice > salePrice) {
    breaches.push(finding('settled_above_shown', 'CN-56-19-2'));
  }
  if (gift !== undefined) {
    const { described, shownValue, currentPrice } = gift;
    const overvalued =
      shownValue !== undefined && shownValue !== null && currentPrice !== undefined && shownValue !== currentPrice;
    if (described === false || overvalued) breaches.push(finding('gift_untrue', 'CN-56-18'));
  }
  return breaches;
}

const LIMITED_TIME = /限时|限时段|今日|今天|仅限|倒计时/;
const LOWEST = /最低价|史低|史上最低|历史最低/;
const CLEARANCE = /清仓|甩卖|跳楼价|出清/;

/**
 * Whether the words of clearance or lowest price are borne out: a lowest price may not be above the lowest deal of the
 * look-back, a clearance price must be below the last deal, and stock added meanwhile belies it. Null: not known.
 */
export function clearanceUntrue(input: CnClaimInput, series: PriceSeries): Finding | null {
  const words = `${input.claim.label ?? ''} ${input.claim.text ?? ''}`;
  const article = 'CN-CPR-6-5';
  if (CLEARANCE.test(words)) {
    if (input.facts?.restocked === true) return finding('clearance_untrue', article);
    const last = lastSaleBefore(series, input.claim.startsAt);
    const known = last !== null && isCompleteFrom(series, last.at);
    if (known && input.salePrice >= last.price) return finding('clearance_untrue', article, [last.id]);
  }
  if (!LOWEST.test(words)) return null;
  const { zone, lookbackDays } = input.policy;
  const lowest: CountedPrice | null = lowestOf(salesIn(series, daysBefore(zone, input.claim.startsAt, lookbackDays)));
  return lowest !== null && input.salePrice > lowest.price ? finding('clearance_untrue', article, [lowest.id]) : null;
}

/** Order 32 art. 21 and art. 6(5): what the words promise beside the comparison. */
export function promotionNotes(input: CnClaimInput, series: PriceSeries): readonly Finding[] {
  const { claim, salePrice } = input;
  const notes: Finding[] = [];
  const words = `${claim.label ?? ''} ${claim.text ?? ''}`;
  if (claim.endsAt === null && LIMITED_TIME.test(words)) notes.push(finding('period_not_shown', 'CN-32-21'));
  if (claim.reference !== null && claim.reference <= salePrice) {
    notes.push(finding('reference_not_above_price', 'CN-56-17-2'));
  }
  const untrue = clearanceUntrue(input, series);
  return untrue === null ? notes : [...notes, untrue];
}
