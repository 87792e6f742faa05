import { judgeAu } from './au.ts';
import { judgeCa } from './ca.ts';
import type { ClaimInput } from './claim-input.ts';
import { finding, verdictOf } from './claim-input.ts';
import { judgeCn } from './cn.ts';
import { judgeEu } from './eu.ts';
import { type PriceSeries, seriesOf } from './history.ts';
import { type PolicyLookup, type PricePolicySet, policyInForce } from './policy.ts';
import { judgeUk } from './uk.ts';
import { judgeUs } from './us.ts';
import type { PriceVerdict, VerdictKind } from './verdict.ts';

function judgeSeries(input: ClaimInput, series: PriceSeries): PriceVerdict {
  const { policy } = input;
  switch (policy.law) {
    case 'CN':
      return judgeCn({ ...input, policy }, series);
    case 'EU':
      return judgeEu({ ...input, policy }, series);
    case 'UK':
      return judgeUk({ ...input, policy }, series);
    case 'US':
      return judgeUs({ ...input, policy }, series);
    case 'CA':
      return judgeCa({ ...input, policy }, series);
    case 'AU':
      return judgeAu({ ...input, policy }, series);
  }
}

const SEVERITY: readonly VerdictKind[] = ['out_of_scope', 'ok', 'insufficient_history', 'review', 'violation'];

function isLower(left: PriceVerdict, right: PriceVerdict): boolean {
  return left.cap !== null && (right.cap === null || left.cap < right.cap);
}

/** The verdict of one variant with the lowest cap of all; the true one may be lower where a variant's is not known. */
function withLowestCap(verdict: PriceVerdict, all: readonly PriceVerdict[]): PriceVerdict {
  if (verdict.cap === null) return verdict;
  const lowest = all.reduce((left, right) => (isLower(right, left) ? right : left), verdict);
  const capIsBound = lowest.capIsBound || all.some(({ cap }) => cap === null);
  if (lowest === verdict) return { ...verdict, capIsBound };
  const evidence = [...new Set([...verdict.evidence, ...lowest.evidence])];
  return { ...verdict, cap: lowest.cap, basis: lowest.basis, capIsBound, evidence };
}

/**
 * A claim that does not say which variant it means must be true of every one, so its cap is the lowest. It is a
 * violation when it is false of each; when it is false of some it is for a person, because it may have been meant of
 * the others.
 */
function combine(verdicts: readonly PriceVerdict[]): PriceVerdict {
  const worst = verdicts.reduce((left, right) => {
    const difference = SEVERITY.indexOf(right.verdict) - SEVERITY.indexOf(left.verdict);
    return difference > 0 || (difference === 0 && isLower(right, left)) ? right : left;
  });
  if (verdicts.length === 1) return worst;
  const capped = withLowestCap(worst, verdicts);
  if (worst.verdict !== 'violation' || verdicts.every((verdict) => verdict.verdict === 'violation')) return capped;
  return { ...capped, verdict: 'review', findings: [...capped.findings, finding('variants_disagree')] };
}

/**
 * Judges one claim on a price reduction or comparison under the policy, from what was recorded by `knownAt`.
 * Deterministic; never convicts for want of records.
 */
export function judgeClaim(input: ClaimInput): PriceVerdict {
  return judgeOn(input, seriesOf(input));
}

/** As `judgeClaim`, for a caller that needs the claim's series as well. */
export function judgeOn(input: ClaimInput, series: readonly PriceSeries[]): PriceVerdict {
  const other = input.facts?.referenceCurrency;
  if (other !== undefined && other !== input.currency) {
    return verdictOf(input.policy, { verdict: 'review', findings: [finding('reference_currency_differs')] });
  }
  return combine(series.map((one) => judgeSeries(input, one)));
}

/** Judges under the version in force when the claim began; where there is none the verdict says so. */
export function judgeUnder(
  policies: PricePolicySet,
  jurisdiction: string,
  input: Omit<ClaimInput, 'policy'>,
): PriceVerdict {
  const lookup = policyInForce(policies, jurisdiction, input.claim.startsAt);
  return lookup.status === 'in_force' ? judgeClaim({ ...input, policy: lookup.policy }) : withoutPolicy(lookup);
}

/** The verdict where no policy applies: out of scope before the law, a person's business where we have no law. */
export function withoutPolicy(lookup: Exclude<PolicyLookup, { readonly status: 'in_force' }>): PriceVerdict {
  return lookup.status === 'unsupported'
    ? verdictOf(null, { verdict: 'review', findings: [finding('law_not_supported')] })
    : verdictOf(null, { verdict: 'out_of_scope', findings: [finding('law_not_in_force')] });
}
