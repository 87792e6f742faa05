import type { Claim } from '../../../src/domain/listing.ts';
import type { ClaimInput } from '../../../src/domain/price/claim-input.ts';
import { judgeClaim, judgeUnder } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { EuPricePolicy } from '../../../src/domain/price/policy.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { brussels, claim, claimInput, complete, euPolicy, observation, POLICIES } from './world.ts';

const START = brussels('2026-03-15');

function offer(at: string, price: bigint, change: Partial<PriceObservation> = {}): PriceObservation {
  return observation({ at: brussels(at), price, currency: 'EUR', ...change });
}

interface Case extends Partial<Omit<ClaimInput, 'claim' | 'policy'>> {
  readonly claim?: Partial<Claim>;
  readonly policy?: Partial<EuPricePolicy>;
}

function judge(history: PriceHistory, { claim: more, policy, ...input }: Case): PriceVerdict {
  return judgeClaim(
    claimInput({ ...input, claim: claim({ startsAt: START, ...more }), history, policy: euPolicy(policy) }),
  );
}

function codes(verdict: PriceVerdict): string[] {
  return verdict.findings.map(({ code }) => code);
}

describe('the prior price is the lowest of the thirty days before', () => {
  const dip = complete(
    offer('2026-01-01', 100_00n),
    offer('2026-02-20', 80_00n, { id: 'DIP' }),
    offer('2026-02-23', 100_00n),
  );

  test('a dip within them is the prior price, however short', () => {
    const verdict = judge(dip, { claim: { reference: 100_00n, percentBps: 30_00 }, salePrice: 70_00n });
    expect(verdict).toMatchObject({ verdict: 'violation', cap: 80_00n, evidence: ['DIP'], article: 'EU-98-6-6a-2' });
    expect(codes(verdict)).toEqual(['reference_above_cap', 'percent_overstated']);
  });

  test('C-330/23: the percentage is measured from it, to half a point', () => {
    const at = (percentBps: number) =>
      judge(dip, { claim: { reference: 80_00n, percentBps }, salePrice: 70_00n }).verdict;
    expect([at(12_50), at(13_00), at(13_01)]).toEqual(['ok', 'ok', 'violation']);
  });

  test('the price carried into the window counts, though it was set long before', () => {
    const carried = complete(offer('2025-06-01', 60_00n), offer('2026-03-01', 100_00n));
    expect(judge(carried, { claim: { reference: 100_00n }, salePrice: 50_00n }).cap).toBe(60_00n);
  });

  test('a price replaced at the very start of the window does not', () => {
    const replaced = complete(offer('2025-06-01', 60_00n), offer('2026-02-13', 100_00n));
    expect(judge(replaced, { claim: { reference: 100_00n }, salePrice: 50_00n })).toMatchObject({
      verdict: 'ok',
      cap: 100_00n,
    });
  });

  test('days are calendar days: thirty of them across the change to summer time start at local midnight', () => {
    const replaced = complete(offer('2025-06-01', 60_00n), offer('2026-03-10', 100_00n));
    const startsAt = brussels('2026-04-09');
    expect(judge(replaced, { claim: { reference: 100_00n, startsAt }, salePrice: 50_00n }).cap).toBe(100_00n);
  });

  test('a price at or above the prior price is no reduction', () => {
    const verdict = judge(dip, { claim: { reference: 80_00n }, salePrice: 80_00n });
    expect(verdict.verdict).toBe('violation');
    expect(codes(verdict)).toEqual(['no_reduction']);
  });

  test('raised two days before, then "reduced": the price of before the raise is shown', () => {
    const raised = complete(offer('2025-10-01', 400_00n), offer('2026-03-13', 500_00n));
    expect(judge(raised, { claim: { reference: 500_00n, percentBps: 10_00 }, salePrice: 450_00n })).toMatchObject({
      verdict: 'violation',
      cap: 400_00n,
    });
  });

  test('an announced reduction is never its own reference, at its start or on its 31st day', () => {
    const launched = complete(offer('2026-01-01', 100_00n), offer('2026-03-15', 70_00n));
    const facts = { claim: { reference: 100_00n, percentBps: 30_00 }, salePrice: 70_00n };
    expect(judge(launched, facts)).toMatchObject({ verdict: 'ok', cap: 100_00n });
    const day31 = { ...facts, claim: { ...facts.claim, startsAt: brussels('2026-04-14'), campaignStartsAt: START } };
    expect(judge(launched, day31)).toMatchObject({ verdict: 'ok', cap: 100_00n });
  });

  test('prices of members and coupons are not the price for everyone', () => {
    const layered = complete(offer('2026-01-01', 100_00n), offer('2026-03-01', 60_00n, { layer: 'member' }));
    expect(judge(layered, { claim: { reference: 100_00n }, salePrice: 70_00n }).cap).toBe(100_00n);
  });
});

describe('what is not known neither convicts nor clears', () => {
  test('a known lower price inside the window convicts, whatever else is missing', () => {
    const partial = { observations: [offer('2026-03-01', 80_00n)], completeSince: null };
    expect(judge(partial, { claim: { reference: 80_01n }, salePrice: 70_00n })).toMatchObject({
      verdict: 'violation',
      cap: 80_00n,
      capIsBound: true,
    });
    expect(judge(partial, { claim: { reference: 80_00n }, salePrice: 70_00n })).toMatchObject({
      verdict: 'insufficient_history',
      cap: null,
    });
  });

  test('an offer at the first instant of the window is known to have been in force in it', () => {
    const partial = { observations: [offer('2026-02-13', 80_00n)], completeSince: null };
    expect(judge(partial, { claim: { reference: 80_01n }, salePrice: 70_00n }).verdict).toBe('violation');
  });

  test('an offer from before the records began may have been replaced unseen', () => {
    const stale = { observations: [offer('2025-06-01', 60_00n)], completeSince: brussels('2026-01-01') };
    const verdict = judge(stale, { claim: { reference: 100_00n }, salePrice: 50_00n });
    expect(verdict.verdict).toBe('insufficient_history');
  });

  test('the verdict says from when it could be known', () => {
    const young = { observations: [offer('2026-03-01', 80_00n)], completeSince: brussels('2026-03-01') };
    const verdict = judge(young, { claim: { reference: 80_00n }, salePrice: 70_00n });
    expect(verdict.need).toEqual({ from: brussels('2026-02-13'), knownFrom: brussels('2026-03-31') });
  });
});

describe('options of the member states', () => {
  const tenDays = complete(offer('2026-03-05', 50_00n));
  const facts = { claim: { reference: 50_00n, percentBps: 20_00 }, salePrice: 40_00n };

  test('goods listed ten days ago: since listing where the state allows it, else not long enough', () => {
    expect(judge(tenDays, { ...facts, policy: { newlyListed: 'since_listing' } })).toMatchObject({
      verdict: 'ok',
      cap: 50_00n,
      basis: 'since_listing',
    });
    expect(judge(tenDays, facts).verdict).toBe('insufficient_history');
    expect(judge(tenDays, { ...facts, claim: { reference: 50_01n } }).verdict).toBe('violation');
  });

  const steps = [offer('2025-12-01', 100_00n), offer('2026-03-01', 90_00n), offer('2026-03-08', 80_00n)];
  const growing = {
    claim: { reference: 100_00n, percentBps: 30_00, campaignStartsAt: brussels('2026-03-01') },
    salePrice: 70_00n,
  };

  test('a reduction that grows is measured from before its first step where the state allows it', () => {
    expect(judge(complete(...steps), { ...growing, policy: { progressive: true } })).toMatchObject({
      verdict: 'ok',
      cap: 100_00n,
      basis: 'first_step',
      article: 'EU-98-6-6a-5',
    });
    expect(judge(complete(...steps), growing)).toMatchObject({ verdict: 'violation', cap: 80_00n });
  });

  test('an interruption ends it', () => {
    const interrupted = complete(...steps, offer('2026-03-10', 100_00n));
    const verdict = judge(interrupted, { ...growing, policy: { progressive: true } });
    expect(verdict).toMatchObject({ verdict: 'violation', cap: 80_00n });
    expect(codes(verdict)).toContain('progressive_not_shown');
  });

  test('a first step that did not lower the price is none', () => {
    const verdict = judge(complete(offer('2025-12-01', 100_00n), offer('2026-03-08', 80_00n)), {
      ...growing,
      policy: { progressive: true },
    });
    expect(verdict.cap).toBe(80_00n);
  });

  test('perishable goods: exempt, the last price, or like all others', () => {
    const fresh = complete(offer('2026-02-01', 4_00n), offer('2026-03-14', 5_00n));
    const at = (perishable: EuPricePolicy['perishable']) =>
      judge(fresh, { claim: { reference: 5_00n }, salePrice: 3_00n, perishable: true, policy: { perishable } });
    expect(at('exempt').verdict).toBe('out_of_scope');
    expect(at('last_price')).toMatchObject({ verdict: 'ok', cap: 5_00n, basis: 'last_price' });
    expect(at('standard')).toMatchObject({ verdict: 'violation', cap: 4_00n });
  });
});

describe('what is announced, and to whom', () => {
  const stable = complete(offer('2025-12-01', 100_00n));

  test.each<[string, Case]>([
    ['a silent cut', { announced: false }],
    ['an offer to one buyer', { audience: 'individual', claim: { reference: 120_00n } }],
    ['a lasting loyalty programme', { audience: 'loyalty', claim: { reference: 120_00n } }],
    [
      'a labelled suggested price',
      { claim: { kind: 'msrp', reference: 120_00n, basis: { disclosed: false, labelledMsrp: true } } },
    ],
    ["a competitor's price", { claim: { kind: 'competitor', reference: 120_00n } }],
  ])('%s is outside the article', (_, facts) => {
    expect(judge(stable, { salePrice: 80_00n, ...facts }).verdict).toBe('out_of_scope');
  });

  test('"sale" without a prior price is a violation, with the price that should have been shown', () => {
    expect(judge(stable, { salePrice: 80_00n })).toMatchObject({
      verdict: 'violation',
      article: 'EU-98-6-6a-1',
      cap: 100_00n,
    });
  });

  test('a suggested price without its label is read as the prior price', () => {
    const basis = { disclosed: false, labelledMsrp: false };
    expect(judge(stable, { claim: { kind: 'msrp', reference: 120_00n, basis }, salePrice: 80_00n }).verdict).toBe(
      'violation',
    );
    expect(
      judge(stable, { claim: { kind: 'msrp', reference: 120_00n, basis: { disclosed: false } }, salePrice: 80_00n })
        .verdict,
    ).toBe('review');
  });
});

describe('the version in force when the claim began', () => {
  const { policy: _, ...input } = claimInput({
    claim: claim({ startsAt: START, reference: 50_00n, percentBps: 20_00 }),
    history: complete(offer('2026-03-05', 50_00n)),
    salePrice: 40_00n,
    policy: euPolicy(),
  });

  test("a member state's options apply there, the directive where a state has no entry", () => {
    expect(judgeUnder(POLICIES, 'EU-PL', { ...input, currency: 'EUR' })).toMatchObject({
      verdict: 'ok',
      policy: { id: 'eu-98-6-pl', version: 1 },
    });
    expect(judgeUnder(POLICIES, 'EU-PT', input).policy).toEqual({ id: 'eu-98-6', version: 1 });
  });

  test('conduct before the law is outside it; law that we do not have is for a person', () => {
    const early = { ...input, claim: { ...input.claim, startsAt: brussels('2022-05-27') } };
    expect(judgeUnder(POLICIES, 'EU', early).verdict).toBe('out_of_scope');
    expect(judgeUnder(POLICIES, 'NZ', input).verdict).toBe('review');
  });

  test('a later version does not reach back', () => {
    const stricter = euPolicy({ version: 2, effectiveFrom: brussels('2026-03-16'), newlyListed: 'since_listing' });
    expect(judgeUnder([...POLICIES, stricter], 'EU', input).verdict).toBe('insufficient_history');
    const later = { ...input, claim: { ...input.claim, startsAt: brussels('2026-03-16') } };
    expect(judgeUnder([...POLICIES, stricter], 'EU', later).verdict).toBe('ok');
  });
});
