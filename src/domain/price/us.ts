import { reductionBps, WHOLE } from '../money.ts';
import { DAY, type Instant, type Window } from '../time.ts';
import { daysBefore } from '../time-zone.ts';
import type { UsClaimInput } from './claim-input.ts';
import { finding, impliedReference, verdictOf } from './claim-input.ts';
import { type CommonLaw, foreignNotes, judgeWithoutHistory, withArithmetic } from './common-law.ts';
import { isCompleteFrom, type PriceSeries, salesIn } from './history.ts';
import {
  highestPassing,
  pricePath,
  pricesIn,
  type Stretch,
  timeAtPrice,
  unitsAtPrice,
  wholeDays,
} from './price-path.ts';
import { raiseThenCut } from './raise-then-cut.ts';
import type { FindingCode, Measure, PriceArticle, PriceVerdict, VerdictKind } from './verdict.ts';

const MISLEADING = 'US-16-233-1-a';

interface Conduct {
  readonly input: UsClaimInput;
  readonly series: PriceSeries;
  readonly window: Window;
  readonly path: readonly Stretch[];
}

/** SUPPORTED is `ok`, REVIEW is `review`, LIKELY_DECEPTIVE is `violation`. */
interface Outcome {
  readonly verdict: VerdictKind;
  readonly code: FindingCode | null;
  readonly article: PriceArticle;
  readonly evidence?: readonly string[];
}

function deceptive(code: FindingCode, article: PriceArticle, evidence: readonly string[] = []): Outcome {
  return { verdict: 'violation', code, article, evidence };
}

function doubtful(code: FindingCode, article: PriceArticle): Outcome {
  return { verdict: 'review', code, article };
}

interface Support {
  /** Days on offer at the reference or above: known to be at least, and at most. */
  readonly leastDays: number;
  readonly mostDays: number;
  /** Units sold at it and in all; null when some sales may be missing. */
  readonly units: { readonly atLeast: number; readonly total: number } | null;
}

function supportOf({ input, series, window, path }: Conduct, reference: bigint): Support {
  const { facts, policy } = input;
  const time = timeAtPrice(path, reference, policy.zone);
  const stated = facts?.offeredDays;
  const counted = unitsAtPrice(salesIn(series, window), reference);
  const atLeast = facts?.unitsAtReference ?? counted.atLeast;
  const known = facts?.unitsAtReference !== undefined || isCompleteFrom(series, window.from);
  const total = Math.max(facts?.unitsSold ?? counted.total, atLeast);
  return {
    leastDays: stated ?? time.atLeast / DAY,
    mostDays: stated ?? (time.atLeast + time.unknown) / DAY,
    units: known ? { atLeast, total } : null,
  };
}

function isSubstantial({ input }: Conduct, { units }: Support): boolean {
  if (units === null || units.total === 0) return false;
  return BigInt(units.atLeast) * WHOLE >= BigInt(units.total) * input.policy.substantialShareBps;
}

/** 233.1(c): what the goods usually sell for, by their cost and the trader's usual markup; null when not stated. */
function usualPrice({ input }: Conduct): bigint | null {
  const { cost, usualMarkupBps } = input.facts ?? {};
  return cost === undefined || usualMarkupBps === undefined ? null : cost + (cost * usualMarkupBps) / WHOLE;
}

function isInflated(conduct: Conduct, reference: bigint, support: Support): boolean {
  const usual = usualPrice(conduct);
  if (usual === null) return false;
  const above = reference * WHOLE > usual * (WHOLE + conduct.input.policy.appreciableBps);
  return above && !(support.leastDays >= conduct.input.policy.minOfferedDays && isSubstantial(conduct, support));
}

/** "Formerly sold at" says that it was sold (233.1(b)). */
const SOLD_AT = /\bsold\s+(?:at|for)\b/i;

/** 233.1(a), (b), (d): offered openly, recently, in the regular course of business, for a substantial period. */
function outcomeOfPeriod(conduct: Conduct, support: Support): Outcome {
  const { input } = conduct;
  const { units } = support;
  if (input.facts?.openlyOffered === false) return deceptive('not_openly_offered', 'US-16-233-1-d');
  const saysSold = SOLD_AT.test(`${input.claim.label ?? ''} ${input.claim.text ?? ''}`);
  if (saysSold && units === null) return { verdict: 'insufficient_history', code: null, article: 'US-16-233-1-b' };
  if (saysSold && !isSubstantial(conduct, support)) return doubtful('too_few_sales', 'US-16-233-1-b');
  const noneSold = units !== null && units.total > 0 && units.atLeast === 0;
  if (noneSold && input.facts?.goodFaith !== true) return doubtful('good_faith_doubtful', 'US-16-233-1-b');
  return { verdict: 'ok', code: null, article: MISLEADING };
}

/** Fewer days than are substantial. */
function outcomeOfShortPeriod(conduct: Conduct, support: Support): Outcome {
  const { input } = conduct;
  if (support.mostDays === 0) {
    return deceptive('not_offered_recently', 'US-16-233-1-d');
  }
  if (support.units === null) return { verdict: 'insufficient_history', code: null, article: MISLEADING };
  return isSubstantial(conduct, support) && input.facts?.openlyOffered !== false
    ? doubtful('reference_too_short', MISLEADING)
    : deceptive('reference_too_short', MISLEADING);
}

function outcomeAt(conduct: Conduct, reference: bigint): Outcome {
  const { input, series } = conduct;
  const { policy, claim, facts } = input;
  if (facts?.goodFaith === false) return deceptive('not_good_faith', MISLEADING);
  const support = supportOf(conduct, reference);
  if (isInflated(conduct, reference, support)) return deceptive('inflated_above_usual', 'US-16-233-1-c');
  const raise = raiseThenCut(series, policy, claim.startsAt, reference);
  if (raise !== null) return deceptive('raise_then_cut', 'US-16-233-1-c', raise);
  if (support.leastDays >= policy.minOfferedDays) return outcomeOfPeriod(conduct, support);
  if (support.mostDays >= policy.minOfferedDays) {
    return { verdict: 'insufficient_history', code: null, article: MISLEADING };
  }
  return outcomeOfShortPeriod(conduct, support);
}

/** 233.1(e), 233.5: what is wrong whatever the history says. */
function outcomeOfOffer(input: UsClaimInput, reference: bigint): Outcome | null {
  const { facts, policy, salePrice } = input;
  if (facts?.imperfect === true && facts.imperfectDisclosed !== true) {
    return facts.imperfectDisclosed === false
      ? deceptive('imperfect_not_disclosed', 'US-16-233-5')
      : doubtful('facts_missing', 'US-16-233-5');
  }
  const reduction = reductionBps(reference, salePrice) ?? 0n;
  if (reduction < policy.meaninglessBps) return deceptive('reduction_meaningless', 'US-16-233-1-e');
  return reduction < policy.minReductionBps ? doubtful('reduction_small', 'US-16-233-1-e') : null;
}

const SEVERITY: readonly VerdictKind[] = ['ok', 'insufficient_history', 'review', 'violation'];

function worst(outcomes: readonly Outcome[]): Outcome | undefined {
  return [...outcomes].sort((left, right) => SEVERITY.indexOf(right.verdict) - SEVERITY.indexOf(left.verdict))[0];
}

function measuresOf(conduct: Conduct, reference: bigint): Measure[] {
  const support = supportOf(conduct, reference);
  const measures: Measure[] = [];
  if (support.leastDays === support.mostDays) {
    const value = wholeDays(support.leastDays * DAY);
    measures.push({ code: 'days_offered', value, of: conduct.input.policy.minOfferedDays });
  }
  if (support.units !== null)
    measures.push({ code: 'units_share', value: support.units.atLeast, of: support.units.total });
  return measures;
}

function capOf(conduct: Conduct) {
  const { input, series, window, path } = conduct;
  const usual = usualPrice(conduct);
  const stated = input.facts?.offeredDays !== undefined || input.facts?.unitsAtReference !== undefined;
  const complete = path.every(({ known }) => known) && isCompleteFrom(series, window.from);
  const found =
    stated || !complete
      ? null
      : highestPassing(pricesIn(series, window), (price) => outcomeAt(conduct, price).verdict === 'ok');
  if (found !== null) return { cap: found.price, basis: 'offered_period', evidence: [found.id] } as const;
  return usual === null
    ? ({ cap: null, basis: null, evidence: [] } as const)
    : ({ cap: usual, basis: 'usual_markup', evidence: [] } as const);
}

/** Judges one claim on one sku's series and the stated facts by the Guides Against Deceptive Pricing. */
export function judgeUs(input: UsClaimInput, series: PriceSeries): PriceVerdict {
  const { policy, claim } = input;
  const law: CommonLaw = {
    misleading: MISLEADING,
    others: 'US-16-233-2',
    suggested: 'US-16-233-3',
    appreciableBps: policy.appreciableBps,
  };
  const early = judgeWithoutHistory(input, law);
  if (early !== null) return withArithmetic(input, early, MISLEADING);
  const reference = impliedReference(input);
  if (reference === null) return verdictOf(policy, { verdict: 'review', findings: [finding('facts_missing')] });
  const window = daysBefore(policy.zone, claim.startsAt, policy.offerWindowDays);
  const conduct: Conduct = { input, series, window, path: pricePath(series, window) };
  const outcomes = [outcomeAt(conduct, reference), outcomeOfOffer(input, reference)].filter((one) => one !== null);
  const decided = worst(outcomes);
  if (decided === undefined) return verdictOf(policy, { verdict: 'review' });
  const cap = capOf(conduct);
  const insufficient = decided.verdict === 'insufficient_history';
  const codes = outcomes.flatMap(({ code, article, evidence }) =>
    code === null ? [] : finding(code, article, evidence),
  );
  const judged = verdictOf(policy, {
    ...cap,
    verdict: decided.verdict,
    article: decided.article,
    evidence: [...new Set([...cap.evidence, ...(decided.evidence ?? [])])],
    measures: measuresOf(conduct, reference),
    findings: [...codes, ...(insufficient ? [finding('history_incomplete')] : []), ...foreignNotes(series)],
    need: insufficient ? { from: window.from, knownFrom: knownFrom(conduct) } : null,
  });
  return withArithmetic(input, judged, MISLEADING);
}

function knownFrom({ input, series }: Conduct): Instant | null {
  const { zone, offerWindowDays } = input.policy;
  return series.completeSince === null ? null : daysBefore(zone, series.completeSince, -offerWindowDays).from;
}
