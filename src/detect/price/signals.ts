import type { Claim, ListingSnapshot } from '../../domain/listing.ts';
import type { ClaimInput } from '../../domain/price/claim-input.ts';
import { UNKNOWN_HISTORY } from '../../domain/price/history.ts';
import { judgeClaim, withoutPolicy } from '../../domain/price/judge.ts';
import type { PriceHistory } from '../../domain/price/observation.ts';
import { isPerishable, type PolicyLookup, type PricePolicySet, policyInForce } from '../../domain/price/policy.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import type { SignalValue } from '../../domain/signal.ts';
import type { Instant } from '../../domain/time.ts';
import { claimSignals, isAnnounced } from './claim-signals.ts';
import { historySignals, verdictSignals } from './history-signals.ts';
import { listingSignals } from './listing-signals.ts';

export interface PriceSignalInput {
  readonly listing: ListingSnapshot;
  /** Null when the store did not answer: every signal that rests on history is then unknown. */
  readonly history: PriceHistory | null;
  readonly policies: PricePolicySet;
  /** Only what was recorded by then counts. */
  readonly now: Instant;
}

export interface PriceSignals {
  readonly listing: Readonly<Record<string, SignalValue>>;
  /** One record per claim of the listing, in its order. */
  readonly claims: readonly Readonly<Record<string, SignalValue>>[];
  /** One verdict per claim of the listing, in its order. */
  readonly verdicts: readonly PriceVerdict[];
}

function salePriceOf(listing: ListingSnapshot, claim: Claim): bigint {
  if (claim.sku === null) return listing.price;
  return listing.variants.find((variant) => variant.sku === claim.sku)?.price ?? listing.price;
}

function claimInput(input: PriceSignalInput, claim: Claim, lookup: PolicyLookup): ClaimInput | null {
  if (lookup.status !== 'in_force') return null;
  const { listing } = input;
  return {
    claim,
    salePrice: salePriceOf(listing, claim),
    headlinePrice: listing.headlinePrice,
    currency: listing.currency,
    history: input.history ?? UNKNOWN_HISTORY,
    knownAt: input.now,
    policy: lookup.policy,
    perishable: isPerishable(lookup.policy, listing.category),
    announced: isAnnounced(claim),
    audience: 'everyone',
  };
}

/**
 * Every price signal of a listing and of each of its claims, with the verdicts they rest on. Pure; the time taken
 * grows with the observations passed in, which the caller limits to the policies' look-back.
 */
export function priceSignals(input: PriceSignalInput): PriceSignals {
  const claims: Record<string, SignalValue>[] = [];
  const verdicts: PriceVerdict[] = [];
  for (const claim of input.listing.claims) {
    const lookup = policyInForce(input.policies, input.listing.jurisdiction, claim.startsAt);
    const judged = claimInput(input, claim, lookup);
    const verdict = judged === null ? withoutPolicy(lookup) : judgeClaim(judged);
    const salePrice = salePriceOf(input.listing, claim);
    verdicts.push(verdict);
    claims.push({
      ...claimSignals(claim, salePrice),
      ...verdictSignals(claim, salePrice, verdict, input.history !== null),
      ...historySignals(judged, input.history),
    });
  }
  return { listing: listingSignals(input.listing), claims, verdicts };
}
