import { WHOLE } from '../../domain/money.ts';

/** One shop's price for the same product. Minor units of one currency. */
export interface MarketPrice {
  readonly id: string;
  readonly price: bigint;
}

export interface MarketPosition {
  /** 0.6745 (ln x - median) / MAD: how far the price lies from what others ask, negative when below. */
  readonly score: number;
  /** Geometric: the median of the logarithms, as a price in minor units. */
  readonly median: bigint;
  readonly observations: number;
  /** There were fewer than eight observations, and the scores were drawn towards the wider group's. */
  readonly shrunk: boolean;
  readonly evidence: readonly string[];
}

/** Centre and spread of logarithms of prices in a wider group, such as the category. */
export interface MarketPrior {
  readonly median: number;
  readonly mad: number;
}

const ENOUGH = 8;
/** Iglewicz and Hoaglin's constant: it makes the spread comparable with a standard deviation. */
const CONSISTENCY = 0.6745;
/** Prices that all agree still leave one percent of spread. */
const LEAST_SPREAD = Math.log(1.01);
/** From this on a price is an outlier (Iglewicz and Hoaglin). */
export const OUTLIER = 3.5;

function middle(values: readonly number[]): number {
  const ordered = [...values].sort((left, right) => left - right);
  const half = ordered.length >> 1;
  const upper = ordered[half] ?? 0;
  return ordered.length % 2 === 1 ? upper : ((ordered[half - 1] ?? upper) + upper) / 2;
}

/** Centre and spread of a group of prices; null for none. */
export function marketPrior(prices: readonly bigint[]): MarketPrior | null {
  const logs = prices.filter((price) => price > 0n).map((price) => Math.log(Number(price)));
  if (logs.length === 0) return null;
  const median = middle(logs);
  return { median, mad: middle(logs.map((log) => Math.abs(log - median))) };
}

/**
 * Where a price lies among what others ask for the same product. Evidence only: no law takes the market for a cap. With
 * fewer than eight observations centre and spread are drawn towards those of the wider group in the proportion that is
 * missing; null when there is no wider group then, or nothing to compare.
 */
export function marketPosition(
  price: bigint,
  others: readonly MarketPrice[],
  wider: MarketPrior | null,
): MarketPosition | null {
  const own = marketPrior(others.map((other) => other.price));
  if (price <= 0n || own === null) return null;
  const observations = others.filter((other) => other.price > 0n).length;
  const shrunk = observations < ENOUGH;
  if (shrunk && wider === null) return null;
  const weight = shrunk ? observations / ENOUGH : 1;
  const rest = wider ?? own;
  const median = weight * own.median + (1 - weight) * rest.median;
  const mad = Math.max(weight * own.mad + (1 - weight) * rest.mad, LEAST_SPREAD);
  return {
    score: (CONSISTENCY * (Math.log(Number(price)) - median)) / mad,
    median: BigInt(Math.round(Math.exp(median))),
    observations,
    shrunk,
    evidence: others.slice(0, 20).map(({ id }) => id),
  };
}

/** The score in hundredths, as signals carry it. */
export function scoreHundredths({ score }: MarketPosition): bigint {
  const limit = Number(WHOLE) * 100;
  return BigInt(Math.round(Math.max(-limit, Math.min(limit, score * 100))));
}
