import type { Claim } from '../../../src/domain/listing.ts';
import type { ClaimFacts } from '../../../src/domain/price/facts.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceObservation } from '../../../src/domain/price/observation.ts';
import { claim, claimInput, cnPolicy, complete, observation, shanghai } from './world.ts';

const START = shanghai('2026-03-15');

function sale(at: string, price: bigint, id = at): PriceObservation {
  return observation({ id, at: shanghai(at), price, kind: 'sale' });
}

const DEALS = [sale('2026-02-01', 60_00n), sale('2026-03-12', 100_00n)];

function judge(facts: ClaimFacts, change: Partial<Claim> = {}, salePrice = 79_00n, deals = DEALS) {
  const one = claim({ startsAt: START, reference: 100_00n, ...change });
  return judgeClaim(claimInput({ claim: one, history: complete(...deals), policy: cnPolicy(), salePrice, facts }));
}

const notes = (change: Partial<Claim>, salePrice = 79_00n, facts: ClaimFacts = {}) =>
  judge(facts, change, salePrice).findings.map(({ code, article }) => [code, article]);

describe('practices that somebody stated', () => {
  test.each<[ClaimFacts, string]>([
    [{ practices: ['promise_refused'] }, 'CN-56-19-5'],
    [{ practices: ['conditions_hidden'] }, 'CN-56-19-6'],
    [{ practices: ['coupon_refused'] }, 'CN-56-19-7'],
    [{ practices: ['scope_differs'] }, 'CN-56-20-2'],
    [{ settledPrice: 79_01n }, 'CN-56-19-2'],
    [{ gift: { described: false } }, 'CN-56-18'],
    [{ gift: { described: true, shownValue: 20_00n, currentPrice: 10_00n } }, 'CN-56-18'],
  ])('%j is a breach of its own', (facts, article) => {
    expect(judge(facts)).toMatchObject({ verdict: 'violation', article, cap: 100_00n });
  });

  test.each<[ClaimFacts]>([
    [{ settledPrice: 79_00n }],
    [{ gift: { described: true, shownValue: 20_00n, currentPrice: 20_00n } }],
    [{ gift: { described: true, shownValue: 20_00n } }],
    [{ practices: [] }],
  ])('%j is none', (facts) => {
    expect(judge(facts).verdict).toBe('ok');
  });
});

describe('what speaks for the trader', () => {
  const raised = [{ ...sale('2026-02-20', 100_00n), quantity: 40 }, sale('2026-03-12', 180_00n)];

  test('a good reason for the raise takes it away, want of intent is only recorded', () => {
    expect(judge({}, { reference: 180_00n }, 100_00n, raised).article).toBe('CN-56-17-1');
    expect(judge({ goodReason: true }, { reference: 180_00n }, 100_00n, raised).verdict).toBe('ok');
    const verdict = judge({ noIntent: true }, { reference: 200_00n });
    expect(verdict).toMatchObject({
      verdict: 'violation',
      mitigations: [{ code: 'no_intent', article: 'CN-56-21-1' }],
    });
  });
});

describe('words of clearance and limited time are findings beside the verdict', () => {
  test('a lowest price may equal the lowest deal of the look-back, not exceed it', () => {
    expect(notes({ text: '史低价' }, 60_00n)).toEqual([]);
    expect(notes({ text: '史低价' }, 60_01n)).toEqual([['clearance_untrue', 'CN-CPR-6-5']]);
    expect(judge({}, { text: '史低价' }, 60_01n).verdict).toBe('ok');
  });

  test('a clearance price lies below the last deal, and stock is not added to it', () => {
    expect(notes({ label: '清仓价' }, 99_99n)).toEqual([]);
    expect(notes({ label: '清仓价', reference: 101_00n }, 100_00n)).toContainEqual(['clearance_untrue', 'CN-CPR-6-5']);
    expect(notes({ label: '清仓价' }, 79_00n, { restocked: true })).toEqual([['clearance_untrue', 'CN-CPR-6-5']]);
  });

  test('a limited time shows its end', () => {
    expect(notes({ text: '限时直降' })).toEqual([['period_not_shown', 'CN-32-21']]);
    expect(notes({ text: '限时直降', endsAt: START + 1 })).toEqual([]);
  });

  test('a reference at or under the price compares nothing', () => {
    expect(notes({ reference: 79_00n })).toEqual([['reference_not_above_price', 'CN-56-17-2']]);
    expect(notes({ reference: 79_01n })).toEqual([]);
  });
});
