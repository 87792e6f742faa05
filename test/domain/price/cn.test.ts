import type { Claim } from '../../../src/domain/listing.ts';
import type { ClaimInput } from '../../../src/domain/price/claim-input.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { DAY } from '../../../src/domain/time.ts';
import { claim, claimInput, cnPolicy, complete, observation, shanghai } from './world.ts';

const START = shanghai('2026-03-15');

function sale(at: string, price: bigint, change: Partial<PriceObservation> = {}): PriceObservation {
  return observation({ at: shanghai(at), price, kind: 'sale', ...change });
}

function judge(
  reference: bigint | null,
  history: PriceHistory,
  more: Partial<Claim> = {},
  input: Partial<ClaimInput> = {},
): PriceVerdict {
  return judgeClaim(
    claimInput({ claim: claim({ startsAt: START, reference, ...more }), history, policy: cnPolicy(), ...input }),
  );
}

function codes(verdict: PriceVerdict): string[] {
  return verdict.findings.map(({ code }) => code);
}

describe('the reference may not exceed the lowest deal of the seven days before', () => {
  const deals = complete(
    sale('2026-03-09', 99_00n),
    sale('2026-03-12', 89_00n, { id: 'LOW' }),
    sale('2026-03-14', 95_00n),
  );

  test('one fen above the lowest deal is a violation, and the deal is the evidence', () => {
    expect(judge(89_01n, deals)).toMatchObject({
      verdict: 'violation',
      cap: 89_00n,
      capIsBound: false,
      basis: 'lowest_sale_7d',
      article: 'CN-56-16-2',
      evidence: ['LOW'],
    });
  });

  test('equal to it passes', () => {
    expect(judge(89_00n, deals).verdict).toBe('ok');
  });

  test('a deal at the first instant of the window counts, one a millisecond earlier does not', () => {
    const edge = shanghai('2026-03-08');
    const inside = sale('2026-03-08', 50_00n);
    const outside = { ...inside, at: edge - 1 };
    const later = sale('2026-03-12', 90_00n);
    expect(judge(60_00n, complete(inside, later)).cap).toBe(50_00n);
    expect(judge(60_00n, complete(outside, later)).cap).toBe(90_00n);
  });

  test('a deal at the start of the claim is the reduction itself and does not count', () => {
    const before = sale('2026-03-12', 90_00n);
    expect(judge(90_00n, complete(before, sale('2026-03-15', 79_00n))).verdict).toBe('ok');
  });

  test('refunded and brushed deals do not count', () => {
    const fake = [sale('2026-03-10', 10_00n, { refunded: true }), sale('2026-03-11', 20_00n, { brushed: true })];
    expect(judge(90_00n, complete(...fake, sale('2026-03-12', 90_00n))).cap).toBe(90_00n);
  });

  test('the policy says whether a subsidised deal counts in full or as the buyer paid it', () => {
    const history = complete(sale('2026-03-12', 90_00n, { platformSubsidy: 15_00n }));
    expect(judge(90_00n, history).cap).toBe(90_00n);
    expect(judge(90_00n, history, {}, { policy: cnPolicy({ subsidisedSale: 'buyer_paid' }) }).cap).toBe(75_00n);
  });

  test('without a deal in the window the last one before it is the cap', () => {
    const history = complete(sale('2026-01-02', 140_00n), sale('2026-02-10', 120_00n));
    expect(judge(120_00n, history)).toMatchObject({ verdict: 'ok', cap: 120_00n, basis: 'last_sale' });
    expect(judge(120_01n, history)).toMatchObject({ verdict: 'violation', cap: 120_00n });
  });

  test('goods that were never sold have no price to compare with', () => {
    const offered = observation({ at: shanghai('2026-01-01'), price: 199_00n });
    expect(judge(199_00n, complete(offered))).toMatchObject({
      verdict: 'violation',
      cap: null,
      basis: 'never_sold',
      article: 'CN-56-17-2',
    });
  });
});

describe('what is not known neither convicts nor clears', () => {
  const low = sale('2026-03-12', 89_00n);

  test('nothing known: insufficient', () => {
    const verdict = judge(199_00n, { observations: [], completeSince: null });
    expect(verdict).toMatchObject({ verdict: 'insufficient_history', cap: null });
    expect(verdict.need).toEqual({ from: START - 7 * DAY, knownFrom: null });
  });

  test('part of the window known: a lower deal in it convicts, a higher one does not clear', () => {
    const partial = { observations: [low], completeSince: shanghai('2026-03-11') };
    expect(judge(89_01n, partial)).toMatchObject({ verdict: 'violation', cap: 89_00n, capIsBound: true });
    expect(judge(89_00n, partial)).toMatchObject({ verdict: 'insufficient_history', cap: null });
    expect(judge(89_00n, partial).need?.knownFrom).toBe(shanghai('2026-03-18'));
  });

  test('an old deal with a gap after it is not known to be the last', () => {
    const gap = { observations: [sale('2026-02-01', 60_00n)], completeSince: shanghai('2026-02-15') };
    expect(judge(199_00n, gap).verdict).toBe('insufficient_history');
  });

  test('no deal since the records began is not the same as never sold', () => {
    expect(judge(199_00n, { observations: [], completeSince: shanghai('2025-01-01') }).verdict).toBe(
      'insufficient_history',
    );
  });

  test('a deal in another currency hides what came before it', () => {
    const history = complete(low, sale('2026-03-13', 12_00n, { currency: 'USD' }));
    const verdict = judge(89_00n, history);
    expect(verdict.verdict).toBe('insufficient_history');
    expect(codes(verdict)).toContain('foreign_currency');
    expect(judge(89_01n, history).verdict).toBe('violation');
  });
});

describe('corrections and what was known when', () => {
  const wrong = sale('2026-03-12', 8_90n, { id: 'S1', recordedAt: shanghai('2026-03-12') });
  const right = sale('2026-03-12', 89_00n, { id: 'S2', corrects: 'S1', recordedAt: shanghai('2026-03-16') });
  const history = complete(wrong, right);

  test('the correction stands from when it was recorded, and not before', () => {
    expect(judge(89_00n, history)).toMatchObject({ verdict: 'ok', cap: 89_00n, evidence: ['S2'] });
    expect(judge(89_00n, history, {}, { knownAt: shanghai('2026-03-15') })).toMatchObject({
      verdict: 'violation',
      cap: 8_90n,
      evidence: ['S1'],
    });
  });

  test('a retracted deal never happened', () => {
    const gone = { ...right, retracted: true };
    expect(judge(89_00n, complete(wrong, gone, sale('2026-02-01', 95_00n))).basis).toBe('last_sale');
  });
});

describe('variants are compared each with itself', () => {
  const history = complete(sale('2026-03-12', 50_00n, { sku: 'S' }), sale('2026-03-12', 100_00n, { sku: 'L' }));

  test('a claim on one variant is judged by that variant', () => {
    expect(judge(100_00n, history, { sku: 'L' })).toMatchObject({ verdict: 'ok', cap: 100_00n });
    expect(judge(100_00n, history, { sku: 'S' })).toMatchObject({ verdict: 'violation', cap: 50_00n });
    expect(judge(100_00n, history, { sku: 'M' }).article).toBe('CN-56-17-2');
  });

  test('a claim on all of them is false when it is false of each, and a question when it is false of some', () => {
    expect(judge(100_01n, history)).toMatchObject({ verdict: 'violation', cap: 50_00n });
    expect(judge(80_00n, history)).toMatchObject({ verdict: 'review', cap: 50_00n });
    expect(judge(50_00n, history).verdict).toBe('ok');
  });
});

describe('claims that state their basis', () => {
  const none = complete();

  test.each([
    [{ disclosed: true, verified: false }, 'violation', 'CN-56-16-1'],
    [{ disclosed: true, verified: true }, 'ok', 'CN-56-16-1'],
    [{ disclosed: true }, 'violation', 'CN-56-16-1'],
  ])('own price with details %j: %s', (basis, verdict, article) => {
    expect(judge(159_00n, none, { basis })).toMatchObject({ verdict, article });
  });

  test('an earlier deal at the reference bears unchecked details out', () => {
    const history = complete(sale('2025-11-11', 159_00n, { id: 'D' }));
    expect(judge(159_00n, history, { basis: { disclosed: true } })).toMatchObject({ verdict: 'ok', evidence: ['D'] });
  });

  test('unchecked details are for a person where only the latest history was read', () => {
    const history = { ...none, readFrom: shanghai('2026-01-01') };
    expect(judge(159_00n, history, { basis: { disclosed: true } }).verdict).toBe('review');
  });

  test.each([
    [{ labelledMsrp: true, evidence: true }, 'ok'],
    [{ labelledMsrp: false, evidence: true }, 'violation'],
    [{ labelledMsrp: true, evidence: false }, 'violation'],
    [{ labelledMsrp: true }, 'review'],
    [{ evidence: true }, 'review'],
  ])('suggested retail price %j: %s', (basis, verdict) => {
    expect(judge(299_00n, none, { kind: 'msrp', basis: { disclosed: false, ...basis } })).toMatchObject({
      verdict,
      article: 'CN-56-16-3',
    });
  });

  test.each([
    [{ evidence: true }, 'ok'],
    [{ evidence: false }, 'violation'],
    [{}, 'review'],
  ])("others' price with %j: %s", (basis, verdict) => {
    expect(judge(299_00n, none, { kind: 'market', basis: { disclosed: false, ...basis } }).verdict).toBe(verdict);
  });

  test('a listing that compares with nothing is not judged', () => {
    expect(judge(null, none).verdict).toBe('out_of_scope');
  });
});

describe('the price around the claim', () => {
  const deal = complete(sale('2026-03-12', 100_00n));

  test('a prominent price below the price to pay is a violation of its own', () => {
    const verdict = judge(100_00n, deal, {}, { salePrice: 100_00n, headlinePrice: 59_00n });
    expect(verdict).toMatchObject({ verdict: 'violation', article: 'CN-56-20-1', cap: 100_00n });
    expect(judge(100_00n, deal, {}, { salePrice: 59_00n, headlinePrice: 59_00n }).verdict).toBe('ok');
  });

  test('raised by a tenth or more shortly before, with hardly a deal at it: raised in order to cut', () => {
    const path = [sale('2026-02-20', 100_00n, { quantity: 40 }), sale('2026-03-12', 180_00n)];
    const verdict = judge(180_00n, complete(...path), {}, { salePrice: 100_00n });
    expect(verdict).toMatchObject({ verdict: 'violation', article: 'CN-56-17-1', cap: 180_00n });
    const sold = complete(...path, sale('2026-03-13', 180_00n, { quantity: 10 }));
    expect(judge(180_00n, sold, {}, { salePrice: 100_00n }).verdict).toBe('ok');
  });

  test('a return to the price of before a promotion is not a raise', () => {
    const path = [
      sale('2026-01-20', 180_00n),
      sale('2026-02-20', 100_00n, { quantity: 40 }),
      sale('2026-03-12', 180_00n),
    ];
    expect(judge(180_00n, complete(...path), {}, { salePrice: 100_00n }).verdict).toBe('ok');
  });

  test('nor is a reference that was already the price before the raise', () => {
    const path = [
      sale('2026-01-20', 180_00n),
      sale('2026-02-20', 100_00n, { quantity: 40 }),
      sale('2026-03-12', 200_00n),
    ];
    expect(judge(180_00n, complete(...path), {}, { salePrice: 100_00n }).verdict).toBe('ok');
    expect(judge(180_01n, complete(...path), {}, { salePrice: 100_00n }).article).toBe('CN-56-17-1');
  });

  test('a percentage that its own figures do not bear out is untrue, but for rounding', () => {
    const at = (percentBps: number) => judge(100_00n, deal, { percentBps }, { salePrice: 79_00n });
    expect(at(21_00).verdict).toBe('ok');
    expect(at(21_50).verdict).toBe('ok');
    expect(at(30_00)).toMatchObject({ verdict: 'violation', article: 'CN-56-16-1' });
  });

  test('a price rounded up to a whole yuan is no untruth, and is recorded as rounding', () => {
    const at = (salePrice: bigint) =>
      judge(18_00n, complete(sale('2026-03-12', 18_00n)), { percentBps: 30_00 }, { salePrice });
    expect(at(13_00n)).toMatchObject({ verdict: 'ok', mitigations: [{ code: 'rounding', article: 'CN-56-21-3' }] });
    expect(at(13_01n).verdict).toBe('violation');
    expect(at(14_00n).verdict).toBe('violation');
  });

  test('a percentage alone implies its reference: half price of 79 means 158', () => {
    expect(judge(null, complete(sale('2026-03-12', 158_00n)), { percentBps: 50_00 }).verdict).toBe('ok');
    expect(judge(null, deal, { percentBps: 50_00 })).toMatchObject({ verdict: 'violation', cap: 100_00n });
  });

  test('a better price really paid is recorded in mitigation and changes nothing', () => {
    const paid = sale('2026-03-15', 70_00n, { id: 'PAID' });
    const verdict = judge(150_00n, complete(...deal.observations, paid));
    expect(verdict.verdict).toBe('violation');
    expect(verdict.mitigations).toEqual([{ code: 'better_deal_paid', article: 'CN-56-21-2', evidence: ['PAID'] }]);
  });
});
