import type { Claim, ListingSnapshot } from '../../domain/listing.ts';
import { reductionBps } from '../../domain/money.ts';
import { checkSum, type Offer, offersOf, sumOf } from './arithmetic.ts';
import { evidenceOf, type ReadText } from './texts.ts';

/** What an offer in words is held against. */
interface Fields {
  readonly claim: Claim | null;
  /** Prices that the listing may truly ask: its own, and what it comes to by its promotions. */
  readonly prices: readonly bigint[];
  readonly unit: bigint;
}

/** Percentages of words and of a field may both be rounded. */
const PERCENT_TOLERANCE_BPS = 100;

/**
 * Evidence of words that contradict the fields of a claim, or, with `claim` null, of the listing alone. Words of the
 * whole listing are held against a claim only where it is the only one.
 */
export function contradictions(
  listing: ListingSnapshot,
  texts: readonly ReadText[],
  index: number | null,
  prices: readonly bigint[],
  unit: bigint,
): string[] {
  const claim = index === null ? null : (listing.claims[index] ?? null);
  const evidence: string[] = [];
  for (const text of texts) {
    if (text.claim !== index && !(text.claim === null && listing.claims.length === 1)) continue;
    for (const offer of offersOf(text, listing.currency)) evidence.push(...against(offer, { claim, prices, unit }));
  }
  return evidence;
}

function against(offer: Offer, { claim, prices, unit }: Fields): string[] {
  const found: string[] = [];
  const { text, reference, sale, saving, percent } = offer;
  const apart = (left: bigint, right: bigint) => (left > right ? left - right : right - left) >= unit;
  if (sale !== null && !sale.upTo && prices.every((price) => apart(price, sale.amount.minor))) {
    found.push(evidenceOf(text, sale));
  }
  if (reference !== null && !reference.upTo) {
    const declared = claim !== null && claim.kind === reference.role ? claim.reference : null;
    if (declared !== null && apart(declared, reference.amount.minor)) found.push(evidenceOf(text, reference));
    if (sale === null && !offer.conditional && !agreesWith(offer, reference.amount.minor, prices, unit)) {
      found.push(evidenceOf(text, saving ?? percent ?? reference));
    }
  } else if (claim !== null && claim.reference !== null && !offer.conditional) {
    if (!agreesWith(offer, claim.reference, prices, unit)) found.push(...evidenceOfReduction(offer));
  }
  if (percent !== null && !percent.upTo && !offer.conditional && claim?.percentBps != null) {
    const tolerance = Math.max(percent.roundingBps, PERCENT_TOLERANCE_BPS);
    if (Math.abs(percent.bps - claim.percentBps) > tolerance) found.push(evidenceOf(text, percent));
  }
  return [...new Set(found)];
}

/** What the words say comes off leads from the reference to one of the prices. */
function agreesWith(offer: Offer, reference: bigint, prices: readonly bigint[], unit: bigint): boolean {
  const amount = { minor: reference, currency: '' };
  return prices.some((price) => {
    if (reductionBps(reference, price) === null) return false;
    return checkSum({ ...sumOf(offer, amount, price), unit }) === 'agrees';
  });
}

function evidenceOfReduction({ text, saving, percent }: Offer): string[] {
  return [saving, percent].flatMap((claim) => (claim === null || claim.upTo ? [] : [evidenceOf(text, claim)]));
}
