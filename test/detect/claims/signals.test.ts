import fc from 'fast-check';
import { impliedClaims } from '../../../src/detect/claims/implied.ts';
import { claimsSignals } from '../../../src/detect/claims/signals.ts';
import { readTexts } from '../../../src/detect/claims/texts.ts';
import type { Claim, ListingSnapshot, Promotion } from '../../../src/domain/listing.ts';
import type { PayablePolicy } from '../../../src/domain/payable/policy.ts';
import type { SignalValue } from '../../../src/domain/signal.ts';
import { claim } from '../../domain/price/world.ts';

const POLICY: PayablePolicy = {
  id: 'order',
  version: 1,
  jurisdiction: 'CN',
  effectiveFrom: 0,
  source: { title: 'test', checkedOn: '2026-01-01', confidence: 'unverified' },
  stages: [
    {
      name: 'coupon',
      kinds: ['coupon'],
      thresholdOf: 'remaining',
      settles: 'checkout',
      platformFunded: false,
      countsForClaim: true,
    },
  ],
  audiences: { public: 10_000, new_user: 500 },
  otherAudienceBps: 100,
  fewBps: 1_000,
  ordinaryQuantity: 3,
};

function listing(change: Partial<ListingSnapshot>): ListingSnapshot {
  return {
    id: 'L1',
    shopId: 'S1',
    merchantId: 'M1',
    jurisdiction: 'CN',
    category: 'apparel/shoes',
    title: '运动鞋',
    description: null,
    brand: null,
    gtin: null,
    model: null,
    condition: null,
    grade: null,
    madeAt: null,
    expiresAt: null,
    attributes: {},
    variants: [],
    currency: 'CNY',
    price: 79_00n,
    headlinePrice: null,
    promotions: [],
    claims: [],
    images: [],
    lots: [],
    campaignId: null,
    at: 1_000,
    ...change,
  };
}

function compared(change: Partial<Claim>): Claim {
  return claim({ startsAt: 0, reference: null, percentBps: null, label: null, text: null, ...change });
}

function coupon(amount: bigint, change: Partial<Promotion> = {}): Promotion {
  return { kind: 'coupon', amount, threshold: null, stacks: false, audience: 'public', ...change };
}

function of(change: Partial<ListingSnapshot>) {
  const { listing: signals, claims } = claimsSignals(listing(change), POLICY);
  return { value: (name: string) => told(signals[name]), signals, claims };
}

function told(signal: SignalValue | undefined): unknown {
  return signal?.known === true ? signal.value : undefined;
}

function evidence(signal: SignalValue | undefined): readonly string[] {
  return signal?.known === true ? signal.evidence : [];
}

describe('a listing whose words claim nothing', () => {
  test('says so, and no more', () => {
    const { signals, claims } = of({ claims: [compared({ reference: 199_00n })] });
    expect(Object.keys(signals)).toEqual(['text.claimCount', 'payable.promotionCount']);
    expect(told(claims[0]?.['claim.textContradicts'])).toBe(false);
  });
});

describe('sums in words', () => {
  test.each([
    ['原价199 现价79 直降120', false, false],
    ['原价199 现价79 直降100', true, false],
    ['原价199 现价79 直降150', true, true],
    ['原价199 现价79 4折', false, false],
    ['原价199 现价79 3折', true, true],
    ['原价199.9 现价79 直降120', false, false],
    ['原价199 5折 再减10 到手价89.5', false, false],
    ['原价199 6折 再减10 到手价89.5', true, false],
    ['原价79 现价199', true, true],
    ['原价199 低至79 直降150', false, false],
    ['原价199 满199减100 现价79 直降150', false, false],
    ['原价199 直降150', false, false],
    [`原价199 ${'很好'.repeat(30)} 现价79 直降150`, false, false],
    ['原价199 现价79\n直降150', false, false],
  ])('%s', (title, wrong, overstates) => {
    const { value } = of({ title });
    expect([value('text.arithmeticWrong'), value('text.arithmeticOverstates')]).toEqual([wrong, overstates]);
  });

  test('name the figures that they rest on', () => {
    const title = '鞋 原价199 现价79 直降150';
    const found = evidence(of({ title }).signals['text.arithmeticWrong']);
    expect(found).toEqual(['title:2-7', 'title:8-12', 'title:13-18']);
    const [first = ''] = found;
    const [start, end] = first.slice('title:'.length).split('-').map(Number);
    expect(title.slice(start, end)).toBe('原价199');
  });

  test.each(['满100减200', '直降120%', '定金50抵30'])('%s cannot hold', (title) => {
    expect(of({ title }).value('text.impossible')).toBe(true);
  });
});

describe('words against the comparison as declared', () => {
  const contradicts = (text: string, change: Partial<Claim>, more: Partial<ListingSnapshot> = {}) =>
    told(of({ claims: [compared({ text, ...change })], ...more }).claims[0]?.['claim.textContradicts']);

  test.each([
    ['5折', { percentBps: 3_000 }, true],
    ['5折', { percentBps: 5_000 }, false],
    ['低至5折', { percentBps: 3_000 }, false],
    ['原价299', { reference: 199_00n }, true],
    ['原价199', { reference: 199_00n }, false],
    ['专柜价299', { reference: 199_00n }, false],
    ['直降120', { reference: 199_00n }, false],
    ['直降150', { reference: 199_00n }, true],
    ['现价79', { reference: 199_00n }, false],
    ['现价59', { reference: 199_00n }, true],
  ])('%s against %o', (text, change, expected) => {
    expect(contradicts(text, change)).toBe(expected);
  });

  test('a price that some variant or promotion reaches is no contradiction', () => {
    const variants = [
      { sku: 'S', attributes: {}, price: 59_00n, stock: 1 },
      { sku: 'L', attributes: {}, price: 79_00n, stock: 1 },
    ];
    expect(contradicts('现价59', { reference: 199_00n }, { variants })).toBe(false);
    expect(contradicts('现价59', { reference: 199_00n }, { promotions: [coupon(20_00n)] })).toBe(false);
  });

  test('the title counts against the only claim, not against one of several', () => {
    const first = compared({ percentBps: 3_000 });
    expect(told(of({ title: '鞋 5折', claims: [first] }).claims[0]?.['claim.textContradicts'])).toBe(true);
    expect(told(of({ title: '鞋 5折', claims: [first, first] }).claims[0]?.['claim.textContradicts'])).toBe(false);
  });

  test('without any comparison, the price is what words contradict', () => {
    expect(of({ title: '现价59' }).value('text.contradicts')).toBe(true);
    expect(of({ title: '现价79' }).value('text.contradicts')).toBe(false);
  });
});

describe('comparisons that words imply', () => {
  test.each([
    ['原价199', 199_00n, 'stated'],
    ['直降100', 179_00n, 'saving'],
    ['5折', 158_00n, 'percent'],
    ['现价59 直降100', 159_00n, 'saving'],
  ])('%s', (title, reference, from) => {
    const one = listing({ title });
    expect(impliedClaims(one, readTexts(one))).toMatchObject([{ kind: 'own', reference, from }]);
  });

  test.each(['低至5折', '最高立减100', '第二件半价', '满199减100', '全网最低价'])('%s implies none', (title) => {
    const one = listing({ title });
    expect(impliedClaims(one, readTexts(one))).toEqual([]);
    expect(of({ title }).signals['text.reference']?.known).toBe(false);
  });

  test('nothing follows for a listing of several prices', () => {
    const variants = [{ sku: 'S', attributes: {}, price: 59_00n, stock: 1 }];
    expect(of({ title: '5折', variants }).signals['text.reference']?.known).toBe(false);
  });

  test('are found in promotions and labels too', () => {
    expect(of({ promotions: [coupon(0n, { text: '原价299' })] }).value('text.reference')).toBe(299_00n);
    expect(of({ claims: [compared({ label: '原价299' })] }).value('text.reference')).toBe(299_00n);
  });
});

describe('prices per piece', () => {
  test.each([
    ['33元/瓶 3瓶装', 33_00n, true],
    ['33元/瓶 3瓶装', 99_00n, false],
    ['33元/斤 3瓶装', 33_00n, false],
    ['33元/瓶', 33_00n, false],
  ])('%s for %s', (title, price, expected) => {
    expect(of({ title, price }).value('text.perUnitConfusion')).toBe(expected);
  });
});

test('a price in another currency is no figure to compare with, but is seen', () => {
  const { value, signals } = of({ title: 'was $299' });
  expect(value('text.foreignCurrency')).toBe(true);
  expect(signals['text.reference']?.known).toBe(false);
});

describe('the payable price', () => {
  test('of a headline that only new users reach', () => {
    const { value } = of({ headlinePrice: 49_00n, promotions: [coupon(30_00n, { audience: 'new_user' })] });
    expect(value('payable.headlineReach')).toBe(500n);
    expect(value('payable.headlineFew')).toBe(true);
    expect(value('payable.headlineNeeds')).toEqual(['new_user']);
    expect(value('payable.typical')).toBe(79_00n);
    expect(value('payable.lowest')).toBe(49_00n);
  });

  test('that words promise and nobody reaches', () => {
    const { value, signals } = of({ title: '到手价39', promotions: [coupon(10_00n)] });
    expect(value('payable.headlineReach')).toBe(0n);
    expect(evidence(signals['payable.headlineReach'])).toEqual(['title:0-5']);
  });

  test('is not known where a kind of promotion is not', () => {
    const { value, signals } = of({ title: '到手价39', promotions: [coupon(40_00n, { kind: 'mystery' })] });
    expect(signals['payable.lowest']?.known).toBe(false);
    expect(signals['payable.headlineReach']?.known).toBe(false);
    expect(value('payable.unreadKinds')).toEqual(['mystery']);
  });

  test('below zero is refused by name and not counted', () => {
    const { value, signals } = of({ promotions: [coupon(80_00n)] });
    expect(value('payable.refusals')).toEqual(['below_zero']);
    expect(evidence(signals['payable.refusals'])).toEqual(['promotions[0]']);
    expect(value('payable.lowest')).toBe(79_00n);
  });
});

test('any texts and promotions are measured without fault', () => {
  const text = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.constantFrom('原价199', '现价79', '直降100', '5折', '满199减100', '3瓶装', '9元/瓶', ' ', '史低', '到手价9'),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, fc.bigInt({ min: 1n, max: 10n ** 15n }), (title, words, price) => {
      const { listing: signals } = claimsSignals(
        listing({ title, price, claims: [compared({ text: words, reference: 199_00n, percentBps: 5_000 })] }),
        POLICY,
      );
      expect(told(signals['text.claimCount'])).toBeGreaterThanOrEqual(0n);
    }),
    { numRuns: 500 },
  );
});
