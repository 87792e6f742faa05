import fc from 'fast-check';
import type { ClaimInput } from '../../../src/domain/price/claim-input.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceObservation } from '../../../src/domain/price/observation.ts';
import { lawWindowDays } from '../../../src/domain/price/policy.ts';
import { BEGINNING_OF_TIME, DAY } from '../../../src/domain/time.ts';
import { daysBefore } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, observation, policyOf } from './world.ts';

const START = Date.UTC(2026, 2, 15, 4);

interface Row {
  readonly hour: number;
  readonly price: bigint;
  readonly sale: boolean;
  readonly excluded: boolean;
  readonly sku: string | null;
  readonly dollars: boolean;
}

const row: fc.Arbitrary<Row> = fc.record({
  hour: fc.integer({ min: -1_500, max: 240 }),
  price: fc.bigInt({ min: 1n, max: 50_000n }),
  sale: fc.boolean(),
  excluded: fc.boolean(),
  sku: fc.constantFrom(null, null, null, 'S', 'L'),
  dollars: fc.constantFrom(false, false, false, false, false, true),
});

function recorded(rows: readonly Row[], currency: string): PriceObservation[] {
  return rows.map(({ hour, price, sale, excluded, sku, dollars }, index) =>
    observation({
      id: `R${index}`,
      at: START + hour * (DAY / 24),
      price,
      sku,
      currency: dollars ? 'USD' : currency,
      kind: sale ? 'sale' : 'offer',
      refunded: sale && excluded,
    }),
  );
}

const LAWS = ['CN', 'EU', 'UK', 'US', 'CA', 'AU'] as const;

const facts = fc.record({
  law: fc.constantFrom(...LAWS),
  rows: fc.array(row, { maxLength: 30 }),
  reference: fc.bigInt({ min: 1n, max: 60_000n }),
  salePrice: fc.bigInt({ min: 1n, max: 50_000n }),
  percentBps: fc.option(fc.integer({ min: 100, max: 9_900 })),
  known: fc.constantFrom(BEGINNING_OF_TIME, START - 40 * DAY, START - 3 * DAY, null),
});

type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

function inputOf({ law, rows, reference, salePrice, percentBps, known }: Facts): ClaimInput {
  const policy = policyOf(law);
  return claimInput({
    claim: claim({ startsAt: START, reference, percentBps, endsAt: START + 3 * DAY }),
    salePrice,
    history: { observations: recorded(rows, policy.currency), completeSince: known },
    policy,
    facts: { expectedUnits: 4 },
  });
}

/** Prices that certainly count in the law's window. */
function countedPrices({ claim: { startsAt }, currency, history, policy }: ClaimInput): bigint[] {
  const days = lawWindowDays(policy);
  const { from, to } = daysBefore(policy.zone, startsAt, days);
  const before = history.observations.filter(({ at }) => at < to);
  const skus = new Set(before.flatMap(({ sku }) => sku ?? []));
  const counting = before.filter(
    (one) => one.at >= from && one.currency === currency && (skus.size < 2 || one.sku !== null),
  );
  if (policy.law === 'CN') {
    return counting.filter(({ kind, refunded }) => kind === 'sale' && !refunded).map(({ price }) => price);
  }
  const offers = counting.filter(({ kind }) => kind === 'offer');
  const key = ({ at, sku }: PriceObservation) => (skus.size < 2 ? `${at}` : `${at} ${sku}`);
  const ordered = offers.sort((left, right) => (left.id < right.id ? -1 : 1));
  return [...new Map(ordered.map((offer) => [key(offer), offer.price])).values()];
}

describe('for any history', () => {
  test('the cap is never above a price that counts in the window', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        if (drawn.law !== 'CN' && drawn.law !== 'EU') return;
        const input = inputOf(drawn);
        const { cap, capIsBound } = judgeClaim(input);
        const variants = new Set(drawn.rows.map(({ sku }) => sku)).size;
        if (cap === null || (capIsBound && variants > 1)) return;
        for (const price of countedPrices(input)) expect(cap <= price).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a reference equal to the cap is never above it, one more always is', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        if (drawn.law !== 'CN' && drawn.law !== 'EU') return;
        const input = inputOf({ ...drawn, known: BEGINNING_OF_TIME, percentBps: null });
        const { cap, capIsBound } = judgeClaim(input);
        if (cap === null || capIsBound) return;
        const codes = (reference: bigint) =>
          judgeClaim({ ...input, claim: { ...input.claim, reference } }).findings.map(({ code }) => code);
        expect(codes(cap)).not.toContain('reference_above_cap');
        expect(codes(cap + 1n)).toContain('reference_above_cap');
      }),
      { numRuns: 500 },
    );
  });

  test('where the cap is a test of time and volume, a reference equal to it passes and one more does not', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        if (drawn.law === 'CN' || drawn.law === 'EU') return;
        const rows = drawn.rows.map((one) => ({ ...one, sku: null, price: one.price + 100n }));
        const input = inputOf({ ...drawn, rows, known: BEGINNING_OF_TIME, percentBps: null, salePrice: 1n });
        const { cap, capIsBound } = judgeClaim(input);
        if (cap === null || capIsBound) return;
        const verdict = (reference: bigint) => judgeClaim({ ...input, claim: { ...input.claim, reference } }).verdict;
        expect(verdict(cap)).toBe('ok');
        expect(verdict(cap + 1n)).not.toBe('ok');
      }),
      { numRuns: 2_000 },
    );
  });

  test('history before the records began never takes back a conviction', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 1_000 }), (drawn, hours) => {
        const known = START - hours * (DAY / 24);
        const all = inputOf({
          ...drawn,
          rows: drawn.rows.map((one) => ({ ...one, sku: null })),
          known: BEGINNING_OF_TIME,
          percentBps: null,
        });
        const observations = all.history.observations.filter(({ at }) => at >= known);
        const partial = judgeClaim({ ...all, history: { observations, completeSince: known } });
        if (partial.verdict === 'violation') expect(judgeClaim(all).verdict).toBe('violation');
      }),
      { numRuns: 2_000 },
    );
  });

  test('a long history is judged like the same one that is read in full', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 1, max: 500 }), (drawn, spacing) => {
        const input = inputOf(drawn);
        const old = Array.from({ length: 300 }, (_, index) =>
          observation({
            id: `A${index}`,
            at: START - 20 * DAY - (300 - index) * spacing * (DAY / 24),
            price: 100n + BigInt((index * 37) % 50),
            kind: index % 3 === 0 ? 'sale' : 'offer',
            currency: index === 17 ? 'USD' : input.currency,
            sku: index % 50 === 0 ? 'S' : null,
          }),
        );
        const observations = [...input.history.observations, ...old];
        const indexed = judgeClaim({ ...input, history: { ...input.history, observations } });
        // A record that was withdrawn keeps a history from being indexed, and changes nothing else.
        const withdrawn = observation({ id: 'W', at: START - DAY, price: 1n, retracted: true });
        const whole = judgeClaim({
          ...input,
          history: { ...input.history, observations: [...observations, withdrawn] },
        });
        expect(indexed).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  test('what happens from the start of the claim on never changes its verdict', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const input = inputOf(drawn);
        const observations = input.history.observations.filter(({ at }) => at < START);
        const before = judgeClaim({ ...input, history: { ...input.history, observations } });
        expect({ ...judgeClaim(input), mitigations: [] }).toEqual({ ...before, mitigations: [] });
      }),
      { numRuns: 500 },
    );
  });

  test('judging later with the same recorded knowledge changes nothing', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: -1_500, max: 240 }), (drawn, hour) => {
        const knownAt = START + hour * (DAY / 24);
        const input = inputOf(drawn);
        const observations = input.history.observations.filter(({ recordedAt }) => recordedAt <= knownAt);
        const then = judgeClaim({ ...input, history: { ...input.history, observations }, knownAt });
        expect(judgeClaim({ ...input, knownAt })).toEqual(then);
      }),
      { numRuns: 500 },
    );
  });

  test('learning more never takes back a conviction that rested on part of the window', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const partial = judgeClaim(inputOf({ ...drawn, known: null }));
        if (partial.verdict !== 'violation') return;
        expect(judgeClaim(inputOf({ ...drawn, known: BEGINNING_OF_TIME })).verdict).toBe('violation');
      }),
      { numRuns: 1_000 },
    );
  });

  test('nothing recorded and nothing complete never convicts on history', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const large = { ...drawn, reference: drawn.reference + 100n, salePrice: 1n };
        const { verdict } = judgeClaim(inputOf({ ...large, rows: [], known: null, percentBps: null }));
        expect(verdict).toBe('insufficient_history');
      }),
    );
  });

  test('amounts a thousand times as large give the same verdict and a cap a thousand times as high', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        // Rounding in yuan is an amount, and so does not scale.
        const small = inputOf({ ...drawn, percentBps: drawn.law === 'CN' ? null : drawn.percentBps });
        const large = inputOf({
          ...drawn,
          percentBps: small.claim.percentBps,
          reference: drawn.reference * 1_000n,
          salePrice: drawn.salePrice * 1_000n,
          rows: drawn.rows.map((one) => ({ ...one, price: one.price * 1_000n })),
        });
        const [left, right] = [judgeClaim(small), judgeClaim(large)];
        expect(right.verdict).toBe(left.verdict);
        expect(right.cap).toBe(left.cap === null ? null : left.cap * 1_000n);
        expect(right.findings).toEqual(left.findings);
      }),
      { numRuns: 500 },
    );
  });

  test('the order in which records are passed does not matter', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const input = inputOf(drawn);
        const observations = [...input.history.observations].reverse();
        expect(judgeClaim({ ...input, history: { ...input.history, observations } })).toEqual(judgeClaim(input));
      }),
    );
  });
});
