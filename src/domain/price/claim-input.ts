import type { Claim } from '../listing.ts';
import { exceedsReduction, WHOLE } from '../money.ts';
import type { Instant } from '../time.ts';
import type { ClaimFacts } from './facts.ts';
import type { PriceHistory } from './observation.ts';
import type {
  AuPricePolicy,
  CaPricePolicy,
  CnPricePolicy,
  EuPricePolicy,
  PricePolicy,
  UkPricePolicy,
  UsPricePolicy,
} from './policy.ts';
import type { Finding, FindingCode, PriceArticle, PriceVerdict } from './verdict.ts';

/** To whom the reduction is offered: everyone, members of a lasting loyalty programme, or one buyer. */
export type ClaimAudience = 'everyone' | 'loyalty' | 'individual';

/** One claim with all that is needed to judge it. Amounts are minor units of `currency`. */
export interface ClaimInput {
  readonly claim: Claim;
  readonly salePrice: bigint;
  /** Price on the home page or another prominent place; null when not known. */
  readonly headlinePrice: bigint | null;
  readonly currency: string;
  readonly history: PriceHistory;
  /** Only what was recorded by then counts. */
  readonly knownAt: Instant;
  readonly policy: PricePolicy;
  readonly perishable: boolean;
  /** The reduction is announced to buyers, be it by a price, a percentage or words. */
  readonly announced: boolean;
  readonly audience: ClaimAudience;
  /** What the merchant or a checker stated beside the records; absent: nothing. */
  readonly facts?: ClaimFacts;
}

export type CnClaimInput = ClaimInput & { readonly policy: CnPricePolicy };
export type EuClaimInput = ClaimInput & { readonly policy: EuPricePolicy };
export type UkClaimInput = ClaimInput & { readonly policy: UkPricePolicy };
export type UsClaimInput = ClaimInput & { readonly policy: UsPricePolicy };
export type CaClaimInput = ClaimInput & { readonly policy: CaPricePolicy };
export type AuClaimInput = ClaimInput & { readonly policy: AuPricePolicy };

export function finding(
  code: FindingCode,
  article: PriceArticle | null = null,
  evidence: readonly string[] = [],
): Finding {
  return { code, article, evidence };
}

/** A verdict with everything that is not given left empty. */
export function verdictOf(
  policy: { readonly id: string; readonly version: number } | null,
  parts: Pick<PriceVerdict, 'verdict'> & Partial<PriceVerdict>,
): PriceVerdict {
  return {
    cap: null,
    capIsBound: false,
    basis: null,
    article: null,
    evidence: [],
    mitigations: [],
    findings: [],
    measures: [],
    need: null,
    policy: policy === null ? null : { id: policy.id, version: policy.version },
    ...parts,
  };
}

/**
 * Whether the claim compares with a price above `cap`, by the shown reference or, where only a percentage is shown, by
 * the price that it implies. Equal is not above. The percentage has the policy's tolerance for rounding.
 */
export function impliesAbove(input: ClaimInput, cap: bigint): boolean {
  const { reference, percentBps } = input.claim;
  if (reference !== null) return reference > cap;
  if (percentBps === null) return false;
  return exceedsReduction(BigInt(percentBps), cap, input.salePrice, input.policy.percentToleranceBps);
}

/**
 * The reference that the claim rests on: the shown one or, where only a percentage is shown, the lowest that makes it
 * true within the policy's tolerance. Null when neither is shown, or the percentage leaves no such price.
 */
export function impliedReference(input: ClaimInput): bigint | null {
  const { reference, percentBps } = input.claim;
  if (reference !== null || percentBps === null) return reference;
  const left = WHOLE - BigInt(percentBps) + input.policy.percentToleranceBps;
  return left <= 0n ? null : (input.salePrice * WHOLE + left - 1n) / left;
}
