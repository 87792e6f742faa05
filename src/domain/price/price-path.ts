import { BEGINNING_OF_TIME, DAY, type Instant, type Window } from '../time.ts';
import { localToInstant, offsetAt } from '../time-zone.ts';
import type { CountedPrice, PriceSeries } from './history.ts';

/** A stretch of a window with one price. `price` null: not on offer. `known` false: nothing is known of it. */
export interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
  readonly price: bigint | null;
  readonly id: string | null;
  readonly known: boolean;
}

/** Public offers, or the prices of sales where it is known that all is recorded and no offer is. */
function publicPrices(series: PriceSeries): readonly CountedPrice[] {
  const offers = series.offers.filter((offer) => offer.layer === 'public');
  return offers.length > 0 || series.completeSince !== BEGINNING_OF_TIME ? offers : series.sales;
}

/**
 * The price over the window, without gaps. A price is known from the record that set it, provided that no later change
 * can be missing; before the first record it is known only where history is complete from the first day.
 */
export function pricePath(series: PriceSeries, window: Window): readonly Stretch[] {
  const { completeSince } = series;
  const path: Stretch[] = [];
  let current: CountedPrice | null = null;
  let from = window.from;
  const close = (to: Instant): void => {
    if (to <= from) return;
    path.push(
      current === null
        ? { from, to, price: null, id: null, known: completeSince === BEGINNING_OF_TIME }
        : {
            from,
            to,
            price: current.price,
            id: current.id,
            known: completeSince !== null && completeSince <= current.at,
          },
    );
    from = to;
  };
  for (const price of publicPrices(series)) {
    if (price.at >= window.to) break;
    close(price.at);
    current = price;
  }
  close(window.to);
  return path;
}

/** Length by the clock on the wall, so that a day is a day across a change of the clocks. */
export function wallLength(zone: string, from: Instant, to: Instant): number {
  return to - from + offsetAt(zone, to) - offsetAt(zone, from);
}

export interface TimeAtPrice {
  /** Wall-clock milliseconds at the reference or above, below it or not on offer, and unknown. */
  readonly atLeast: number;
  readonly below: number;
  readonly unknown: number;
  /** Part of `below` in which the goods were not on offer yet. */
  readonly notOffered: number;
}

export function timeAtPrice(path: readonly Stretch[], reference: bigint, zone: string): TimeAtPrice {
  let [atLeast, below, unknown, notOffered] = [0, 0, 0, 0];
  // A path has no gaps, so that each stretch begins with the offset that the one before ended with.
  let offset = path[0] === undefined ? 0 : offsetAt(zone, path[0].from);
  for (const { from, to, price, known } of path) {
    const offsetAtEnd = offsetAt(zone, to);
    const length = to - from + offsetAtEnd - offset;
    offset = offsetAtEnd;
    if (!known) unknown += length;
    else if (price !== null && price >= reference) atLeast += length;
    else below += length;
    if (known && price === null) notOffered += length;
  }
  return { atLeast, below, unknown, notOffered };
}

export function wholeDays(milliseconds: number): number {
  return Math.floor(milliseconds / DAY);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

/** The same wall-clock time `months` calendar months earlier; the last day where the month has no such day. */
export function minusCalendarMonths(zone: string, instant: Instant, months: number): Instant {
  const wall = new Date(instant + offsetAt(zone, instant));
  const target = wall.getUTCFullYear() * 12 + wall.getUTCMonth() - months;
  const [year, month] = [Math.floor(target / 12), ((target % 12) + 12) % 12];
  const day = Math.min(wall.getUTCDate(), daysInMonth(year, month));
  const timeOfDay = ((wall.getTime() % DAY) + DAY) % DAY;
  return localToInstant(zone, Date.UTC(year, month, day) + timeOfDay);
}

export function monthsBefore(zone: string, end: Instant, months: number): Window {
  return { from: minusCalendarMonths(zone, end, months), to: end };
}

/** Units sold at the reference or above, and in all. */
export function unitsAtPrice(sales: readonly CountedPrice[], reference: bigint): { atLeast: number; total: number } {
  let [atLeast, total] = [0, 0];
  for (const { price, quantity } of sales) {
    total += quantity;
    if (price >= reference) atLeast += quantity;
  }
  return { atLeast, total };
}

/** The highest of the prices that passes, for a test that passes at every lower price too; null when none does. */
export function highestPassing(
  prices: readonly CountedPrice[],
  passes: (reference: bigint) => boolean,
): CountedPrice | null {
  const ordered = [...prices].sort((left, right) => (left.price < right.price ? -1 : left.price > right.price ? 1 : 0));
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const candidate = ordered[middle];
    if (candidate !== undefined && passes(candidate.price)) low = middle + 1;
    else high = middle;
  }
  return ordered[low - 1] ?? null;
}

/** Every price that was asked or paid in the window, with the one carried into it. */
export function pricesIn(series: PriceSeries, window: Window): readonly CountedPrice[] {
  const found: CountedPrice[] = [];
  let carried: CountedPrice | null = null;
  for (const price of publicPrices(series)) {
    if (price.at >= window.to) break;
    if (price.at <= window.from) carried = price;
    else found.push(price);
  }
  for (const sale of series.sales) if (sale.at >= window.from && sale.at < window.to) found.push(sale);
  return carried === null ? found : [carried, ...found];
}
