import fc from 'fast-check';
import { feedSignals } from '../../../src/detect/price/feed-signals.ts';
import { marketPosition, marketPrior, OUTLIER, scoreHundredths } from '../../../src/detect/price/market-position.ts';
import { DAY } from '../../../src/domain/time.ts';

const market = (...prices: readonly number[]) =>
  prices.map((price, index) => ({ id: `M${index}`, price: BigInt(price) }));
const EIGHT = market(8900, 9200, 9500, 9900, 9900, 10_100, 10_500, 2900);

describe('where a price lies among others of the same product', () => {
  test.each([
    [8900n, -1.24],
    [9900n, 0.3],
    [10_500n, 1.15],
    [2900n, -17.45],
  ])('%s scores %s', (price, score) => {
    expect(marketPosition(price, EIGHT, null)?.score).toBeCloseTo(score, 1);
  });

  test('names the middle price and whether it stands on its own', () => {
    expect(marketPosition(9900n, EIGHT, null)).toMatchObject({ median: 9698n, observations: 8, shrunk: false });
    expect(Math.abs(marketPosition(2900n, EIGHT, null)?.score ?? 0)).toBeGreaterThan(OUTLIER);
  });

  test('with fewer than eight it is drawn towards the wider group, and unknown without one', () => {
    const few = EIGHT.slice(0, 4);
    expect(marketPosition(5000n, few, null)).toBeNull();
    const wider = marketPrior([4000n, 5000n, 5000n, 6000n]);
    const drawn = marketPosition(5000n, few, wider);
    expect(drawn).toMatchObject({ shrunk: true, observations: 4 });
    expect(drawn?.median).toBeGreaterThan(5000n);
    expect(drawn?.median).toBeLessThan(9400n);
  });

  test('prices that all agree still have a spread, and nothing is compared with nothing', () => {
    const same = market(...Array.from({ length: 9 }, () => 100));
    expect(marketPosition(100n, same, null)?.score).toBe(0);
    expect(Number.isFinite(marketPosition(200n, same, null)?.score)).toBe(true);
    expect(marketPosition(100n, [], null)).toBeNull();
  });

  test('a dearer price never scores lower, whatever the currency unit', () => {
    const prices = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 8, maxLength: 30 });
    fc.assert(
      fc.property(
        prices,
        fc.integer({ min: 1, max: 900_000 }),
        fc.integer({ min: 1, max: 1000 }),
        (drawn, price, more) => {
          const others = market(...drawn);
          const low = marketPosition(BigInt(price), others, null)?.score ?? 0;
          expect(marketPosition(BigInt(price + more), others, null)?.score ?? 0).toBeGreaterThanOrEqual(low);
          const scaled = market(...drawn.map((one) => one * 100));
          expect(marketPosition(BigInt(price) * 100n, scaled, null)?.score ?? 0).toBeCloseTo(low, 6);
        },
      ),
    );
  });
});

test('feeds become signals, and what no feed tells is absent', () => {
  const none = { claimed: null, countdowns: null, lastPieces: null, stock: null, audiences: null, market: null };
  expect(feedSignals(9900n, none)).toEqual({});
  const signals = feedSignals(2900n, {
    claimed: [1, 2].map((day) => ({ id: `C${day}`, at: day * DAY, price: 50n, reference: BigInt(day * 100) })),
    countdowns: [{ id: 'D', at: 0, endsAt: DAY, price: 50n }],
    lastPieces: [{ id: 'W', at: 0, pieces: 3 }],
    stock: [{ id: 'S', at: 0, units: 3 }],
    audiences: ['new', 'old'].map((audience, index) => ({
      id: audience,
      at: 0,
      audience,
      price: BigInt(90 + index * 10),
    })),
    market: { others: EIGHT, wider: null },
  });
  expect(Object.entries(signals).map(([name, signal]) => [name, signal.known && signal.value])).toEqual([
    ['listing.referencePath', 'climbs'],
    ['listing.countdownRestarts', 0n],
    ['listing.stockRefills', 0n],
    ['listing.audienceSplit', 10_00n],
    ['listing.marketScore', -17_45n],
  ]);
  const position = marketPosition(2900n, EIGHT, null);
  expect(position && scoreHundredths(position)).toBe(-17_45n);
});
