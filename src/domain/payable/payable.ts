import type { Promotion } from '../listing.ts';
import { WHOLE } from '../money.ts';
import type { Instant } from '../time.ts';
import { type Composition, composePurchase, type Layer, layersOf, reachOf } from './compose.ts';
import { faultyPromotions, type Refusal } from './conditions.ts';
import type { PayablePolicy } from './policy.ts';

export interface PayableInput {
  /** Minor units, above zero. */
  readonly price: bigint;
  readonly promotions: readonly Promotion[];
  /** Promotions that do not run then are left out. */
  readonly at: Instant;
  readonly policy: PayablePolicy;
}

/** A payable price with the conditions under which it is reached. */
export interface PayablePrice extends Composition {
  /** Audiences that the buyer must belong to, beyond everyone. */
  readonly audiences: readonly string[];
  /** Share of buyers who can reach it, in basis points. */
  readonly reachBps: bigint;
}

export interface Payable {
  /** The least that some buyer pays for a piece, all layers and later rebates counted. */
  readonly lowest: PayablePrice;
  /** What a buyer of one piece pays who belongs to no special audience. */
  readonly typical: PayablePrice;
  /** The least that is open to everyone through the layers that count for a claim, in an ordinary purchase. */
  readonly claimable: PayablePrice;
  readonly refusals: readonly Refusal[];
  /** Kinds that no stage of the policy names; their effect is not known. */
  readonly unreadKinds: readonly string[];
  /** What gifts are said to be worth in all. */
  readonly giftValue: bigint;
  /** Every way to buy that was composed, those that more buyers can take first. */
  readonly ways: readonly PayablePrice[];
}

/** The audience that everyone belongs to. */
const EVERYONE = 'public';
/** Ways to buy are composed for this many audiences and quantities at most. */
const MOST_AUDIENCES = 4;
const MOST_QUANTITIES = 6;
const MOST_PIECES = 99;

/**
 * What buyers really pay, by who they are and how much they buy. Pure; never a negative price. Promotions whose terms
 * cannot hold, and combinations below zero, are named in `refusals` and not counted.
 */
export function payableOf(input: PayableInput): Payable {
  const { policy, price } = input;
  const refusals = faultyPromotions(input.promotions);
  const faulty = new Set(refusals.flatMap(({ promotions }) => promotions));
  const layers = layersOf(input.promotions, policy).filter(
    ({ index, promotion }) => !faulty.has(index) && runsAt(promotion, input.at),
  );
  const quantities = quantitiesFor(layers, price);
  const ways: PayablePrice[] = [];
  const belowZero = new Map<string, Refusal>();
  for (const audiences of audienceSets(layers)) {
    const reachBps = reachOf(audiences, policy);
    const open = new Set([EVERYONE, ...audiences]);
    for (const quantity of quantities) {
      const composed = composePurchase(price, layers, policy, { audiences: open, quantity });
      if ('belowZero' in composed) {
        belowZero.set(composed.belowZero.join(), { code: 'below_zero', promotions: composed.belowZero });
      } else ways.push({ ...composed, audiences, reachBps });
    }
  }
  ways.sort((left, right) => Number(right.reachBps - left.reachBps) || left.quantity - right.quantity);
  const plain = listPrice(price);
  return {
    lowest: least(ways, plain, ({ unitNet }) => unitNet),
    typical: ways.find((way) => way.audiences.length === 0 && way.quantity === 1) ?? plain,
    claimable: claimableOf(input, layers, quantities, plain),
    refusals: [...refusals, ...belowZero.values()],
    unreadKinds: unreadKinds(input.promotions, policy),
    giftValue: input.promotions.reduce((sum, { giftValue }) => sum + (giftValue ?? 0n), 0n),
    ways,
  };
}

/** The share of buyers who pay at most `headline` for a piece, with how; null when nobody does. */
export function reachOfHeadline(
  { ways, typical }: Payable,
  headline: bigint,
  policy: PayablePolicy,
): PayablePrice | null {
  if (typical.unitNet <= headline) return typical;
  return (
    ways.find((way) => way.unitNet <= headline && way.quantity <= policy.ordinaryQuantity) ??
    ways.find((way) => way.unitNet <= headline) ??
    null
  );
}

function runsAt({ startsAt, endsAt }: Promotion, at: Instant): boolean {
  return (startsAt == null || startsAt <= at) && (endsAt == null || at < endsAt);
}

function listPrice(price: bigint): PayablePrice {
  return {
    quantity: 1,
    paid: price,
    unitPaid: price,
    rebate: 0n,
    unitNet: price,
    subsidy: 0n,
    applied: [],
    audiences: [],
    reachBps: WHOLE,
  };
}

function least(
  ways: readonly PayablePrice[],
  plain: PayablePrice,
  priceOf: (way: PayablePrice) => bigint,
): PayablePrice {
  let best = plain;
  for (const way of ways) if (priceOf(way) < priceOf(best)) best = way;
  return best;
}

function claimableOf(
  { price, policy }: PayableInput,
  layers: readonly Layer[],
  quantities: readonly number[],
  plain: PayablePrice,
): PayablePrice {
  const counted = layers.filter(({ stage }) => stage.countsForClaim);
  const everyone = new Set([EVERYONE]);
  const ways = quantities
    .filter((quantity) => quantity <= policy.ordinaryQuantity)
    .flatMap((quantity): PayablePrice[] => {
      const composed = composePurchase(price, counted, policy, { audiences: everyone, quantity });
      return 'belowZero' in composed ? [] : [{ ...composed, audiences: [], reachBps: WHOLE }];
    });
  return least(ways, plain, ({ unitPaid }) => unitPaid);
}

/** One piece, and the numbers of pieces at which some promotion begins to apply. */
function quantitiesFor(layers: readonly Layer[], price: bigint): number[] {
  const quantities = new Set([1]);
  for (const { promotion } of layers) {
    const { quantity, threshold } = promotion;
    if (quantity != null) quantities.add(quantity);
    if (threshold !== null && threshold > price) quantities.add(Number((threshold + price - 1n) / price));
  }
  return [...quantities]
    .filter((quantity) => quantity <= MOST_PIECES)
    .sort((left, right) => left - right)
    .slice(0, MOST_QUANTITIES);
}

/** Every combination of the special audiences; beyond a few, each alone and all together. */
function audienceSets(layers: readonly Layer[]): string[][] {
  const special = [...new Set(layers.map(({ promotion }) => promotion.audience))]
    .filter((audience) => audience !== EVERYONE)
    .sort();
  if (special.length > MOST_AUDIENCES) return [[], ...special.map((audience) => [audience]), special];
  let sets: string[][] = [[]];
  for (const audience of special) sets = [...sets, ...sets.map((set) => [...set, audience])];
  return sets;
}

function unreadKinds(promotions: readonly Promotion[], policy: PayablePolicy): string[] {
  const read = new Set(policy.stages.flatMap(({ kinds }) => kinds));
  return [...new Set(promotions.map(({ kind }) => kind).filter((kind) => !read.has(kind)))].sort();
}
