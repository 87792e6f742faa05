import { exceedsReduction, WHOLE } from '../money.ts';
import { BEGINNING_OF_TIME, DAY, type Instant } from '../time.ts';
import { daysBefore } from '../time-zone.ts';
import type { CnClaimInput } from './claim-input.ts';
import { finding, impliesAbove, verdictOf } from './claim-input.ts';
import { practiceBreaches, promotionNotes } from './cn-practices.ts';
import { withBreach } from './common-law.ts';
import type { CountedPrice, PriceSeries } from './history.ts';
import { isCompleteFrom, lastSaleBefore, lowestOf, salesIn } from './history.ts';
import { raiseThenCut } from './raise-then-cut.ts';
import type { Finding, FindingCode, Mitigation, PriceArticle, PriceVerdict } from './verdict.ts';

function decided(
  input: CnClaimInput,
  verdict: PriceVerdict['verdict'],
  code: FindingCode | null,
  parts: Partial<PriceVerdict> & { readonly article: PriceArticle },
): PriceVerdict {
  const findings = code === null ? [] : [finding(code, parts.article, parts.evidence ?? [])];
  return verdictOf(input.policy, { ...parts, verdict, findings });
}

/** Art. 16(3): a suggested retail price must be labelled as such and be current. */
function judgeMsrp(input: CnClaimInput): PriceVerdict {
  const { labelledMsrp, evidence } = input.claim.basis;
  const article = 'CN-56-16-3';
  if (labelledMsrp === false) return decided(input, 'violation', 'msrp_unlabelled', { article });
  if (evidence === false) return decided(input, 'violation', 'msrp_unsupported', { article });
  if (labelledMsrp === true && evidence === true) {
    return decided(input, 'ok', null, { article, basis: 'labelled_msrp' });
  }
  return decided(input, 'review', 'facts_missing', { article });
}

/** Art. 16(1), 17(2): a comparison with others' prices must have a true and comparable basis. */
function judgeExternal(input: CnClaimInput): PriceVerdict {
  const { evidence, verified } = input.claim.basis;
  if (verified === false) return decided(input, 'violation', 'details_untrue', { article: 'CN-56-16-1' });
  if (evidence === false) return decided(input, 'violation', 'comparison_unsupported', { article: 'CN-56-17-2' });
  if (evidence === true) return decided(input, 'ok', null, { article: 'CN-56-16-1', basis: 'external_evidence' });
  return decided(input, 'review', 'facts_missing', { article: 'CN-56-16-1' });
}

/**
 * Art. 16(1): the stated details must be true. Where nobody has checked them, a deal at or above the reference supports
 * them, and a complete history without one refutes them, provided that all of it was read.
 */
function judgeDisclosed(input: CnClaimInput, series: PriceSeries): PriceVerdict {
  const article = 'CN-56-16-1';
  const { verified } = input.claim.basis;
  if (verified === false) return decided(input, 'violation', 'details_untrue', { article });
  if (verified === true) return decided(input, 'ok', null, { article, basis: 'disclosed_basis' });
  const support = series.sales.find((sale) => !impliesAbove(input, sale.price));
  if (support !== undefined) {
    return decided(input, 'ok', null, { article, basis: 'disclosed_basis', evidence: [support.id] });
  }
  if (series.readFrom !== BEGINNING_OF_TIME) return decided(input, 'review', 'facts_missing', { article });
  if (isCompleteFromTheFirstDay(series)) return decided(input, 'violation', 'details_unsupported', { article });
  return insufficient(input, series, input.claim.startsAt - input.policy.lookbackDays * DAY, article);
}

function isCompleteFromTheFirstDay(series: PriceSeries): boolean {
  return series.completeSince === BEGINNING_OF_TIME;
}

function insufficient(
  input: CnClaimInput,
  series: PriceSeries,
  from: Instant,
  article: PriceArticle = 'CN-56-16-2',
): PriceVerdict {
  const { completeSince } = series;
  return verdictOf(input.policy, {
    verdict: 'insufficient_history',
    article,
    findings: [finding('history_incomplete'), ...foreignFindings(series)],
    need: { from, knownFrom: completeSince === null ? null : completeSince + input.policy.dealWindowDays * DAY },
  });
}

function foreignFindings(series: PriceSeries): readonly Finding[] {
  return series.foreign.length === 0 ? [] : [finding('foreign_currency', null, series.foreign)];
}

function againstCap(
  input: CnClaimInput,
  basis: 'lowest_sale_7d' | 'last_sale',
  sale: CountedPrice,
  capIsBound: boolean,
): PriceVerdict {
  const parts = { article: 'CN-56-16-2', basis, cap: sale.price, capIsBound, evidence: [sale.id] } as const;
  return impliesAbove(input, sale.price)
    ? decided(input, 'violation', 'reference_above_cap', parts)
    : decided(input, 'ok', null, parts);
}

/**
 * Art. 16(2): the lowest deal price of the seven days before, else the last deal price before them; art. 17(2) where
 * there never was a deal. Part of the window suffices to convict, because further deals can only lower the cap; it
 * never suffices to clear.
 */
function judgeUndisclosed(input: CnClaimInput, series: PriceSeries): PriceVerdict {
  const window = daysBefore(input.policy.zone, input.claim.startsAt, input.policy.dealWindowDays);
  const lowest = lowestOf(salesIn(series, window));
  const complete = isCompleteFrom(series, window.from);
  if (lowest !== null) {
    const bounded = againstCap(input, 'lowest_sale_7d', lowest, !complete);
    return complete || bounded.verdict === 'violation' ? bounded : insufficient(input, series, window.from);
  }
  if (!complete) return insufficient(input, series, window.from);
  const last = lastSaleBefore(series, window.from);
  if (last !== null && isCompleteFrom(series, last.at)) return againstCap(input, 'last_sale', last, false);
  if (last === null && isCompleteFromTheFirstDay(series)) {
    return decided(input, 'violation', 'never_sold', { article: 'CN-56-17-2', basis: 'never_sold' });
  }
  return insufficient(input, series, last?.at ?? window.from);
}

/** Art. 16(1): a shown percentage must agree with the shown reference, within rounding. */
function percentFinding(input: CnClaimInput): Finding | null {
  const { reference, percentBps } = input.claim;
  if (reference === null || percentBps === null || roundedAway(input)) return null;
  const tolerance = input.policy.percentToleranceBps;
  return exceedsReduction(BigInt(percentBps), reference, input.salePrice, tolerance)
    ? finding('percent_overstated', 'CN-56-16-1')
    : null;
}

/** Art. 21(3): the price that the percentage promises was rounded up to a whole number of rounding units. */
function roundedAway(input: CnClaimInput): boolean {
  const { reference, percentBps } = input.claim;
  const { roundingUnit } = input.policy;
  if (reference === null || percentBps === null || roundingUnit === 0n) return false;
  const excess = input.salePrice * WHOLE - reference * (WHOLE - BigInt(percentBps));
  return input.salePrice % roundingUnit === 0n && excess > 0n && excess < roundingUnit * WHOLE;
}

function mitigationsOf(input: CnClaimInput, series: PriceSeries): readonly Mitigation[] {
  const mitigations: Mitigation[] = [];
  if (input.facts?.noIntent === true) mitigations.push({ code: 'no_intent', article: 'CN-56-21-1', evidence: [] });
  const better = series.laterSales.filter((sale) => sale.price < input.salePrice);
  if (better.length > 0) {
    const evidence = better.slice(0, 10).map((sale) => sale.id);
    mitigations.push({ code: 'better_deal_paid', article: 'CN-56-21-2', evidence });
  }
  if (roundedAway(input)) mitigations.push({ code: 'rounding', article: 'CN-56-21-3', evidence: [] });
  return mitigations;
}

function judgeComparison(input: CnClaimInput, series: PriceSeries): PriceVerdict {
  const { claim } = input;
  if (claim.reference === null && claim.percentBps === null) {
    return verdictOf(input.policy, { verdict: 'out_of_scope', findings: [finding('no_comparison')] });
  }
  if (claim.kind === 'msrp') return judgeMsrp(input);
  if (claim.kind !== 'own') return judgeExternal(input);
  const judged = claim.basis.disclosed ? judgeDisclosed(input, series) : judgeUndisclosed(input, series);
  if (claim.reference === null || claim.basis.verified === true || input.facts?.goodReason === true) return judged;
  const raise = raiseThenCut(series, input.policy, claim.startsAt, claim.reference);
  return raise === null ? judged : withBreach(judged, finding('raise_then_cut', 'CN-56-17-1', raise));
}

/**
 * Judges one claim on one sku's series under Order 56 art. 16 to 21. What Order 32 art. 21 and art. 6(5) of the Measures
 * on Penalties say is added as findings, which by themselves change no verdict on the comparison.
 */
export function judgeCn(input: CnClaimInput, series: PriceSeries): PriceVerdict {
  let verdict = judgeComparison(input, series);
  const percent = percentFinding(input);
  if (percent !== null) verdict = withBreach(verdict, percent);
  if (input.headlinePrice !== null && input.headlinePrice < input.salePrice) {
    verdict = withBreach(verdict, finding('headline_below_detail', 'CN-56-20-1'));
  }
  for (const breach of practiceBreaches(input)) verdict = withBreach(verdict, breach);
  const notes = promotionNotes(input, series);
  if (notes.length > 0) verdict = { ...verdict, findings: [...verdict.findings, ...notes] };
  return verdict.verdict === 'out_of_scope' ? verdict : { ...verdict, mitigations: mitigationsOf(input, series) };
}
