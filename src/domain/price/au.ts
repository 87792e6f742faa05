import { DAY } from '../time.ts';
import type { AuClaimInput } from './claim-input.ts';
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
  wholeDays,
} from './price-path.ts';
import type { Finding, FindingCode, Measure, PriceVerdict } from './verdict.ts';

const ARTICLE = 'AU-ACL-29-1-i';
const LAW: CommonLaw = { misleading: ARTICLE, others: 'AU-ACL-18', suggested: ARTICLE, appreciableBps: 0n };

interface Conduct {
  readonly input: AuClaimInput;
  readonly series: PriceSeries;
  readonly window: { readonly from: number; readonly to: number };
  readonly path: readonly Stretch[];
}

/** Kresta: no reduction off a price that was raised within the window. A return after a lower price is no raise. */
function notRaised({ input, window, path }: Conduct, reference: bigint): TestResult {
  const raisedAt = input.facts?.raisedAt;
  if (raisedAt !== undefined) return raisedAt > window.from && raisedAt < window.to ? 'fails' : 'passes';
  const opening = path[0];
  if (opening === undefined || !opening.known) return 'unknown';
  if (opening.price !== null) return opening.price >= reference ? 'passes' : 'fails';
  const first = path.find(({ price }) => price !== null);
  return first?.price !== undefined && first.price !== null && first.price < reference ? 'fails' : 'passes';
}

function offeredLong({ input, path }: Conduct, reference: bigint): TestResult {
  const { minOfferedDays, zone } = input.policy;
  const stated = input.facts?.offeredDays;
  if (stated !== undefined) return stated >= minOfferedDays ? 'passes' : 'fails';
  const { atLeast, unknown } = timeAtPrice(path, reference, zone);
  if (atLeast >= minOfferedDays * DAY) return 'passes';
  return atLeast + unknown >= minOfferedDays * DAY ? 'unknown' : 'fails';
}

/** Null where nothing at all was sold: whether an offer alone is enough is for a person. */
function wasSold({ input, series, window }: Conduct, reference: bigint): TestResult | null {
  const { minUnits } = input.policy;
  const stated = input.facts?.unitsAtReference;
  if (stated !== undefined) return stated >= minUnits ? 'passes' : 'fails';
  const { atLeast, total } = unitsAtPrice(salesIn(series, window), reference);
  if (atLeast >= minUnits) return 'passes';
  if (!isCompleteFrom(series, window.from)) return 'unknown';
  return total === 0 ? null : 'fails';
}

function testsAt(conduct: Conduct, reference: bigint) {
  const tests: readonly (readonly [TestResult | null, FindingCode])[] = [
    [notRaised(conduct, reference), 'raised_recently'],
    [offeredLong(conduct, reference), 'reference_too_short'],
    [wasSold(conduct, reference), 'too_few_sales'],
  ];
  return tests;
}

function kindOf(results: readonly (TestResult | null)[]): PriceVerdict['verdict'] {
  if (results.includes('fails')) return 'violation';
  if (results.includes('unknown')) return 'insufficient_history';
  return results.includes(null) ? 'review' : 'ok';
}

function measuresOf({ input, series, window, path }: Conduct, reference: bigint): Measure[] {
  const { minOfferedDays, minUnits, zone } = input.policy;
  const days = input.facts?.offeredDays ?? wholeDays(timeAtPrice(path, reference, zone).atLeast);
  const units = input.facts?.unitsAtReference ?? unitsAtPrice(salesIn(series, window), reference).atLeast;
  return [
    { code: 'days_offered', value: days, of: minOfferedDays },
    { code: 'units_sold', value: units, of: minUnits },
  ];
}

function findingsOf(tests: ReturnType<typeof testsAt>, verdict: PriceVerdict['verdict']): Finding[] {
  if (verdict === 'insufficient_history') return [finding('history_incomplete')];
  if (verdict === 'review') return [finding('never_sold', ARTICLE)];
  return tests.filter(([result]) => result === 'fails').map(([, code]) => finding(code, ARTICLE));
}

/** Judges one claim on one sku's series: a reasonable period, actual sales, and no raise shortly before. */
export function judgeAu(input: AuClaimInput, series: PriceSeries): PriceVerdict {
  const early = judgeWithoutHistory(input, LAW);
  if (early !== null) return withArithmetic(input, early, ARTICLE);
  const { policy, claim } = input;
  const reference = impliedReference(input);
  if (reference === null) return verdictOf(policy, { verdict: 'review', findings: [finding('facts_missing')] });
  const window = monthsBefore(policy.zone, claim.startsAt, policy.raiseWindowMonths);
  const conduct: Conduct = { input, series, window, path: pricePath(series, window) };
  const tests = testsAt(conduct, reference);
  const verdict = kindOf(tests.map(([result]) => result));
  const passes = (price: bigint) => testsAt(conduct, price).every(([result]) => result === 'passes');
  const complete = conduct.path.every(({ known }) => known) && isCompleteFrom(series, window.from);
  const cap = complete ? highestPassing(pricesIn(series, window), passes) : null;
  const insufficient = verdict === 'insufficient_history';
  const { completeSince } = series;
  const judged = verdictOf(policy, {
    verdict,
    article: ARTICLE,
    cap: cap?.price ?? null,
    basis: cap === null ? null : 'offered_period',
    evidence: cap === null ? [] : [cap.id],
    measures: complete || input.facts?.offeredDays !== undefined ? measuresOf(conduct, reference) : [],
    findings: [...findingsOf(tests, verdict), ...foreignNotes(series)],
    need: insufficient
      ? {
          from: window.from,
          knownFrom:
            completeSince === null ? null : monthsBefore(policy.zone, completeSince, -policy.raiseWindowMonths).from,
        }
      : null,
  });
  return withArithmetic(input, judged, ARTICLE);
}
