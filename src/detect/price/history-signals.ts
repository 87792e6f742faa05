import type { Claim } from '../../domain/listing.ts';
import { reductionBps } from '../../domain/money.ts';
import type { ClaimInput } from '../../domain/price/claim-input.ts';
import {
  type CountedPrice,
  isCompleteFrom,
  lastSaleBefore,
  lowestOf,
  offersInForce,
  type PriceSeries,
  salesIn,
} from '../../domain/price/history.ts';
import { lawWindowDays } from '../../domain/price/policy.ts';
import { raiseBefore } from '../../domain/price/raise-then-cut.ts';
import { resolveObservations } from '../../domain/price/resolve.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import { known, type SignalValue, unknown } from '../../domain/signal.ts';
import { DAY, type Window, within } from '../../domain/time.ts';
import { daysBefore } from '../../domain/time-zone.ts';
import { PATTERN_SIGNALS } from './pattern-signals.ts';

const STORE_DOWN = unknown({
  zh: '价格历史暂时无法读取,恢复后重新评估',
  en: 'Price history could not be read; it is judged again once it can',
});
const INCOMPLETE = unknown({
  zh: '请补充该时段完整的价格与成交记录',
  en: 'Send the complete price and sales records of the period',
});
const NO_CAP = unknown({
  zh: '没有可适用的可比价上限,或历史不足以确定',
  en: 'No lawful cap applies, or the history is too short to determine it',
});
const NO_BASIS = unknown({ zh: '该声明没有可比价依据', en: 'The claim has no basis for a cap' });
const NO_SALES = unknown({ zh: '请补充此前的成交记录', en: 'Send the sales made before the claim' });
const NO_REFERENCE = unknown({ zh: '请提供被比较的价格', en: 'State the price that is compared with' });
const NO_LAW = unknown({
  zh: '该司法辖区的价格规则尚未支持',
  en: 'The price law of this jurisdiction is not supported yet',
});

const OFFER_WINDOW_DAYS = 30;

/** By how much the claimed reduction, by percentage or by reference, exceeds the one measured from the cap. */
function overstated(claim: Claim, salePrice: bigint, cap: bigint): SignalValue {
  const claimed =
    claim.percentBps !== null
      ? BigInt(claim.percentBps)
      : claim.reference === null
        ? null
        : reductionBps(claim.reference, salePrice);
  const lawful = reductionBps(cap, salePrice);
  if (claimed === null || lawful === null) return NO_REFERENCE;
  return known(claimed > lawful ? claimed - lawful : 0n);
}

/** Signals that restate the verdict. Without history only what the claim itself decided is known. */
export function verdictSignals(
  claim: Claim,
  salePrice: bigint,
  verdict: PriceVerdict,
  historyRead: boolean,
): Readonly<Record<string, SignalValue>> {
  const { evidence, cap, article, basis } = verdict;
  const undecided = !historyRead && verdict.verdict === 'insufficient_history';
  return {
    'price.verdict': undecided ? STORE_DOWN : known(verdict.verdict, evidence),
    'price.article': article === null || undecided ? (undecided ? STORE_DOWN : NO_BASIS) : known(article, evidence),
    'price.cap': cap === null ? (undecided ? STORE_DOWN : NO_CAP) : known(cap, evidence),
    'price.findings': undecided ? STORE_DOWN : known(verdict.findings.map(({ code }) => code)),
    'price.basis': basis === null ? (undecided ? STORE_DOWN : NO_BASIS) : known(basis, evidence),
    'claim.overstatedPercent': cap === null ? (undecided ? STORE_DOWN : NO_CAP) : overstated(claim, salePrice, cap),
  };
}

const HISTORY_SIGNALS = [
  'price.saleCount',
  'price.offerLow30',
  'price.raiseBeforePercent',
  'price.daysAtReference',
  'price.unitsAtReference',
  'price.observations',
  'price.lastSaleAgeDays',
  'price.referenceAboveMax',
] as const;

function ids(prices: readonly CountedPrice[]): readonly string[] {
  return prices.slice(0, 20).map((price) => price.id);
}

function offerLow(series: readonly PriceSeries[], window: Window): SignalValue {
  const lowest: CountedPrice[] = [];
  for (const one of series) {
    const { inForce, complete } = offersInForce(one, 'public', window);
    const low = lowestOf(inForce);
    if (!complete || low === null) return INCOMPLETE;
    lowest.push(low);
  }
  const low = lowestOf(lowest);
  return low === null ? INCOMPLETE : known(low.price, [low.id]);
}

function timeAtOrAbove(series: PriceSeries, reference: bigint, window: Window): number | null {
  const { inForce, complete } = offersInForce(series, 'public', window);
  if (!complete) return null;
  let total = 0;
  for (const [index, offer] of inForce.entries()) {
    const until = inForce[index + 1]?.at ?? window.to;
    if (offer.price >= reference) total += until - Math.max(offer.at, window.from);
  }
  return total;
}

function daysAtReference(series: readonly PriceSeries[], reference: bigint, window: Window): SignalValue {
  let least: number | null = null;
  for (const one of series) {
    const time = timeAtOrAbove(one, reference, window);
    if (time === null) return INCOMPLETE;
    if (least === null || time < least) least = time;
  }
  return known(BigInt(Math.floor((least ?? 0) / DAY)));
}

function unitsAtReference(series: readonly PriceSeries[], reference: bigint, window: Window): SignalValue {
  if (!series.every((one) => isCompleteFrom(one, window.from))) return INCOMPLETE;
  const sales = series.flatMap((one) => salesIn(one, window)).filter((sale) => sale.price >= reference);
  return known(
    sales.reduce((units, sale) => units + BigInt(sale.quantity), 0n),
    ids(sales),
  );
}

function saleCount(series: readonly PriceSeries[], window: Window): SignalValue {
  if (!series.every((one) => isCompleteFrom(one, window.from))) return INCOMPLETE;
  const sales = series.flatMap((one) => salesIn(one, window));
  return known(BigInt(sales.length), ids(sales));
}

function raiseBeforePercent(series: readonly PriceSeries[], input: ClaimInput): SignalValue {
  const { from } = daysBefore(input.policy.zone, input.claim.startsAt, input.policy.raiseThenCut.withinDays);
  if (!series.every((one) => isCompleteFrom(one, from))) return INCOMPLETE;
  let highest: SignalValue = known(0n);
  let by = 0n;
  for (const one of series) {
    const raise = raiseBefore(one, input.policy, input.claim.startsAt);
    if (raise === null || raise.byBps <= by) continue;
    by = raise.byBps;
    highest = known(by, [raise.from.id, raise.to.id]);
  }
  return highest;
}

function lastSaleAge(series: readonly PriceSeries[], startsAt: number): SignalValue {
  const sales = series.flatMap((one) => lastSaleBefore(one, startsAt) ?? []);
  const last = sales.reduce<CountedPrice | null>((left, right) => (left && left.at >= right.at ? left : right), null);
  if (last === null) return NO_SALES;
  if (!series.every((one) => isCompleteFrom(one, last.at))) return INCOMPLETE;
  return known(BigInt(Math.floor((startsAt - last.at) / DAY)), [last.id]);
}

/** A known price at the reference settles it; otherwise the whole look-back has to be known. */
function referenceAboveMax(series: readonly PriceSeries[], reference: bigint, window: Window): SignalValue {
  let complete = true;
  for (const one of series) {
    const offers = offersInForce(one, 'public', window);
    const reached = [...offers.inForce, ...salesIn(one, window)].find((price) => price.price >= reference);
    if (reached !== undefined) return known(false, [reached.id]);
    complete &&= offers.complete && isCompleteFrom(one, window.from);
  }
  return complete ? known(true) : INCOMPLETE;
}

function observationCount(input: ClaimInput, window: Window): SignalValue {
  const records = resolveObservations(input.history.observations, input.knownAt);
  return known(BigInt(records.filter((record) => within(window, record.at)).length));
}

/** The history signals where none can be measured. */
export function noHistorySignals(historyRead: boolean): Readonly<Record<string, SignalValue>> {
  const reason = historyRead ? NO_LAW : STORE_DOWN;
  return Object.fromEntries([...HISTORY_SIGNALS, ...PATTERN_SIGNALS].map((name) => [name, reason]));
}

/** Signals that describe the history before the claim. */
export function historySignals(
  input: ClaimInput,
  series: readonly PriceSeries[],
): Readonly<Record<string, SignalValue>> {
  const { claim, policy } = input;
  const lookback = daysBefore(policy.zone, claim.startsAt, policy.lookbackDays);
  const { reference } = claim;
  return {
    'price.saleCount': saleCount(series, daysBefore(policy.zone, claim.startsAt, lawWindowDays(policy))),
    'price.offerLow30': offerLow(series, daysBefore(policy.zone, claim.startsAt, OFFER_WINDOW_DAYS)),
    'price.raiseBeforePercent': raiseBeforePercent(series, input),
    'price.daysAtReference': reference === null ? NO_REFERENCE : daysAtReference(series, reference, lookback),
    'price.unitsAtReference': reference === null ? NO_REFERENCE : unitsAtReference(series, reference, lookback),
    'price.observations': observationCount(input, lookback),
    'price.lastSaleAgeDays': lastSaleAge(series, claim.startsAt),
    'price.referenceAboveMax': reference === null ? NO_REFERENCE : referenceAboveMax(series, reference, lookback),
  } satisfies Record<(typeof HISTORY_SIGNALS)[number], SignalValue>;
}
