import { exceedsReduction } from '../money.ts';
import { minusCalendarDays } from '../time-zone.ts';
import type { EuClaimInput } from './claim-input.ts';
import { finding, verdictOf } from './claim-input.ts';
import type { PriceSeries } from './history.ts';
import { type PriorPrice, priorPrice } from './prior-price.ts';
import type { Finding, FindingCode, PriceArticle, PriceVerdict } from './verdict.ts';

function outOfScope(input: EuClaimInput, code: FindingCode, article: PriceArticle | null): PriceVerdict {
  return verdictOf(input.policy, { verdict: 'out_of_scope', article, findings: [finding(code, article)] });
}

/** What art. 6a does not reach; the rules on unfair practices still apply to it. */
function scopeOf(input: EuClaimInput): PriceVerdict | null {
  const { kind, basis } = input.claim;
  if (!input.announced) return outOfScope(input, 'not_announced', 'EU-98-6-6a-1');
  if (input.audience !== 'everyone') return outOfScope(input, 'not_general', 'EU-98-6-6a-1');
  if (kind === 'market' || kind === 'competitor' || (kind === 'msrp' && basis.labelledMsrp === true)) {
    return outOfScope(input, 'not_own_prior_price', 'EU-98-6-6a-1');
  }
  if (input.perishable && input.policy.perishable === 'exempt') {
    return outOfScope(input, 'perishable_exempt', 'EU-98-6-6a-3');
  }
  if (kind === 'msrp' && basis.labelledMsrp === undefined) {
    return verdictOf(input.policy, { verdict: 'review', findings: [finding('facts_missing')] });
  }
  return null;
}

/**
 * Breaches measured against `prior`. Each also holds against any lower price, so that a bound on the prior price is
 * enough to convict. C-330/23: the percentage is determined from the prior price, not from the shown one.
 */
function breachesOf(input: EuClaimInput, prior: bigint, article: PriceArticle, evidence: string[]): Finding[] {
  const { reference, percentBps } = input.claim;
  const breaches: Finding[] = [];
  if (reference !== null && reference > prior) breaches.push(finding('reference_above_cap', article, evidence));
  if (input.salePrice >= prior) breaches.push(finding('no_reduction', article, evidence));
  const tolerance = input.policy.percentToleranceBps;
  if (percentBps !== null && exceedsReduction(BigInt(percentBps), prior, input.salePrice, tolerance)) {
    breaches.push(finding('percent_overstated', article, evidence));
  }
  return breaches;
}

function notes(prior: PriorPrice, series: PriceSeries): Finding[] {
  const result: Finding[] = [];
  if (!prior.known) result.push(finding(prior.newlyListed ? 'newly_listed' : 'history_incomplete'));
  if (prior.price === null && prior.newlyListed) result.push(finding('never_offered'));
  if (prior.progressiveNotShown) result.push(finding('progressive_not_shown', 'EU-98-6-6a-5'));
  if (series.foreign.length > 0) result.push(finding('foreign_currency', null, series.foreign));
  return result;
}

function notIndicated(input: EuClaimInput, prior: PriorPrice, series: PriceSeries): PriceVerdict {
  const article = 'EU-98-6-6a-1';
  return verdictOf(input.policy, {
    verdict: 'violation',
    article,
    cap: prior.known ? (prior.price?.price ?? null) : null,
    basis: prior.known ? prior.basis : null,
    evidence: prior.known && prior.price !== null ? [prior.price.id] : [],
    findings: [finding('prior_not_indicated', article), ...notes(prior, series)],
  });
}

function insufficient(input: EuClaimInput, prior: PriorPrice, series: PriceSeries): PriceVerdict {
  const { zone, priorWindowDays } = input.policy;
  const reached = prior.newlyListed ? (series.offers[0]?.at ?? null) : series.completeSince;
  return verdictOf(input.policy, {
    verdict: 'insufficient_history',
    article: prior.article,
    findings: notes(prior, series),
    need: {
      from: prior.from,
      knownFrom: reached === null ? null : minusCalendarDays(zone, reached, -priorWindowDays),
    },
  });
}

/** Judges one claim on one sku's series under art. 6a of Directive 98/6/EC with the policy's options. */
export function judgeEu(input: EuClaimInput, series: PriceSeries): PriceVerdict {
  const outside = scopeOf(input);
  if (outside !== null) return outside;
  const prior = priorPrice(input, series);
  if (input.claim.reference === null && input.claim.percentBps === null) return notIndicated(input, prior, series);
  if (prior.price === null) return insufficient(input, prior, series);
  const { id, price } = prior.price;
  const breaches = breachesOf(input, price, prior.article, [id]);
  if (breaches.length === 0 && !prior.known) return insufficient(input, prior, series);
  return verdictOf(input.policy, {
    verdict: breaches.length > 0 ? 'violation' : 'ok',
    cap: price,
    capIsBound: !prior.known,
    basis: prior.basis,
    article: prior.article,
    evidence: [id],
    findings: [...breaches, ...notes(prior, series)],
  });
}
