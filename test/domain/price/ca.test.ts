import type { ClaimFacts } from '../../../src/domain/price/facts.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { MINUTE } from '../../../src/domain/time.ts';
import { parseInZone } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, complete, observation, policyOf } from './world.ts';

const policy = policyOf('CA');
const day = (text: string) => parseInZone(text, policy.zone);
const START = day('2026-03-15');

function offer(at: string, price: bigint): PriceObservation {
  return observation({ at: day(at), price, currency: 'CAD' });
}

function sold(at: string, price: bigint, quantity: number): PriceObservation {
  return observation({ at: day(at), price, currency: 'CAD', kind: 'sale', quantity });
}

function judge(history: PriceHistory, facts: ClaimFacts = {}, reference = 100_00n): PriceVerdict {
  const one = claim({ startsAt: START, reference });
  return judgeClaim(claimInput({ claim: one, salePrice: 50_00n, history, policy, facts }));
}

const codes = ({ findings }: PriceVerdict) => findings.map(({ code }) => code);
const CHEAP_ALL_ALONG = offer('2024-01-01', 60_00n);

describe('a substantial volume at the reference', () => {
  const shares = (high: number, low: number) =>
    judge(complete(CHEAP_ALL_ALONG, sold('2025-06-01', 100_00n, high), sold('2026-01-01', 60_00n, low)));

  test('exactly half of the units fails, one more than half passes', () => {
    expect(shares(50, 50)).toMatchObject({ verdict: 'violation', article: 'CA-74-01-3', cap: 60_00n });
    expect(shares(51, 49)).toMatchObject({ verdict: 'ok', article: 'CA-74-01-3-a', cap: 100_00n });
  });

  test('what was sold above the reference counts for it', () => {
    const history = complete(CHEAP_ALL_ALONG, sold('2025-06-01', 120_00n, 51), sold('2026-01-01', 60_00n, 49));
    expect(judge(history)).toMatchObject({ verdict: 'ok', cap: 120_00n });
  });

  test('a sale twelve calendar months before counts, one a minute earlier does not', () => {
    const edge = sold('2025-03-15', 100_00n, 51);
    const low = sold('2026-01-01', 60_00n, 50);
    expect(judge(complete(CHEAP_ALL_ALONG, edge, low)).verdict).toBe('ok');
    expect(judge(complete(CHEAP_ALL_ALONG, { ...edge, at: edge.at - MINUTE }, low)).verdict).toBe('violation');
  });
});

describe('a substantial time at the reference, in good faith', () => {
  // Six months before 15 March 2026 are 181 days from 15 September; half of them end at noon of 14 December.
  const until = (at: string) =>
    complete(offer('2024-01-01', 100_00n), offer(at, 60_00n), sold('2026-02-01', 60_00n, 9));
  const one = sold('2025-10-01', 100_00n, 1);

  test('exactly half of the time fails, a minute more passes', () => {
    const half = until('2025-12-14T12:00');
    const more = until('2025-12-14T12:01');
    expect(judge({ ...half, observations: [...half.observations, one] }).verdict).toBe('violation');
    expect(judge({ ...more, observations: [...more.observations, one] })).toMatchObject({
      verdict: 'ok',
      article: 'CA-74-01-3-b',
    });
  });

  test('good faith is what decides: denied convicts, established clears, presumed is said', () => {
    const history = until('2026-02-01');
    const some = { ...history, observations: [...history.observations, one] };
    expect(judge(some, { goodFaith: false })).toMatchObject({ verdict: 'violation', cap: 60_00n });
    expect(codes(judge(some, { goodFaith: false }))).toEqual(['not_good_faith']);
    expect(codes(judge(some, { goodFaith: true }))).toEqual([]);
    expect(codes(judge(some))).toEqual(['good_faith_presumed']);
  });

  test('a price at which nothing of what was sold was sold is doubtful, unless good faith is established', () => {
    const history = until('2026-02-01');
    expect(judge(history)).toMatchObject({ verdict: 'review', cap: 60_00n });
    expect(judge(history, { goodFaith: true }).verdict).toBe('ok');
  });

  test('goods listed lately are for a person, even when they were never cheaper', () => {
    const verdict = judge(complete(offer('2026-02-20', 100_00n)));
    expect(verdict.verdict).toBe('review');
    expect(codes(verdict)).toContain('newly_listed');
  });
});

describe('what is not known', () => {
  const high = [offer('2026-01-01', 100_00n), sold('2026-01-02', 100_00n, 5)];

  test('neither convicts nor clears, and says from when it would be known', () => {
    const verdict = judge({ observations: high, completeSince: day('2026-01-01') });
    expect(verdict).toMatchObject({ verdict: 'insufficient_history', cap: null });
    expect(verdict.need).toEqual({ from: day('2025-03-15'), knownFrom: day('2027-01-01') });
  });

  test('but part of the time can be enough', () => {
    const observations = [offer('2025-10-01', 100_00n)];
    expect(judge({ observations, completeSince: day('2025-10-01') }).verdict).toBe('ok');
  });
});

test('others are compared with by evidence, a suggested price under its label', () => {
  const other = (basis: object, facts: ClaimFacts = {}) =>
    judgeClaim(
      claimInput({
        claim: claim({ startsAt: START, reference: 100_00n, kind: 'market', basis: { disclosed: false, ...basis } }),
        history: complete(),
        policy,
        facts,
      }),
    );
  expect(other({})).toMatchObject({ verdict: 'review', article: 'CA-74-01-2' });
  expect(other({ evidence: true }).verdict).toBe('ok');
  expect(other({ evidence: false }).verdict).toBe('violation');
  expect(other({}, { areaPrice: 99_99n })).toMatchObject({ verdict: 'violation', cap: 99_99n, basis: 'area_price' });
  expect(other({}, { areaPrice: 100_00n }).verdict).toBe('ok');
});
