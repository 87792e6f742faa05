import { exceedsReduction } from '../money.ts';
import type { ClaimInput } from './claim-input.ts';
import { finding, verdictOf } from './claim-input.ts';
import type { PriceSeries } from './history.ts';
import type { Finding, PriceArticle, PriceVerdict } from './verdict.ts';

/** Whether one condition of the law holds at a reference, as far as is known. */
export type TestResult = 'passes' | 'fails' | 'unknown';

/** What is judged alike outside China and the European Union: scope, others' prices, the arithmetic of percentages. */
export interface CommonLaw {
  /** Misleading statements of price as such. */
  readonly misleading: PriceArticle;
  /** Comparisons with others' prices, and with suggested ones. */
  readonly others: PriceArticle;
  readonly suggested: PriceArticle;
  /** How far a reference may lie above the price at which others really sell. */
  readonly appreciableBps: bigint;
}

/** What decides before any history is looked at; null when the claim is one with the trader's own price. */
export function judgeWithoutHistory(input: ClaimInput, law: CommonLaw): PriceVerdict | null {
  const { claim, policy, facts } = input;
  if (!input.announced) return verdictOf(policy, { verdict: 'out_of_scope', findings: [finding('not_announced')] });
  if (claim.reference === null && claim.percentBps === null) {
    return verdictOf(policy, { verdict: 'out_of_scope', findings: [finding('no_comparison')] });
  }
  if (claim.kind === 'own' || (claim.kind === 'msrp' && claim.basis.labelledMsrp === false)) return null;
  const article = claim.kind === 'msrp' ? law.suggested : law.others;
  return judgeOthers(input, article, law, facts?.areaPrice);
}

function judgeOthers(
  input: ClaimInput,
  article: PriceArticle,
  law: CommonLaw,
  areaPrice: bigint | undefined,
): PriceVerdict {
  const { policy, facts, claim } = input;
  const { evidence, verified } = claim.basis;
  const breach = (code: Finding['code']) =>
    verdictOf(policy, { verdict: 'violation', article, findings: [finding(code, article)] });
  if (verified === false) return breach('details_untrue');
  if (facts?.likeGrade === false) return breach('not_like_grade');
  if (areaPrice !== undefined && claim.reference !== null) {
    const cap = areaPrice + (areaPrice * law.appreciableBps) / 10_000n;
    const parts = { article, cap, basis: 'area_price' } as const;
    return claim.reference > cap
      ? verdictOf(policy, { ...parts, verdict: 'violation', findings: [finding('reference_above_cap', article)] })
      : verdictOf(policy, { ...parts, verdict: 'ok' });
  }
  if (evidence === false) return breach('comparison_unsupported');
  if (evidence === true || verified === true) {
    return verdictOf(policy, { verdict: 'ok', article, basis: 'external_evidence' });
  }
  return verdictOf(policy, { verdict: 'review', article, findings: [finding('facts_missing', article)] });
}

/** Adds a breach; the provision that already convicts stays the leading one. */
export function withBreach(verdict: PriceVerdict, breach: Finding): PriceVerdict {
  const findings = [...verdict.findings, breach];
  if (verdict.verdict === 'violation') return { ...verdict, findings };
  const evidence = [...verdict.evidence, ...breach.evidence.filter((id) => !verdict.evidence.includes(id))];
  return { ...verdict, verdict: 'violation', article: breach.article, evidence, findings, need: null };
}

/** A shown percentage must agree with the shown reference, and a reference that is not above the price compares nothing. */
export function withArithmetic(input: ClaimInput, verdict: PriceVerdict, article: PriceArticle): PriceVerdict {
  const { reference, percentBps } = input.claim;
  if (verdict.verdict === 'out_of_scope' || reference === null) return verdict;
  let result = verdict;
  if (reference <= input.salePrice) {
    result = { ...result, findings: [...result.findings, finding('reference_not_above_price', article)] };
  }
  const tolerance = input.policy.percentToleranceBps;
  return percentBps !== null && exceedsReduction(BigInt(percentBps), reference, input.salePrice, tolerance)
    ? withBreach(result, finding('percent_overstated', article))
    : result;
}

export function foreignNotes(series: PriceSeries): readonly Finding[] {
  return series.foreign.length === 0 ? [] : [finding('foreign_currency', null, series.foreign)];
}
