import { priceHistoryWindow, priceSignals } from '../../src/detect/price/signals.ts';
import type { ListingSnapshot } from '../../src/domain/listing.ts';
import { historyFrom, mergeIntoBuckets } from '../../src/domain/price/bucket.ts';
import type { PriceHistory, PriceObservation } from '../../src/domain/price/observation.ts';
import type { SignalValue } from '../../src/domain/signal.ts';
import { BEGINNING_OF_TIME, DAY } from '../../src/domain/time.ts';
import { claim, complete, observation, POLICIES, shanghai } from '../domain/price/world.ts';

const START = shanghai('2026-03-15');
/** As if the United Kingdom had no policy. */
const WITHOUT_UK = POLICIES.filter(({ jurisdiction }) => jurisdiction !== 'UK');
const NOW = shanghai('2026-03-16');

function listing(change: Partial<ListingSnapshot> = {}): ListingSnapshot {
  return {
    id: 'L1',
    shopId: 'S1',
    merchantId: 'M1',
    jurisdiction: 'CN',
    category: 'apparel/shoes',
    title: '运动鞋 清仓 Sale',
    description: 'No salesman was here',
    brand: null,
    gtin: null,
    model: null,
    condition: 'new',
    grade: null,
    madeAt: null,
    expiresAt: null,
    attributes: {},
    variants: [
      { sku: 'S', attributes: {}, price: 79_00n, stock: 1 },
      { sku: 'L', attributes: {}, price: 99_00n, stock: null },
    ],
    currency: 'CNY',
    price: 79_00n,
    headlinePrice: null,
    promotions: [],
    claims: [claim({ startsAt: START, reference: 199_00n, percentBps: 60_00, endsAt: START + 36 * 3_600_000 })],
    images: [],
    lots: [],
    campaignId: null,
    at: START,
    ...change,
  };
}

function sale(at: string, price: bigint, change: Partial<PriceObservation> = {}): PriceObservation {
  return observation({ at: shanghai(at), price, kind: 'sale', ...change });
}

const HISTORY = complete(
  observation({ id: 'O-LOW', at: shanghai('2025-11-01'), price: 99_00n }),
  observation({ id: 'O-UP', at: shanghai('2026-03-05'), price: 199_00n }),
  sale('2026-03-09', 99_00n, { quantity: 40, id: 'S-1' }),
  sale('2026-03-12', 89_00n, { id: 'S-LOW' }),
  sale('2026-03-13', 199_00n, { quantity: 2, id: 'S-HIGH' }),
);

function signals(history: PriceHistory | null, change: Partial<ListingSnapshot> = {}) {
  const result = priceSignals({ listing: listing(change), history, policies: WITHOUT_UK, now: NOW });
  return { ...result, claim: result.claims[0] ?? {} };
}

function values(record: Readonly<Record<string, SignalValue>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, signal]) => [name, signal.known ? signal.value : undefined]),
  );
}

describe('signals of a listing', () => {
  test('are read from the snapshot', () => {
    expect(values(signals(HISTORY).listing)).toEqual({
      'listing.price': 79_00n,
      'listing.headlinePrice': undefined,
      'listing.claimCount': 1n,
      'listing.category': 'apparel/shoes',
      'listing.jurisdiction': 'CN',
      'listing.discountWords': ['清仓', 'sale', 'was'],
      'listing.minVariantPrice': 79_00n,
      'listing.maxVariantPrice': 99_00n,
      'listing.currency': 'CNY',
      'listing.claimsDisagree': false,
    });
  });
});

describe('signals of a claim', () => {
  test('state the claim, the verdict and the history it rests on', () => {
    expect(values(signals(HISTORY).claim)).toEqual({
      'claim.kind': 'own',
      'claim.reference': 199_00n,
      'claim.percent': 60_00n,
      'claim.impliedPercent': 60_30n,
      'claim.sale': 79_00n,
      'claim.disclosed': false,
      'claim.labelledMsrp': undefined,
      'claim.evidenceHeld': undefined,
      'claim.announced': true,
      'claim.hasEnd': true,
      'claim.durationDays': 2n,
      'claim.overstatedPercent': 48_76n,
      'price.verdict': 'violation',
      'price.article': 'CN-56-16-2',
      'price.cap': 89_00n,
      'price.basis': 'lowest_sale_7d',
      'price.saleCount': 3n,
      'price.offerLow30': 99_00n,
      'price.raiseBeforePercent': 101_01n,
      'price.daysAtReference': 10n,
      'price.unitsAtReference': 2n,
      'price.observations': 4n,
      'price.lastSaleAgeDays': 2n,
      'price.referenceAboveMax': false,
      'price.findings': ['reference_above_cap', 'raise_then_cut'],
      'price.raisedUnitsShare': 4_65n,
      'price.onSaleShare': 88_88n,
      'price.againstPriorMinimum': 'below',
      'price.lastRise': 'raised',
      'price.campaignAbovePrior': 0n,
    });
  });

  test('name the records that they rest on', () => {
    const { claim: one } = signals(HISTORY);
    const evidence = (name: string) => (one[name]?.known ? one[name].evidence : undefined);
    expect(evidence('price.cap')).toEqual(['S-LOW']);
    expect(evidence('price.offerLow30')).toEqual(['O-LOW']);
    expect(evidence('price.raiseBeforePercent')).toEqual(['O-LOW', 'O-UP']);
    expect(evidence('price.unitsAtReference')).toEqual(['S-HIGH']);
    expect(evidence('price.referenceAboveMax')).toEqual(['O-UP']);
  });

  test('a claim on a variant is measured by its price', () => {
    const claims = [claim({ startsAt: START, reference: 198_00n, sku: 'L' })];
    expect(values(signals(HISTORY, { claims }).claim)).toMatchObject({
      'claim.sale': 99_00n,
      'claim.impliedPercent': 50_00n,
    });
  });

  test('a promotion dearer than the lowest price before it, and a rise that only ended a promotion, are told apart', () => {
    const history = complete(
      observation({ at: shanghai('2025-11-01'), price: 199_00n }),
      observation({ at: shanghai('2026-02-20'), price: 75_00n, id: 'LOW' }),
      observation({ at: shanghai('2026-03-01'), price: 199_00n }),
    );
    const { claim: one } = signals(history);
    expect(values(one)).toMatchObject({
      'price.againstPriorMinimum': 'above',
      'price.campaignAbovePrior': 5_33n,
      'price.lastRise': 'promotion_ended',
      'price.onSaleShare': 10_00n,
    });
    const low = one['price.campaignAbovePrior'];
    expect(low?.known && low.evidence).toEqual(['LOW']);
  });

  test('five claims that disagree are seen, those of other kinds, variants and times are not', () => {
    const one = claim({ startsAt: START, reference: 199_00n, endsAt: START + DAY });
    const disagree = (...others: (typeof one)[]) =>
      values(signals(HISTORY, { claims: [one, ...others] }).listing)['listing.claimsDisagree'];
    expect(disagree({ ...one, reference: 299_00n }, one, one, one)).toBe(true);
    expect(disagree({ ...one, reference: 299_00n, kind: 'msrp' })).toBe(false);
    expect(disagree({ ...one, reference: 299_00n, sku: 'L' })).toBe(false);
    expect(disagree({ ...one, reference: 299_00n, startsAt: START + DAY, endsAt: null })).toBe(false);
    expect(disagree({ ...one, percentBps: 10_00 })).toBe(false);
  });

  test('every claim is judged on its own', () => {
    const claims = [
      claim({ startsAt: START, reference: 199_00n }),
      claim({ startsAt: START, reference: 299_00n, kind: 'msrp', basis: { disclosed: false, labelledMsrp: false } }),
    ];
    expect(signals(HISTORY, { claims }).verdicts.map(({ article }) => article)).toEqual(['CN-56-16-2', 'CN-56-16-3']);
  });
});

describe('what is not known says what would make it known', () => {
  const OF_HISTORY = /^price\.|overstated/;

  test('when the store does not answer, nothing that rests on history is known', () => {
    const { claim: one, verdicts } = signals(null);
    for (const [name, signal] of Object.entries(one)) {
      if (!OF_HISTORY.test(name)) continue;
      expect([name, signal.known]).toEqual([name, false]);
      expect(signal.known || (signal.resolve.zh.length > 0 && signal.resolve.en.length > 0)).toBe(true);
    }
    expect(verdicts[0]?.verdict).toBe('insufficient_history');
  });

  test('what the claim decides by itself is known even then', () => {
    const claims = [
      claim({ startsAt: START, reference: 299_00n, kind: 'msrp', basis: { disclosed: false, labelledMsrp: false } }),
    ];
    expect(values(signals(null, { claims }).claim)).toMatchObject({
      'price.verdict': 'violation',
      'price.cap': undefined,
    });
  });

  test('a gap in the period leaves its counts unknown, never zero', () => {
    const gap = { observations: HISTORY.observations.slice(3), completeSince: shanghai('2026-03-11') };
    expect(values(signals(gap).claim)).toMatchObject({
      'price.verdict': 'violation',
      'price.cap': 89_00n,
      'price.saleCount': undefined,
      'price.offerLow30': undefined,
      'price.unitsAtReference': undefined,
      'price.daysAtReference': undefined,
      'price.raiseBeforePercent': undefined,
      'price.lastSaleAgeDays': 2n,
      'price.referenceAboveMax': false,
    });
  });

  test('law that is not supported gives a review and no cap', () => {
    expect(values(signals(HISTORY, { jurisdiction: 'UK' }).claim)).toMatchObject({
      'price.verdict': 'review',
      'price.cap': undefined,
      'price.saleCount': undefined,
      'claim.reference': 199_00n,
    });
  });

  test('every signal is there in every case, under the same name', () => {
    const names = Object.keys(signals(HISTORY).claim).sort();
    expect(Object.keys(signals(null).claim).sort()).toEqual(names);
    expect(Object.keys(signals(HISTORY, { jurisdiction: 'UK' }).claim).sort()).toEqual(names);
    expect(Object.keys(signals(HISTORY, { claims: [claim({ startsAt: START })] }).claim).sort()).toEqual(names);
  });
});

describe('the window of history that a listing needs', () => {
  test('reaches from before the longest look-back to now, and the history read for it gives the same signals', () => {
    const window = priceHistoryWindow(listing(), POLICIES, NOW);
    expect(window).toEqual({ from: START - 91 * DAY, to: NOW });
    const old = [200, 300, 400].map((days) =>
      observation({ at: START - days * DAY, price: 500_00n, kind: days === 300 ? 'sale' : 'offer' }),
    );
    const all = [...old, ...HISTORY.observations];
    const { changed } = mergeIntoBuckets('L1', [], all);
    const read = historyFrom(changed, START - 91 * DAY, NOW, BEGINNING_OF_TIME);
    expect(read.observations.length).toBeLessThan(all.length);
    expect(signals(read)).toEqual(signals(complete(...all)));
  });

  test('is none where no claim is judged by history', () => {
    expect(priceHistoryWindow(listing({ claims: [] }), POLICIES, NOW)).toBeNull();
    expect(priceHistoryWindow(listing({ jurisdiction: 'UK' }), WITHOUT_UK, NOW)).toBeNull();
  });
});
