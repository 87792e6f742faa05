import type { Claim } from '../../../src/domain/listing.ts';
import type { ClaimFacts } from '../../../src/domain/price/facts.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { parseInZone } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, complete, observation, policyOf } from './world.ts';

const policy = policyOf('US');
const day = (text: string) => parseInZone(text, policy.zone);
const START = day('2026-06-15');

function offer(at: string, price: bigint): PriceObservation {
  return observation({ at: day(at), price, currency: 'USD' });
}

const deal = (at: string, price: bigint, quantity = 1) =>
  observation({ at: day(at), price, currency: 'USD', kind: 'sale', quantity });

function judge(
  history: PriceHistory,
  facts: ClaimFacts = {},
  change: Partial<Claim> = {},
  salePrice = 75_00n,
): PriceVerdict {
  const one = claim({ startsAt: START, reference: 100_00n, ...change });
  return judgeClaim(claimInput({ claim: one, salePrice, history, policy, facts }));
}

const codes = ({ findings }: PriceVerdict) => findings.map(({ code }) => code);
const LOW = offer('2024-01-01', 75_00n);

describe('a former price', () => {
  test('offered openly for 28 of the last 90 days is supported, a minute less is not', () => {
    const until = (at: string) =>
      complete(LOW, offer('2026-04-01', 100_00n), offer(at, 75_00n), deal('2026-04-10', 100_00n));
    expect(judge(until('2026-04-29'))).toMatchObject({ verdict: 'ok', cap: 100_00n, article: 'US-16-233-1-a' });
    expect(judge(until('2026-04-28T23:59')).verdict).toBe('review');
  });

  test('without a single sale it may still be genuine, but not when everything sold for less', () => {
    const long = offer('2026-01-01', 100_00n);
    expect(judge(complete(long)).verdict).toBe('ok');
    expect(judge(complete(long, deal('2026-05-01', 75_00n, 40))).verdict).toBe('review');
    expect(judge(complete(long, deal('2026-05-01', 75_00n, 40)), { goodFaith: true }).verdict).toBe('ok');
    expect(judge(complete(long), { goodFaith: false }).verdict).toBe('violation');
    expect(judge(complete(long), { openlyOffered: false }).article).toBe('US-16-233-1-d');
  });

  test('"formerly sold at" says that it was sold', () => {
    const label = 'Formerly sold at $100';
    const long = offer('2026-01-01', 100_00n);
    expect(judge(complete(long), {}, { label }).verdict).toBe('review');
    expect(judge(complete(long, deal('2026-05-01', 100_00n)), {}, { label }).verdict).toBe('ok');
  });

  test('of the remote past is no former price', () => {
    const history = complete(offer('2025-01-01', 100_00n), offer('2026-03-01', 75_00n));
    expect(codes(judge(history))).toEqual(['not_offered_recently']);
    expect(codes(judge(complete(LOW)))).toEqual(['not_offered_recently']);
  });

  test('set for a few days in order to be cut is fictitious', () => {
    const history = complete(
      LOW,
      deal('2026-05-20', 75_00n, 99),
      offer('2026-06-10', 100_00n),
      deal('2026-06-11', 100_00n),
    );
    expect(judge(history)).toMatchObject({ verdict: 'violation', article: 'US-16-233-1-c', cap: 75_00n });
  });

  test('far above cost with the usual markup, hardly sold, is fictitious', () => {
    const facts: ClaimFacts = {
      cost: 5_00n,
      usualMarkupBps: 5_000n,
      offeredDays: 4,
      unitsAtReference: 1,
      unitsSold: 90,
    };
    const verdict = judge(complete(), facts, { reference: 10_00n }, 7_50n);
    expect(verdict).toMatchObject({
      verdict: 'violation',
      cap: 7_50n,
      basis: 'usual_markup',
      article: 'US-16-233-1-c',
    });
    const genuine = { ...facts, offeredDays: 40, unitsAtReference: 80 };
    expect(judge(complete(), genuine, { reference: 10_00n }, 7_50n).verdict).toBe('ok');
  });
});

describe('the size of the reduction', () => {
  const long = complete(offer('2025-01-01', 100_00n), deal('2026-05-01', 100_00n, 9));

  test('from 10 to 9.99 is none, a small one is for a person, five percent is enough', () => {
    expect(codes(judge(long, {}, {}, 99_90n))).toEqual(['reduction_meaningless']);
    expect(judge(long, {}, {}, 95_01n).verdict).toBe('review');
    expect(judge(long, {}, {}, 95_00n).verdict).toBe('ok');
  });

  test('a reference under the price is none at all', () => {
    expect(codes(judge(long, {}, { reference: 60_00n }))).toEqual([
      'reduction_meaningless',
      'reference_not_above_price',
    ]);
  });
});

describe("others' prices and perfect goods", () => {
  const other = (kind: Claim['kind'], facts: ClaimFacts, basis = {}) =>
    judge(complete(), facts, { kind, basis: { disclosed: false, ...basis } });

  test('may not appreciably exceed what others in the area really sell for', () => {
    expect(other('market', { areaPrice: 95_24n }).verdict).toBe('ok');
    expect(other('market', { areaPrice: 95_23n })).toMatchObject({ verdict: 'violation', article: 'US-16-233-2' });
    expect(other('market', { likeGrade: false }).verdict).toBe('violation');
    expect(other('msrp', { areaPrice: 80_00n }, { labelledMsrp: true }).article).toBe('US-16-233-3');
    expect(other('competitor', {}).verdict).toBe('review');
  });

  test('seconds say that the higher price is for perfect ones', () => {
    const long = complete(offer('2025-01-01', 100_00n), deal('2026-05-01', 100_00n));
    expect(judge(long, { imperfect: true, imperfectDisclosed: false }).article).toBe('US-16-233-5');
    expect(judge(long, { imperfect: true }).verdict).toBe('review');
    expect(judge(long, { imperfect: true, imperfectDisclosed: true }).verdict).toBe('ok');
  });
});

test('too few known days are not few days', () => {
  const observations = [offer('2026-06-01', 100_00n), deal('2026-06-02', 100_00n)];
  const verdict = judge({ observations, completeSince: day('2026-06-01') });
  expect(verdict).toMatchObject({ verdict: 'insufficient_history', cap: null });
  expect(verdict.need?.knownFrom).toBe(day('2026-08-30'));
});
