import fc from 'fast-check';
import type { ClaimInput } from '../../../src/domain/price/claim-input.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceObservation } from '../../../src/domain/price/observation.ts';
import { lawWindowDays } from '../../../src/domain/price/policy.ts';
import { BEGINNING_OF_TIME, DAY } from '../../../src/domain/time.ts';
import { daysBefore } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, cnPolicy, euPolicy, observation } from './world.ts';

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

const facts = fc.record({
  law: fc.constantFrom('CN', 'EU'),
  rows: fc.array(row, { maxLength: 30 }),
  reference: fc.bigInt({ min: 1n, max: 60_000n }),
  salePrice: fc.bigInt({ min: 1n, max: 50_000n }),
  percentBps: fc.option(fc.integer({ min: 100, max: 9_900 })),
  known: fc.constantFrom(BEGINNING_OF_TIME, START - 40 * DAY, START - 3 * DAY, null),
});

type Facts = typeof facts extends fc.Arbitrary<infer T> ? T : never;

function inputOf({ law, rows, reference, salePrice, percentBps, known }: Facts): ClaimInput {
  const policy = law === 'CN' ? cnPolicy() : euPolicy();
  return claimInput({
    claim: claim({ startsAt: START, reference, percentBps }),
    salePrice,
    history: { observations: recorded(rows, law === 'CN' ? 'CNY' : 'EUR'), completeSince: known },
    policy,
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
        const { verdict } = judgeClaim(inputOf({ ...drawn, rows: [], known: null, percentBps: null }));
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
