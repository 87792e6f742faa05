import { WHOLE } from '../money.ts';
import type { Window } from '../time.ts';
import type { CaClaimInput } from './claim-input.ts';
import { finding, impliedReference, verdictOf } from './claim-input.ts';
import { type CommonLaw, foreignNotes, judgeWithoutHistory, type TestResult, withArithmetic } from './common-law.ts';
import { isCompleteFrom, type PriceSeries, salesIn } from './history.ts';
import {
  highestPassing,
  monthsBefore,
  pricePath,
  pricesIn,
  type Stretch,
  timeAtPrice,
  unitsAtPrice,
  wallLength,
  wholeDays,
} from './price-path.ts';
import { raiseThenCut } from './raise-then-cut.ts';
import type { Finding, PriceArticle, PriceBasis, PriceVerdict, VerdictKind } from './verdict.ts';

const LAW: CommonLaw = {
  misleading: 'CA-74-01-1-a',
  others: 'CA-74-01-2',
  suggested: 'CA-74-01-2',
  appreciableBps: 0n,
};

interface Conduct {
  readonly input: CaClaimInput;
  readonly series: PriceSeries;
  readonly volumeWindow: Window;
  readonly timeWindow: Window;
  readonly path: readonly Stretch[];
}

interface Outcome {
  readonly verdict: VerdictKind;
  readonly article: PriceArticle;
  readonly basis: PriceBasis | null;
  readonly findings: readonly Finding[];
}

/** s. 74.01(3)(a): a substantial volume was sold at that price or a higher one; exactly the share is not enough. */
function volumeTest({ input, series, volumeWindow }: Conduct, reference: bigint): TestResult {
  if (!isCompleteFrom(series, volumeWindow.from)) return 'unknown';
  const { atLeast, total } = unitsAtPrice(salesIn(series, volumeWindow), reference);
  return BigInt(atLeast) * WHOLE > BigInt(total) * input.policy.volumeShareBps ? 'passes' : 'fails';
}

type TimeResult = TestResult | 'passes_since_listed';

/** s. 74.01(3)(b): offered at that price or a higher one for a substantial period; exactly the share is not enough. */
function timeTest({ input, path, timeWindow }: Conduct, reference: bigint): TimeResult {
  const { zone, timeShareBps } = input.policy;
  const { atLeast, unknown, notOffered } = timeAtPrice(path, reference, zone);
  const length = wallLength(zone, timeWindow.from, timeWindow.to);
  const exceeds = (part: number, whole: number) => BigInt(part) * WHOLE > BigInt(whole) * timeShareBps;
  if (exceeds(atLeast, length)) return 'passes';
  if (exceeds(atLeast + unknown, length)) return 'unknown';
  return path[0]?.price === null && exceeds(atLeast, length - notOffered) ? 'passes_since_listed' : 'fails';
}

/** Good faith as far as nobody stated it: a price that nothing sold at, or that was raised to be cut, is doubtful. */
function faithDoubtful({ input, series, volumeWindow }: Conduct, reference: bigint): boolean {
  const { atLeast, total } = unitsAtPrice(salesIn(series, volumeWindow), reference);
  if (total > 0 && atLeast === 0) return true;
  return raiseThenCut(series, input.policy, input.claim.startsAt, reference) !== null;
}

function outcomeAt(conduct: Conduct, reference: bigint): Outcome {
  const faith = conduct.input.facts?.goodFaith;
  const volume = volumeTest(conduct, reference);
  if (volume === 'passes') return { verdict: 'ok', article: 'CA-74-01-3-a', basis: 'share_of_units', findings: [] };
  const time = faith === false ? 'fails' : timeTest(conduct, reference);
  const article = 'CA-74-01-3-b';
  if (time === 'passes') {
    if (faith === true) return { verdict: 'ok', article, basis: 'share_of_time', findings: [] };
    return faithDoubtful(conduct, reference)
      ? { verdict: 'review', article, basis: null, findings: [finding('good_faith_doubtful', article)] }
      : { verdict: 'ok', article, basis: 'share_of_time', findings: [finding('good_faith_presumed', article)] };
  }
  if (time === 'unknown' || volume === 'unknown') {
    return { verdict: 'insufficient_history', article: 'CA-74-01-3', basis: null, findings: [] };
  }
  if (time === 'passes_since_listed') {
    return { verdict: 'review', article, basis: null, findings: [finding('newly_listed', article)] };
  }
  const code = faith === false ? 'not_good_faith' : 'share_too_small';
  return { verdict: 'violation', article: 'CA-74-01-3', basis: null, findings: [finding(code, 'CA-74-01-3')] };
}

function measuresOf({ input, series, volumeWindow, timeWindow, path }: Conduct, reference: bigint) {
  const { atLeast, total } = unitsAtPrice(salesIn(series, volumeWindow), reference);
  const { zone } = input.policy;
  const time = timeAtPrice(path, reference, zone);
  return [
    { code: 'units_share', value: atLeast, of: total },
    {
      code: 'days_share',
      value: wholeDays(time.atLeast),
      of: wholeDays(wallLength(zone, timeWindow.from, timeWindow.to)),
    },
  ] as const;
}

/** Judges one claim on one sku's series under the Competition Act s. 74.01(2) and (3). */
export function judgeCa(input: CaClaimInput, series: PriceSeries): PriceVerdict {
  const early = judgeWithoutHistory(input, LAW);
  const reference = impliedReference(input);
  if (early !== null || reference === null) return withArithmetic(input, early ?? noReference(input), LAW.misleading);
  const { policy, claim } = input;
  const timeWindow = monthsBefore(policy.zone, claim.startsAt, policy.timeWindowMonths);
  const volumeWindow = monthsBefore(policy.zone, claim.startsAt, policy.volumeWindowMonths);
  const conduct: Conduct = { input, series, volumeWindow, timeWindow, path: pricePath(series, timeWindow) };
  const outcome = outcomeAt(conduct, reference);
  const insufficient = outcome.verdict === 'insufficient_history';
  const complete = isCompleteFrom(series, volumeWindow.from) && conduct.path.every(({ known }) => known);
  const candidates = [...pricesIn(series, timeWindow), ...salesIn(series, volumeWindow)];
  const cap = complete ? highestPassing(candidates, (price) => outcomeAt(conduct, price).verdict === 'ok') : null;
  const verdict = verdictOf(policy, {
    verdict: outcome.verdict,
    article: outcome.article,
    cap: cap?.price ?? null,
    basis: cap === null ? outcome.basis : outcomeAt(conduct, cap.price).basis,
    evidence: cap === null ? [] : [cap.id],
    measures: complete ? measuresOf(conduct, reference) : [],
    findings: [...outcome.findings, ...(insufficient ? [finding('history_incomplete')] : []), ...foreignNotes(series)],
    need: insufficient ? { from: volumeWindow.from, knownFrom: knownFrom(conduct) } : null,
  });
  return withArithmetic(input, verdict, LAW.misleading);
}

function noReference(input: CaClaimInput): PriceVerdict {
  return verdictOf(input.policy, { verdict: 'review', findings: [finding('facts_missing')] });
}

/** With what is being recorded now, the first claim whose twelve months are covered. */
function knownFrom({ input, series }: Conduct): number | null {
  const { zone, volumeWindowMonths } = input.policy;
  return series.completeSince === null ? null : monthsBefore(zone, series.completeSince, -volumeWindowMonths).from;
}
