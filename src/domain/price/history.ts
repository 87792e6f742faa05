import { BEGINNING_OF_TIME, type Instant, type Window } from '../time.ts';
import type { PriceHistory, PriceLayer, PriceObservation } from './observation.ts';
import type { PricePolicy } from './policy.ts';

/** One price that counts under a policy, in minor units of the listing's currency. */
export interface CountedPrice {
  readonly id: string;
  readonly at: Instant;
  readonly price: bigint;
  readonly quantity: number;
  readonly layer: PriceLayer;
}

/**
 * What counts of one sku's history: offers as a step function per layer, and sales neither refunded nor brushed, both
 * in order of time. `completeSince` is later than the history's where a record in another currency hides the price.
 */
export interface PriceSeries {
  readonly sku: string | null;
  readonly offers: readonly CountedPrice[];
  readonly sales: readonly CountedPrice[];
  readonly completeSince: Instant | null;
  /** The last record in another currency, which is never compared. */
  readonly foreign: readonly string[];
  /** Earlier records than this were not all read; see PriceHistory. */
  readonly readFrom: Instant;
}

/** The history of a listing of which nothing is known. */
export const UNKNOWN_HISTORY: PriceHistory = { observations: [], completeSince: null };

function isLater(left: PriceObservation, right: PriceObservation): boolean {
  if (left.recordedAt !== right.recordedAt) return left.recordedAt > right.recordedAt;
  return left.id > right.id;
}

/** Id of the first record in the chain of corrections that leads to `record`; its own id when it corrects nothing. */
export function rootOf(record: PriceObservation, byId: ReadonlyMap<string, PriceObservation>): string {
  let root = record.id;
  let next = record.corrects;
  for (let hops = 0; next !== null && hops <= byId.size; hops += 1) {
    root = next;
    next = byId.get(next)?.corrects ?? null;
  }
  return root;
}

/**
 * The records as they were known at `knownAt`: those recorded later do not exist yet, of a record and its corrections
 * the one recorded last stands (the greater id on a tie), and what was retracted is gone.
 */
export function resolveObservations(
  observations: readonly PriceObservation[],
  knownAt: Instant,
): readonly PriceObservation[] {
  let plain = true;
  for (const record of observations) {
    if (record.recordedAt > knownAt || record.corrects !== null || record.retracted) {
      plain = false;
      break;
    }
  }
  if (plain) return observations;
  const byId = new Map(observations.map((record) => [record.id, record]));
  const standing = new Map<string, PriceObservation>();
  for (const record of observations) {
    if (record.recordedAt > knownAt) continue;
    const root = rootOf(record, byId);
    const current = standing.get(root);
    if (current === undefined || isLater(record, current)) standing.set(root, record);
  }
  return [...standing.values()].filter((record) => !record.retracted);
}

function byTime(left: PriceObservation, right: PriceObservation): number {
  if (left.at !== right.at) return left.at - right.at;
  return isLater(left, right) ? 1 : -1;
}

function inOrder(records: readonly PriceObservation[]): readonly PriceObservation[] {
  for (let index = 1; index < records.length; index += 1) {
    const [left, right] = [records[index - 1], records[index]];
    if (left !== undefined && right !== undefined && byTime(left, right) > 0) return [...records].sort(byTime);
  }
  return records;
}

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
  history: PriceHistory,
  currency: string,
  policy: PricePolicy,
): PriceSeries {
  const offers: CountedPrice[] = [];
  const sales: CountedPrice[] = [];
  let foreign: readonly string[] = [];
  let complete = history.completeSince;
  for (const record of inOrder(records)) {
    if (!policy.countedLayers.includes(record.layer)) continue;
    if (record.currency !== currency) {
      foreign = [record.id];
      complete = laterOf(complete, record.at + 1);
    } else if (record.kind === 'offer') {
      pushOffer(offers, counted(record, record.price));
    } else if (!record.refunded && !record.brushed) {
      sales.push(counted(record, salePrice(record, policy)));
    }
  }
  return { sku, offers, sales, completeSince: complete, foreign, readFrom: history.readFrom ?? BEGINNING_OF_TIME };
}

function ofSku(records: readonly PriceObservation[], sku: string): readonly PriceObservation[] {
  const own = records.filter((record) => record.sku === sku);
  const covered = new Set(own.map((record) => record.kind));
  const shared = records.filter((record) => record.sku === null && !covered.has(record.kind));
  return [...own, ...shared];
}

/**
 * One series per sku that the claim speaks of. Records without sku are the whole listing's and stand in, kind by kind,
 * for a sku that has none of its own. A claim without sku speaks of every sku that is known.
 */
export function seriesOf(
  history: PriceHistory,
  claim: { readonly sku: string | null; readonly currency: string },
  policy: PricePolicy,
  knownAt: Instant,
): readonly PriceSeries[] {
  const records = resolveObservations(history.observations, knownAt);
  const skus = new Set<string>();
  for (const record of records) if (record.sku !== null) skus.add(record.sku);
  const one = (sku: string | null, chosen: readonly PriceObservation[]): PriceSeries =>
    toSeries(sku, chosen, history, claim.currency, policy);
  if (claim.sku !== null && skus.size > 0) return [one(claim.sku, ofSku(records, claim.sku))];
  if (skus.size <= 1) return [one(claim.sku, records)];
  return [...skus].sort().map((sku) => one(sku, ofSku(records, sku)));
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
