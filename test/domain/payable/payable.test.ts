import fc from 'fast-check';
import type { Promotion } from '../../../src/domain/listing.ts';
import { payableOf, reachOfHeadline } from '../../../src/domain/payable/payable.ts';
import type { PayablePolicy, PayableStage } from '../../../src/domain/payable/policy.ts';
import { payablePolicyFor } from '../../../src/domain/payable/policy.ts';

function stage(name: string, kinds: string[], change: Partial<PayableStage> = {}): PayableStage {
  return {
    name,
    kinds,
    thresholdOf: 'remaining',
    settles: 'checkout',
    platformFunded: false,
    countsForClaim: true,
    ...change,
  };
}

const POLICY: PayablePolicy = {
  id: 'order',
  version: 1,
  jurisdiction: 'CN',
  effectiveFrom: 0,
  source: { title: 'test', checkedOn: '2026-01-01', confidence: 'unverified' },
  stages: [
    stage('item', ['direct']),
    stage('pieces', ['bundle', 'nth_piece']),
    stage('member', ['member']),
    stage('deposit', ['presale_deposit']),
    stage('shop', ['threshold']),
    stage('coupon', ['coupon']),
    stage('platform', ['platform_coupon'], { platformFunded: true, countsForClaim: false }),
    stage('rebate', ['rebate'], { settles: 'later', countsForClaim: false }),
    stage('gift', ['gift']),
  ],
  audiences: { public: 10_000, member: 3_000, new_user: 500 },
  otherAudienceBps: 100,
  fewBps: 1_000,
  ordinaryQuantity: 3,
};

function promotion(kind: string, change: Partial<Promotion> = {}): Promotion {
  return { kind, amount: 0n, threshold: null, stacks: false, audience: 'public', ...change };
}

function payable(price: bigint, ...promotions: Promotion[]) {
  return payableOf({ price, promotions, at: 1_000, policy: POLICY });
}

describe('the payable price', () => {
  test('is the price where nothing comes off', () => {
    const { lowest, typical, claimable, refusals } = payable(199_00n);
    for (const one of [lowest, typical, claimable]) expect(one.unitPaid).toBe(199_00n);
    expect(refusals).toEqual([]);
  });

  test('comes down stage by stage, each threshold measured on what is left', () => {
    const result = payable(
      299_00n,
      promotion('coupon', { amount: 30_00n, threshold: 250_00n }),
      promotion('threshold', { amount: 40_00n, threshold: 299_00n }),
      promotion('platform_coupon', { amount: 20_00n, threshold: 200_00n }),
    );
    expect(result.typical).toMatchObject({ unitPaid: 209_00n, subsidy: 20_00n, applied: [0, 1, 2] });
  });

  test('of one stage takes the better of the best alone and all that stack', () => {
    const stacking = { stacks: true };
    const small = [
      promotion('coupon', { amount: 5_00n, ...stacking }),
      promotion('coupon', { amount: 6_00n, ...stacking }),
    ];
    expect(payable(100_00n, ...small, promotion('coupon', { amount: 10_00n })).typical.applied).toEqual([0, 1]);
    expect(payable(100_00n, ...small, promotion('coupon', { amount: 12_00n })).typical.applied).toEqual([2]);
  });

  test('takes a rate off what earlier stages left, and no more than its maximum', () => {
    const tenth = promotion('coupon', { percentBps: 1_000 });
    expect(payable(100_00n, promotion('direct', { amount: 20_00n }), tenth).typical.unitPaid).toBe(72_00n);
    expect(payable(100_00n, { ...tenth, maximum: 5_00n }).typical.unitPaid).toBe(95_00n);
  });

  test('for a threshold above the price is reached by buying more', () => {
    const { lowest, typical } = payable(60_00n, promotion('threshold', { amount: 20_00n, threshold: 100_00n }));
    expect(typical.unitPaid).toBe(60_00n);
    expect(lowest).toMatchObject({ quantity: 2, paid: 100_00n, unitPaid: 50_00n });
  });

  test('每满 takes off again for each multiple', () => {
    const every = promotion('threshold', { amount: 50_00n, threshold: 300_00n, repeats: true });
    expect(payable(700_00n, every).typical.unitPaid).toBe(600_00n);
  });

  test('of 买一送一 is half, of 第二件半价 three quarters', () => {
    expect(payable(100_00n, promotion('bundle', { quantity: 2, freeQuantity: 1 })).lowest.unitPaid).toBe(50_00n);
    expect(payable(100_00n, promotion('nth_piece', { quantity: 2, percentBps: 5_000 })).lowest.unitPaid).toBe(75_00n);
  });

  test('counts what a deposit is worth beyond what it costs', () => {
    expect(payable(300_00n, promotion('presale_deposit', { deposit: 50_00n, amount: 100_00n })).typical.unitPaid).toBe(
      250_00n,
    );
  });

  test('keeps rebates and gifts apart from what is paid', () => {
    const { typical, lowest, giftValue, claimable } = payable(
      100_00n,
      promotion('rebate', { amount: 10_00n }),
      promotion('gift', { giftValue: 99_00n }),
    );
    expect(typical).toMatchObject({ unitPaid: 100_00n, unitNet: 90_00n, rebate: 10_00n });
    expect(lowest.unitNet).toBe(90_00n);
    expect(claimable.unitPaid).toBe(100_00n);
    expect(giftValue).toBe(99_00n);
  });

  test('for a claim leaves out what only the platform pays for', () => {
    const { claimable, typical } = payable(100_00n, promotion('platform_coupon', { amount: 15_00n }));
    expect(typical).toMatchObject({ unitPaid: 85_00n, subsidy: 15_00n });
    expect(claimable.unitPaid).toBe(100_00n);
  });

  test('leaves out what does not run at the time', () => {
    const late = promotion('coupon', { amount: 10_00n, startsAt: 1_001 });
    const over = promotion('coupon', { amount: 10_00n, endsAt: 1_000 });
    const running = promotion('coupon', { amount: 10_00n, startsAt: 1_000, endsAt: 1_001 });
    expect(payable(100_00n, late, over).lowest.unitPaid).toBe(100_00n);
    expect(payable(100_00n, running).lowest.unitPaid).toBe(90_00n);
  });

  test('names kinds that it does not know', () => {
    expect(payable(100_00n, promotion('mystery', { amount: 10_00n }))).toMatchObject({
      unreadKinds: ['mystery'],
      lowest: { unitPaid: 100_00n },
    });
  });

  test('heeds what requires and excludes what', () => {
    const first = promotion('direct', { id: 'A', amount: 10_00n });
    expect(payable(100_00n, first, promotion('coupon', { amount: 5_00n, requires: ['A'] })).typical.unitPaid).toBe(
      85_00n,
    );
    expect(payable(100_00n, first, promotion('coupon', { amount: 5_00n, excludes: ['A'] })).typical.unitPaid).toBe(
      90_00n,
    );
  });
});

describe('the headline price', () => {
  const offers = [
    promotion('member', { amount: 20_00n, audience: 'member' }),
    promotion('coupon', { amount: 30_00n, audience: 'new_user' }),
  ];

  test.each([
    [100_00n, 10_000n, []],
    [80_00n, 3_000n, ['member']],
    [70_00n, 500n, ['new_user']],
    [50_00n, 150n, ['member', 'new_user']],
  ])('of %s is reached by %s basis points of buyers', (headline, reachBps, audiences) => {
    const reached = reachOfHeadline(payable(100_00n, ...offers), headline, POLICY);
    expect(reached).toMatchObject({ reachBps, audiences });
  });

  test('below every way to buy is reached by nobody', () => {
    expect(reachOfHeadline(payable(100_00n, ...offers), 49_99n, POLICY)).toBeNull();
  });
});

describe('terms that cannot hold', () => {
  test.each([
    ['a rate above the whole', [promotion('coupon', { percentBps: 10_001 })], 'over_whole'],
    ['100 off from 50', [promotion('threshold', { amount: 100_00n, threshold: 50_00n })], 'contradictory'],
    ['as many free as bought', [promotion('bundle', { quantity: 2, freeQuantity: 2 })], 'contradictory'],
    [
      'a deposit worth less than it costs',
      [promotion('presale_deposit', { deposit: 9n, amount: 8n })],
      'contradictory',
    ],
    ['an end before the start', [promotion('coupon', { startsAt: 5, endsAt: 5 })], 'contradictory'],
    ['a requirement that is not there', [promotion('coupon', { amount: 1n, requires: ['Z'] })], 'missing_requirement'],
    ['more off than the price', [promotion('coupon', { amount: 101_00n })], 'below_zero'],
    [
      'two that require each other',
      [promotion('coupon', { id: 'A', requires: ['B'] }), promotion('direct', { id: 'B', requires: ['A'] })],
      'circular',
    ],
    ['one that requires itself', [promotion('coupon', { id: 'A', requires: ['A'] })], 'circular'],
    ['two of one name', [promotion('coupon', { id: 'A' }), promotion('direct', { id: 'A' })], 'contradictory'],
    [
      'one that requires what it excludes',
      [promotion('coupon', { requires: ['B'], excludes: ['B'] }), promotion('direct', { id: 'B' })],
      'contradictory',
    ],
  ])('%s: named, and not counted', (_, promotions, code) => {
    const { refusals, lowest } = payable(100_00n, ...promotions);
    expect(refusals[0]?.code).toBe(code);
    expect(lowest.unitPaid).toBe(100_00n);
  });
});

describe('whatever is offered', () => {
  const minor = fc.bigInt({ min: 0n, max: 20_000n });
  const any: fc.Arbitrary<Promotion> = fc.record(
    {
      kind: fc.constantFrom(
        'direct',
        'bundle',
        'nth_piece',
        'member',
        'presale_deposit',
        'threshold',
        'coupon',
        'platform_coupon',
        'rebate',
        'gift',
        'other',
      ),
      amount: minor,
      threshold: fc.option(minor),
      stacks: fc.boolean(),
      audience: fc.constantFrom('public', 'member', 'new_user', 'a', 'b', 'c'),
      id: fc.constantFrom('A', 'B', 'C', null),
      percentBps: fc.option(fc.integer({ min: 1, max: 11_000 })),
      maximum: fc.option(minor),
      repeats: fc.boolean(),
      quantity: fc.option(fc.integer({ min: 1, max: 5 })),
      freeQuantity: fc.option(fc.integer({ min: 1, max: 5 })),
      deposit: fc.option(minor),
      giftValue: fc.option(minor),
      platformShareBps: fc.option(fc.integer({ min: 0, max: 10_000 })),
      requires: fc.option(fc.array(fc.constantFrom('A', 'B', 'C'), { maxLength: 2 })),
      excludes: fc.option(fc.array(fc.constantFrom('A', 'B', 'C'), { maxLength: 2 })),
    },
    { requiredKeys: ['kind', 'amount', 'threshold', 'stacks', 'audience'] },
  );
  const price = fc.bigInt({ min: 1n, max: 20_000n });

  test('no price is negative, none above the price, and the lowest is lowest', () => {
    fc.assert(
      fc.property(price, fc.array(any, { maxLength: 8 }), (each, promotions) => {
        const result = payable(each, ...promotions);
        const { lowest, typical, claimable, ways } = result;
        for (const way of [lowest, typical, claimable, ...ways]) {
          expect(way.paid).toBeGreaterThanOrEqual(0n);
          expect(way.unitNet).toBeGreaterThanOrEqual(0n);
          expect(way.unitPaid).toBeLessThanOrEqual(each);
          expect(way.subsidy).toBeGreaterThanOrEqual(0n);
          expect(way.reachBps >= 0n && way.reachBps <= 10_000n).toBe(true);
        }
        expect(lowest.unitNet).toBeLessThanOrEqual(typical.unitNet);
      }),
      { numRuns: 500 },
    );
  });

  test('a promotion for an audience changes nothing for the public', () => {
    fc.assert(
      fc.property(price, fc.array(any, { maxLength: 5 }), any, (each, promotions, one) => {
        const plain = promotions.map(({ requires, excludes, id, ...rest }) => rest);
        const { requires, excludes, id, ...closed } = one;
        const before = payable(each, ...plain);
        const after = payable(each, ...plain, { ...closed, audience: 'member' });
        expect(after.typical.unitPaid).toBe(before.typical.unitPaid);
      }),
      { numRuns: 200 },
    );
  });
});

test('the order of a jurisdiction comes before that of its union and that of all', () => {
  const at = (jurisdiction: string, effectiveFrom: number) => ({
    ...POLICY,
    jurisdiction,
    effectiveFrom,
    id: jurisdiction,
  });
  const policies = [at('*', 0), at('EU', 0), at('EU-DE', 50)];
  expect(payablePolicyFor(policies, 'EU-DE', 50)?.id).toBe('EU-DE');
  expect(payablePolicyFor(policies, 'EU-DE', 49)?.id).toBe('EU');
  expect(payablePolicyFor(policies, 'CA', 49)?.id).toBe('*');
  expect(payablePolicyFor([], 'CA', 49)).toBeNull();
});
