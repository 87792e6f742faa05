import { BEGINNING_OF_TIME, type Instant, type Window } from '../time.ts';
import type { ClaimInput } from './claim-input.ts';
import { recordsFor } from './history-index.ts';
import type { PriceHistory, PriceLayer, PriceObservation } from './observation.ts';
import type { PricePolicy } from './policy.ts';
import { inOrder, isReal } from './resolve.ts';

/** One price that counts under a policy, in minor units of the listing's currency. */
export interface CountedPrice {
  readonly id: string;
  readonly at: Instant;
  readonly price: bigint;
  readonly quantity: number;
  readonly layer: PriceLayer;
}

/**
 * What counts of one sku's history before a claim: offers as a step function per layer, and sales neither refunded nor
 * brushed, both in order of time. `completeSince` is later than the history's where a record in another currency hides the price.
 */
export interface PriceSeries {
  readonly sku: string | null;
  readonly offers: readonly CountedPrice[];
  readonly sales: readonly CountedPrice[];
  /** Counted sales from the claim's start on: never part of its basis. */
  readonly laterSales: readonly CountedPrice[];
  readonly completeSince: Instant | null;
  /** The last record in another currency, which is never compared. */
  readonly foreign: readonly string[];
  /** Earlier records than this were not all read; see PriceHistory. */
  readonly readFrom: Instant;
}

/** The history of a listing of which nothing is known. */
export const UNKNOWN_HISTORY: PriceHistory = { observations: [], completeSince: null };

function salePrice(record: PriceObservation, policy: PricePolicy): bigint {
  return policy.law === 'CN' && policy.subsidisedSale === 'buyer_paid'
    ? record.price - record.platformSubsidy
    : record.price;
}

function counted(record: PriceObservation, price: bigint): CountedPrice {
  return { id: record.id, at: record.at, price, quantity: record.quantity, layer: record.layer };
}

/** Of several offers of one layer at the same instant the one recorded last is in force. */
function pushOffer(offers: CountedPrice[], offer: CountedPrice): void {
  for (let index = offers.length - 1; index >= 0; index -= 1) {
    const earlier = offers[index];
    if (earlier === undefined || earlier.at !== offer.at) break;
    if (earlier.layer === offer.layer) {
      offers[index] = offer;
      return;
    }
  }
  offers.push(offer);
}

function laterOf(left: Instant | null, right: Instant): Instant | null {
  return left === null ? null : Math.max(left, right);
}

function toSeries(
  sku: string | null,
  records: readonly PriceObservation[],
  { claim, currency, history, policy }: ClaimInput,
): PriceSeries {
  const offers: CountedPrice[] = [];
  const sales: CountedPrice[] = [];
  const laterSales: CountedPrice[] = [];
  let foreign: readonly string[] = [];
  let completeSince = history.completeSince;
  for (const record of inOrder(records)) {
    const later = record.at >= claim.startsAt;
    if (!isReal(record) || !policy.countedLayers.includes(record.layer)) continue;
    if (record.currency !== currency) {
      if (later) continue;
      foreign = [record.id];
      completeSince = laterOf(completeSince, record.at + 1);
    } else if (record.kind === 'offer') {
      if (!later) pushOffer(offers, counted(record, record.price));
    } else {
      (later ? laterSales : sales).push(counted(record, salePrice(record, policy)));
    }
  }
  return { sku, offers, sales, laterSales, completeSince, foreign, readFrom: history.readFrom ?? BEGINNING_OF_TIME };
}

function ofSku(records: readonly PriceObservation[], sku: string, before: Instant): readonly PriceObservation[] {
  const own = records.filter((record) => record.sku === sku);
  const covered = new Set(own.filter((record) => isReal(record) && record.at < before).map((record) => record.kind));
  const shared = records.filter((record) => record.sku === null && !covered.has(record.kind));
  return [...own, ...shared];
}

/**
 * One series per sku that the claim speaks of. Records without sku are the whole listing's and stand in, kind by kind,
 * for a sku that has none of its own. A claim without sku speaks of every sku that was known when it began.
 */
export function seriesOf(input: ClaimInput): readonly PriceSeries[] {
  const { sku, startsAt } = input.claim;
  const records = recordsFor(input);
  const skus = new Set<string>();
  for (const record of records) {
    if (record.sku !== null && record.at < startsAt && isReal(record)) skus.add(record.sku);
  }
  if (sku !== null && skus.size > 0) return [toSeries(sku, ofSku(records, sku, startsAt), input)];
  if (skus.size <= 1) return [toSeries(sku, records, input)];
  return [...skus].sort().map((one) => toSeries(one, ofSku(records, one, startsAt), input));
}

/** Whether every change in the window is known to be recorded. */
export function isCompleteFrom(series: PriceSeries, from: Instant): boolean {
  return series.completeSince !== null && series.completeSince <= from;
}

/** Prices of one layer that were in force at some instant of a window. */
export interface OffersInForce {
  /** Known to have been in force in the window, the price carried in at its start first. */
  readonly inForce: readonly CountedPrice[];
  /** No other price can have been in force. */
  readonly complete: boolean;
  /** Known not to have been on offer at the window's start. */
  readonly startsWithin: boolean;
}

/**
 * The prices in force in the window, the one set before it and still in force at its start included. That one counts
 * only when no change between it and the start can be missing. Offers at or after the window's end never count.
 */
export function offersInForce(series: PriceSeries, layer: PriceLayer, window: Window): OffersInForce {
  const { completeSince } = series;
  const inForce: CountedPrice[] = [];
  let carried: CountedPrice | null = null;
  for (const offer of series.offers) {
    if (offer.layer !== layer) continue;
    if (offer.at >= window.to) break;
    if (offer.at < window.from) carried = offer;
    else inForce.push(offer);
  }
  if (inForce[0]?.at === window.from) {
    return { inForce, complete: isCompleteFrom(series, window.from), startsWithin: false };
  }
  if (carried !== null) {
    const certain = completeSince !== null && completeSince <= carried.at;
    return { inForce: certain ? [carried, ...inForce] : inForce, complete: certain, startsWithin: false };
  }
  const fromTheFirstDay = completeSince === BEGINNING_OF_TIME;
  const optional = layer !== 'public' && isCompleteFrom(series, window.from);
  return { inForce, complete: fromTheFirstDay || optional, startsWithin: fromTheFirstDay };
}

/** Counted sales in the window, in order of time. */
export function salesIn(series: PriceSeries, window: Window): readonly CountedPrice[] {
  return series.sales.filter((sale) => sale.at >= window.from && sale.at < window.to);
}

/** The last counted sale before the instant; of several at the same instant the cheapest. */
export function lastSaleBefore(series: PriceSeries, before: Instant): CountedPrice | null {
  let last: CountedPrice | null = null;
  for (const sale of series.sales) {
    if (sale.at >= before) break;
    if (last === null || sale.at > last.at || sale.price < last.price) last = sale;
  }
  return last;
}

/** The cheapest, the earliest of equals; null of none. */
export function lowestOf(prices: readonly CountedPrice[]): CountedPrice | null {
  let lowest: CountedPrice | null = null;
  for (const price of prices) if (lowest === null || price.price < lowest.price) lowest = price;
  return lowest;
}
