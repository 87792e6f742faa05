import type { Claim, ListingSnapshot } from '../../domain/listing.ts';
import type { ClaimInput } from '../../domain/price/claim-input.ts';
import { seriesOf, UNKNOWN_HISTORY } from '../../domain/price/history.ts';
import { judgeOn, withoutPolicy } from '../../domain/price/judge.ts';
import type { PriceHistory } from '../../domain/price/observation.ts';
import {
  isPerishable,
  longestWindowDays,
  type PricePolicy,
  type PricePolicySet,
  policyInForce,
} from '../../domain/price/policy.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import type { SignalValue } from '../../domain/signal.ts';
import { DAY, type Instant, type Window } from '../../domain/time.ts';
import { claimSignals, isAnnounced } from './claim-signals.ts';
import { historySignals, noHistorySignals, verdictSignals } from './history-signals.ts';
import { listingSignals } from './listing-signals.ts';
import { patternSignals } from './pattern-signals.ts';

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

function claimInput(input: PriceSignalInput, claim: Claim, policy: PricePolicy): ClaimInput {
  const { listing } = input;
  return {
    claim,
    salePrice: salePriceOf(listing, claim),
    headlinePrice: listing.headlinePrice,
    currency: listing.currency,
    history: input.history ?? UNKNOWN_HISTORY,
    knownAt: input.now,
    policy,
    perishable: isPerishable(policy, listing.category),
    announced: isAnnounced(claim),
    audience: 'everyone',
  };
}

interface Judged {
  readonly verdict: PriceVerdict;
  readonly history: Readonly<Record<string, SignalValue>>;
  readonly patterns: Readonly<Record<string, SignalValue>>;
}

function judge(input: PriceSignalInput, claim: Claim): Judged {
  const historyRead = input.history !== null;
  const lookup = policyInForce(input.policies, input.listing.jurisdiction, claim.startsAt);
  if (lookup.status !== 'in_force') {
    return { verdict: withoutPolicy(lookup), history: noHistorySignals(historyRead), patterns: {} };
  }
  const one = claimInput(input, claim, lookup.policy);
  const series = seriesOf(one);
  return {
    verdict: judgeOn(one, series),
    history: historyRead ? historySignals(one, series) : noHistorySignals(historyRead),
    patterns: historyRead ? patternSignals(one, series) : {},
  };
}

/**
 * Every price signal of a listing and of each of its claims, with the verdicts they rest on. Pure; the time taken
 * grows with the observations passed in, which the caller limits to `priceHistoryWindow`.
 */
export function priceSignals(input: PriceSignalInput): PriceSignals {
  const claims: Record<string, SignalValue>[] = [];
  const verdicts: PriceVerdict[] = [];
  for (const claim of input.listing.claims) {
    const { verdict, history, patterns } = judge(input, claim);
    const salePrice = salePriceOf(input.listing, claim);
    verdicts.push(verdict);
    const signals: Record<string, SignalValue> = {};
    // Spreading records of this width costs ten times as much.
    Object.assign(
      signals,
      claimSignals(claim, salePrice),
      verdictSignals(claim, salePrice, verdict, input.history !== null),
      history,
      patterns,
    );
    claims.push(signals);
  }
  return { listing: listingSignals(input.listing), claims, verdicts };
}

/** The span of history that the listing's claims are judged by; null when no claim needs any. */
export function priceHistoryWindow(listing: ListingSnapshot, policies: PricePolicySet, now: Instant): Window | null {
  let from: Instant | null = null;
  for (const claim of listing.claims) {
    const lookup = policyInForce(policies, listing.jurisdiction, claim.startsAt);
    if (lookup.status !== 'in_force') continue;
    const start = Math.min(claim.startsAt, claim.campaignStartsAt ?? claim.startsAt);
    const begins = start - (longestWindowDays(lookup.policy) + 1) * DAY;
    if (from === null || begins < from) from = begins;
  }
  return from === null || from > now ? null : { from, to: now };
}
