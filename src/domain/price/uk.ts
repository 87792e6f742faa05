import { WHOLE } from '../money.ts';
import { DAY, type Instant } from '../time.ts';
import { daysBefore } from '../time-zone.ts';
import type { UkClaimInput } from './claim-input.ts';
import { finding, impliedReference, verdictOf } from './claim-input.ts';
import { type CommonLaw, foreignNotes, judgeWithoutHistory, type TestResult, withArithmetic } from './common-law.ts';
import { isCompleteFrom, type PriceSeries, salesIn } from './history.ts';
import {
  highestPassing,
  pricePath,
  pricesIn,
  type Stretch,
  unitsAtPrice,
  wallLength,
  wholeDays,
} from './price-path.ts';
import type { Finding, Measure, PriceVerdict } from './verdict.ts';

const LAW: CommonLaw = {
  misleading: 'UK-DMCC-226',
  others: 'UK-DMCC-226',
  suggested: 'UK-DMCC-226',
  appreciableBps: 0n,
};

interface Conduct {
  readonly input: UkClaimInput;
  readonly series: PriceSeries;
  readonly path: readonly Stretch[];
  /** Wall-clock length of the promotion, milliseconds; null when its end is not stated. */
  readonly promotion: number | null;
  readonly expectedUnits: number | null;
}

/** The unbroken stretch at the reference or above that reaches to the start of the promotion. */
interface Run {
  readonly from: Instant;
  readonly length: number;
  readonly units: number;
  /** Nothing that could make the run longer, or add units to it, is missing. */
  readonly settled: boolean;
}

function runAt({ input, series, path }: Conduct, reference: bigint): Run {
  const end = input.claim.startsAt;
  let from = end;
  let settled = true;
  for (let index = path.length - 1; index >= 0; index -= 1) {
    const stretch = path[index];
    if (stretch === undefined) break;
    if (!stretch.known) {
      settled = false;
      break;
    }
    if (stretch.price === null || stretch.price < reference) break;
    from = stretch.from;
  }
  const units = unitsAtPrice(salesIn(series, { from, to: end }), reference).atLeast;
  return { from, length: wallLength(input.policy.zone, from, end), units, settled: settled && hasSales(series, from) };
}

function hasSales(series: PriceSeries, from: Instant): boolean {
  return isCompleteFrom(series, from);
}

/** Duration: the higher price ran at least as long as the lower one will. Null without a stated end. */
function durationTest({ input, promotion }: Conduct, run: Run): TestResult | null {
  if (promotion === null) return run.length === 0 && run.settled ? 'fails' : null;
  if (BigInt(run.length) * WHOLE >= BigInt(promotion) * input.policy.durationRatioBps && run.length > 0)
    return 'passes';
  return run.settled ? 'fails' : 'unknown';
}

/** Volume: enough sales in that run. Null without the units that are expected to sell. */
function volumeTest({ input, expectedUnits }: Conduct, run: Run): TestResult | null {
  if (expectedUnits === null) return run.units === 0 && run.settled ? 'fails' : null;
  const needed = BigInt(expectedUnits) * input.policy.volumeRatioBps;
  if (BigInt(run.units) * WHOLE >= needed && run.units > 0) return 'passes';
  return run.settled ? 'fails' : 'unknown';
}

function passes(conduct: Conduct, reference: bigint): boolean {
  const run = runAt(conduct, reference);
  return [durationTest(conduct, run), volumeTest(conduct, run)].every((test) => test === 'passes' || test === null);
}

function findingsOf(duration: TestResult | null, volume: TestResult | null): Finding[] {
  const findings: Finding[] = [];
  if (duration === 'fails') findings.push(finding('reference_too_short', 'UK-CMA-DURATION'));
  if (volume === 'fails') findings.push(finding('too_few_sales', 'UK-CMA-VOLUME'));
  if (findings.length > 0) return findings;
  if (duration === 'unknown' || volume === 'unknown') return [finding('history_incomplete')];
  if (duration === null) findings.push(finding('promotion_length_unknown', 'UK-CMA-DURATION'));
  if (volume === null) findings.push(finding('promotion_units_unknown', 'UK-CMA-VOLUME'));
  return findings;
}

function kindOf(tests: readonly (TestResult | null)[]): PriceVerdict['verdict'] {
  if (tests.includes('fails')) return 'violation';
  if (tests.includes('unknown')) return 'insufficient_history';
  return tests.includes(null) ? 'review' : 'ok';
}

function measuresOf({ input, promotion, expectedUnits }: Conduct, run: Run): Measure[] {
  const measures: Measure[] = [];
  const { durationRatioBps, volumeRatioBps } = input.policy;
  if (promotion !== null) {
    const needed = Math.ceil((promotion * Number(durationRatioBps)) / Number(WHOLE) / DAY);
    measures.push({ code: 'run_days', value: wholeDays(run.length), of: needed });
  }
  if (expectedUnits !== null) {
    const needed = Math.ceil((expectedUnits * Number(volumeRatioBps)) / Number(WHOLE));
    measures.push({ code: 'units_in_run', value: run.units, of: needed });
  }
  return measures;
}

/** Judges one claim on one sku's series by the CMA's principles of duration and volume, both of which must hold. */
export function judgeUk(input: UkClaimInput, series: PriceSeries): PriceVerdict {
  const early = judgeWithoutHistory(input, LAW);
  const reference = impliedReference(input);
  if (early !== null) return withArithmetic(input, early, LAW.misleading);
  const { policy, claim } = input;
  if (reference === null) return verdictOf(policy, { verdict: 'review', findings: [finding('facts_missing')] });
  const window = daysBefore(policy.zone, claim.startsAt, policy.runWindowDays);
  const promotion = claim.endsAt === null ? null : wallLength(policy.zone, claim.startsAt, claim.endsAt);
  const expectedUnits = input.facts?.expectedUnits ?? null;
  const conduct: Conduct = { input, series, path: pricePath(series, window), promotion, expectedUnits };
  const run = runAt(conduct, reference);
  const tests = [durationTest(conduct, run), volumeTest(conduct, run)] as const;
  const verdict = kindOf(tests);
  const complete = conduct.path.every(({ known }) => known) && isCompleteFrom(series, window.from);
  const cap = complete ? highestPassing(pricesIn(series, window), (price) => passes(conduct, price)) : null;
  const insufficient = verdict === 'insufficient_history';
  const judged = verdictOf(policy, {
    verdict,
    article: tests[0] !== 'fails' && tests[1] === 'fails' ? 'UK-CMA-VOLUME' : 'UK-CMA-DURATION',
    cap: cap?.price ?? null,
    capIsBound: cap !== null && (promotion === null || expectedUnits === null),
    basis: cap === null ? null : 'run_before',
    evidence: cap === null ? [] : [cap.id],
    measures: run.settled ? measuresOf(conduct, run) : [],
    findings: [...findingsOf(...tests), ...foreignNotes(series)],
    need: insufficient ? { from: window.from, knownFrom: knownFrom(conduct) } : null,
  });
  return withArithmetic(input, judged, LAW.misleading);
}

/** With what is being recorded now, the first promotion of this length whose run before it is covered. */
function knownFrom({ input, series, promotion }: Conduct): Instant | null {
  const { completeSince } = series;
  if (completeSince === null || promotion === null) return null;
  return completeSince + Math.ceil((promotion * Number(input.policy.durationRatioBps)) / Number(WHOLE));
}
