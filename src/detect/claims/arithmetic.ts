import { WHOLE } from '../../domain/money.ts';
import type { PercentText, ReferenceText, SaleText, SavingText, TextAmount, TextClaim } from './text-claim.ts';
import type { ReadText } from './texts.ts';

/** Figures of one offer: claims that stand close together in a text, at most one of each kind. */
export interface Offer {
  readonly text: ReadText;
  readonly reference: ReferenceText | null;
  readonly sale: SaleText | null;
  readonly saving: SavingText | null;
  readonly percent: PercentText | null;
  /** Conditions stand among the figures (满减, 第二件半价, 定金). */
  readonly conditional: boolean;
}

interface OpenOffer {
  readonly text: ReadText;
  reference: ReferenceText | null;
  sale: SaleText | null;
  saving: SavingText | null;
  percent: PercentText | null;
  conditional: boolean;
}

/** Figures further apart than this speak of different offers. */
const MOST_APART = 40;

/** The offers of a text, in its order. Figures of other currencies than the listing's are left out. */
export function offersOf(text: ReadText, currency: string): Offer[] {
  const offers: Offer[] = [];
  let open: OpenOffer | null = null;
  let last = 0;
  for (const claim of text.claims) {
    if (!belongs(claim, currency)) continue;
    if (open === null || !continues(open, claim, text.text, last)) {
      open = { text, reference: null, sale: null, saving: null, percent: null, conditional: false };
      offers.push(open);
    }
    put(open, claim);
    last = claim.end;
  }
  return offers;
}

function belongs(claim: TextClaim, currency: string): boolean {
  switch (claim.kind) {
    case 'reference':
    case 'sale':
    case 'saving':
      return claim.amount.currency === currency;
    case 'percent':
    case 'threshold':
    case 'nth_piece':
    case 'deposit':
    case 'bundle':
      return true;
    default:
      return false;
  }
}

function continues(offer: OpenOffer, claim: TextClaim, text: string, last: number): boolean {
  if (claim.start - last > MOST_APART || text.slice(last, claim.start).includes('\n')) return false;
  switch (claim.kind) {
    case 'reference':
      return offer.reference === null;
    case 'sale':
      return offer.sale === null;
    case 'saving':
      return offer.saving === null;
    case 'percent':
      return offer.percent === null;
    default:
      return true;
  }
}

function put(offer: OpenOffer, claim: TextClaim): void {
  switch (claim.kind) {
    case 'reference':
      offer.reference = claim;
      break;
    case 'sale':
      offer.sale = claim;
      break;
    case 'saving':
      offer.saving = claim;
      break;
    case 'percent':
      offer.percent = claim;
      break;
    default:
      offer.conditional = true;
  }
}

/** The amounts of one reduction; what is absent was not stated. */
export interface Sum {
  readonly reference: bigint;
  readonly sale: bigint;
  readonly saving: bigint | null;
  /** Basis points, and by how many it may be rounded. */
  readonly percent: { readonly bps: number; readonly roundingBps: number } | null;
  /** Differences below this are rounding (one major unit). */
  readonly unit: bigint;
}

/** `overstated`: more is claimed to come off than does. */
export type SumFinding = 'agrees' | 'understated' | 'overstated';

/**
 * Whether what is said to come off is what lies between reference and sale. Saving and rate may both be right, or apply
 * one after the other (5折后再减10).
 */
export function checkSum(sum: Sum): SumFinding {
  const { reference, sale, saving, percent, unit } = sum;
  if (sale > reference) return 'overstated';
  if (saving !== null && percent !== null && appliesInTurn(sum, saving, percent.bps)) return 'agrees';
  const findings: SumFinding[] = [];
  if (saving !== null) findings.push(compared(saving - (reference - sale), unit));
  if (percent !== null) {
    const claimed = (reference * BigInt(percent.bps)) / WHOLE;
    const rounding = (reference * BigInt(percent.roundingBps)) / WHOLE;
    findings.push(compared(claimed - (reference - sale), unit + rounding));
  }
  if (findings.includes('overstated')) return 'overstated';
  return findings.includes('understated') ? 'understated' : 'agrees';
}

function appliesInTurn({ reference, sale, unit }: Sum, saving: bigint, bps: number): boolean {
  const left = WHOLE - BigInt(bps);
  const inTurn = [(reference * left) / WHOLE - saving, ((reference - saving) * left) / WHOLE];
  return inTurn.some((amount) => compared(amount - sale, unit) === 'agrees');
}

/** `difference` is how much more is claimed than is true. */
function compared(difference: bigint, tolerance: bigint): SumFinding {
  if (difference >= tolerance) return 'overstated';
  return difference <= -tolerance ? 'understated' : 'agrees';
}

/** The offer against itself; null when it states too little to be checked. */
export function checkOffer(offer: Offer, unit: bigint): SumFinding | null {
  const { reference, sale } = offer;
  if (reference === null || sale === null || reference.upTo || sale.upTo) return null;
  if (offer.conditional || (sale.afterLayers && isPlain(offer)))
    return sale.amount.minor > reference.amount.minor ? 'overstated' : null;
  return checkSum({ ...sumOf(offer, reference.amount, sale.amount.minor), unit });
}

function isPlain({ saving, percent }: Offer): boolean {
  return saving === null && percent === null;
}

/** The offer's figures with a sale price; figures of "up to" are no figures of this listing. */
export function sumOf({ saving, percent }: Offer, reference: TextAmount, sale: bigint): Omit<Sum, 'unit'> {
  return {
    reference: reference.minor,
    sale,
    saving: saving === null || saving.upTo ? null : saving.amount.minor,
    percent: percent === null || percent.upTo ? null : percent,
  };
}

/** A claim that cannot hold, whatever the prices: over 100% off, 满100减200, a deposit that is worth less than it costs. */
export function isImpossible(claim: TextClaim): boolean {
  switch (claim.kind) {
    case 'percent':
      return BigInt(claim.bps) > WHOLE;
    case 'threshold':
      return (
        claim.threshold !== null &&
        claim.off !== null &&
        claim.threshold.currency === claim.off.currency &&
        claim.off.minor > claim.threshold.minor
      );
    case 'deposit':
      return claim.deposit.currency === claim.offsets.currency && claim.offsets.minor < claim.deposit.minor;
    default:
      return false;
  }
}
