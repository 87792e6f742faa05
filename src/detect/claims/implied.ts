import type { ClaimKind, ListingSnapshot } from '../../domain/listing.ts';
import { divideHalfEven, WHOLE } from '../../domain/money.ts';
import { type Offer, offersOf } from './arithmetic.ts';
import type { TextClaim } from './text-claim.ts';
import { evidenceOf, type ReadText } from './texts.ts';

/** A comparison that words make, as far as they state it. */
export interface ImpliedClaim {
  readonly kind: ClaimKind;
  /** Minor units of the listing's currency. */
  readonly reference: bigint;
  /** Basis points; null when the words give no rate. */
  readonly percentBps: number | null;
  /** The words name the reference themselves, or it follows from what they say comes off. */
  readonly from: 'stated' | 'saving' | 'percent';
  readonly evidence: readonly string[];
}

/**
 * The comparisons that the texts make, whether or not the listing declares them: 原价199, and what 直降100 or 5折 imply
 * about the price before (sale + 100; sale / 0.5). "Up to" and conditions imply nothing for this listing. A listing
 * of several prices implies none, because the words do not say for which variant.
 */
export function impliedClaims(listing: ListingSnapshot, texts: readonly ReadText[]): ImpliedClaim[] {
  return texts.flatMap((text) =>
    offersOf(text, listing.currency).flatMap((offer) => impliedBy(offer, singlePrice(listing)) ?? []),
  );
}

/** The listing's price where all variants share it; null where they differ. */
export function singlePrice({ price, variants }: ListingSnapshot): bigint | null {
  for (const variant of variants) if (variant.price !== price) return null;
  return price;
}

function impliedBy(offer: Offer, price: bigint | null): ImpliedClaim | null {
  const { text, reference, sale, saving, percent, conditional } = offer;
  const used = [reference, sale, saving, percent].filter((claim) => claim !== null);
  const head = { percentBps: percent?.bps ?? null, evidence: used.map((claim: TextClaim) => evidenceOf(text, claim)) };
  if (reference !== null && !reference.upTo) {
    return { ...head, kind: reference.role, reference: reference.amount.minor, from: 'stated' };
  }
  const asked = sale === null || sale.upTo ? price : sale.amount.minor;
  if (asked === null || conditional) return null;
  if (saving !== null && !saving.upTo) {
    return { ...head, kind: 'own', reference: asked + saving.amount.minor, from: 'saving' };
  }
  if (percent === null || percent.upTo || BigInt(percent.bps) >= WHOLE) return null;
  const before = divideHalfEven(asked * WHOLE, WHOLE - BigInt(percent.bps));
  return { ...head, kind: 'own', reference: before, from: 'percent' };
}
