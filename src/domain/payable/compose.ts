import type { Promotion } from '../listing.ts';
import { bps, divideHalfEven, WHOLE } from '../money.ts';
import type { PayablePolicy, PayableStage } from './policy.ts';

/** Who buys how much: the promotions of these audiences are open to the buyer. */
export interface Purchase {
  readonly audiences: ReadonlySet<string>;
  readonly quantity: number;
}

/** What one purchase comes to. Amounts are minor units, for the whole purchase unless said otherwise. */
export interface Composition {
  readonly quantity: number;
  /** Paid with the order. */
  readonly paid: bigint;
  /** `paid` per piece, rounded up: nobody pays less. */
  readonly unitPaid: bigint;
  /** Paid back to the buyer later. */
  readonly rebate: bigint;
  /** Per piece, after what is paid back later. */
  readonly unitNet: bigint;
  /** Part of the reductions that the platform bears: what the shop receives is `paid + subsidy`. */
  readonly subsidy: bigint;
  /** Indices of the promotions that took part, ascending. */
  readonly applied: readonly number[];
}

/** The combination takes off more than the price. */
export interface BelowZero {
  readonly belowZero: readonly number[];
}

interface Cart {
  readonly list: bigint;
  readonly unit: bigint;
  readonly quantity: number;
  remaining: bigint;
  rebate: bigint;
  subsidy: bigint;
  readonly applied: number[];
}

/** A promotion that may apply, with its place among the listing's. */
export interface Layer {
  readonly index: number;
  readonly promotion: Promotion;
  readonly stage: PayableStage;
}

/** The layers of the promotions in the order in which they come off; kinds that no stage names are left out. */
export function layersOf(promotions: readonly Promotion[], policy: PayablePolicy): Layer[] {
  const layers: Layer[] = [];
  for (const stage of policy.stages) {
    promotions.forEach((promotion, index) => {
      if (stage.kinds.includes(promotion.kind)) layers.push({ index, promotion, stage });
    });
  }
  return layers;
}

/**
 * What a purchase comes to when every open layer is used as far as the terms let it, stage by stage. Within a stage
 * either all that stack or the best single one applies, whichever takes off more. Never negative: a combination that
 * would be is `BelowZero`.
 */
export function composePurchase(
  price: bigint,
  layers: readonly Layer[],
  policy: PayablePolicy,
  purchase: Purchase,
): Composition | BelowZero {
  const list = price * BigInt(purchase.quantity);
  const cart: Cart = {
    list,
    unit: price,
    quantity: purchase.quantity,
    remaining: list,
    rebate: 0n,
    subsidy: 0n,
    applied: [],
  };
  const ids = new Set<string>();
  for (const stage of policy.stages) {
    const open = layers.filter((layer) => layer.stage === stage && isOpen(layer, purchase, ids, cart, layers));
    const used = bestOf(open, cart, stage);
    if (used.length === 0) continue;
    for (const { layer, off } of used) {
      take(cart, layer, off);
      if (layer.promotion.id != null) ids.add(layer.promotion.id);
    }
    if (cart.remaining - cart.rebate < 0n) return { belowZero: [...cart.applied].sort(ascending) };
  }
  return finish(cart);
}

interface Used {
  readonly layer: Layer;
  readonly off: bigint;
}

function isOpen(
  { promotion }: Layer,
  { audiences }: Purchase,
  ids: ReadonlySet<string>,
  cart: Cart,
  layers: readonly Layer[],
): boolean {
  if (!audiences.has(promotion.audience)) return false;
  if ((promotion.requires ?? []).some((id) => !ids.has(id))) return false;
  if ((promotion.excludes ?? []).some((id) => ids.has(id))) return false;
  const { id } = promotion;
  if (id == null) return true;
  return !layers.some((layer) => cart.applied.includes(layer.index) && (layer.promotion.excludes ?? []).includes(id));
}

function bestOf(open: readonly Layer[], cart: Cart, stage: PayableStage): Used[] {
  let best: Used | null = null;
  const together: Used[] = [];
  let sum = 0n;
  for (const layer of open) {
    const off = reductionOf(layer.promotion, cart, stage, sum);
    if (off <= 0n) continue;
    if (layer.promotion.stacks && !together.some((used) => areExclusive(used.layer, layer))) {
      together.push({ layer, off });
      sum += off;
    }
    const alone = reductionOf(layer.promotion, cart, stage, 0n);
    if (best === null || alone > best.off) best = { layer, off: alone };
  }
  if (best === null) return [];
  return sum >= best.off ? together : [best];
}

function areExclusive({ promotion: one }: Layer, { promotion: other }: Layer): boolean {
  return excludes(one, other) || excludes(other, one);
}

function excludes({ excludes: ids }: Promotion, { id }: Promotion): boolean {
  return id != null && (ids ?? []).includes(id);
}

/** What a promotion takes off the cart, after `sum` was taken off within the same stage; 0 when its terms are not met. */
function reductionOf(promotion: Promotion, cart: Cart, stage: PayableStage, sum: bigint): bigint {
  const remaining = cart.remaining - sum;
  const compared = stage.thresholdOf === 'list' ? cart.list : cart.remaining;
  const { threshold, quantity, freeQuantity, percentBps, maximum, repeats, deposit, amount } = promotion;
  if (threshold !== null && compared < threshold) return 0n;
  if (quantity != null && cart.quantity < quantity) return 0n;
  if (freeQuantity != null && quantity != null) {
    return cart.unit * BigInt(freeQuantity) * BigInt(Math.floor(cart.quantity / quantity));
  }
  const times = repeats && threshold !== null && threshold > 0n ? compared / threshold : 1n;
  if (deposit != null) return amount - deposit;
  if (percentBps == null) return amount * times;
  // A rate on the n-th piece is on one piece; the buyer's fraction of a minor unit is not taken off.
  const base = promotion.kind === 'nth_piece' ? cart.unit : remaining;
  const off = base - bpsUp(base, WHOLE - BigInt(percentBps));
  return maximum != null && off > maximum ? maximum : off;
}

function bpsUp(amount: bigint, rate: bigint): bigint {
  return (amount * rate + WHOLE - 1n) / WHOLE;
}

function take(cart: Cart, { index, promotion, stage }: Layer, off: bigint): void {
  if (stage.settles === 'later') cart.rebate += off;
  else cart.remaining -= off;
  const share = promotion.platformShareBps ?? (stage.platformFunded ? Number(WHOLE) : 0);
  cart.subsidy += bps(off, BigInt(share));
  cart.applied.push(index);
}

function finish({ quantity, remaining, rebate, subsidy, applied }: Cart): Composition {
  const pieces = BigInt(quantity);
  return {
    quantity,
    paid: remaining,
    unitPaid: divideUp(remaining, pieces),
    rebate,
    unitNet: divideUp(remaining - rebate, pieces),
    subsidy,
    applied: [...applied].sort(ascending),
  };
}

function divideUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}

function ascending(left: number, right: number): number {
  return left - right;
}

/** The share of buyers in all of the audiences, taken as independent, in basis points. */
export function reachOf(audiences: Iterable<string>, policy: PayablePolicy): bigint {
  let reach = WHOLE;
  for (const audience of audiences) {
    const share = policy.audiences[audience] ?? policy.otherAudienceBps;
    reach = divideHalfEven(reach * BigInt(share), WHOLE);
  }
  return reach;
}
