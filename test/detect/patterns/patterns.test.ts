import { audienceSplit } from '../../../src/detect/price/patterns/audience-split.ts';
import { campaignAbovePrior } from '../../../src/detect/price/patterns/campaign-price.ts';
import type { ClaimedPrice } from '../../../src/detect/price/patterns/claimed-price.ts';
import { perpetualSale } from '../../../src/detect/price/patterns/perpetual-sale.ts';
import { againstPrior, lastRise } from '../../../src/detect/price/patterns/prior-minimum.ts';
import { referencePath } from '../../../src/detect/price/patterns/reference-path.ts';
import { countdownRestarts, falseScarcity } from '../../../src/detect/price/patterns/scarcity.ts';
import type { CountedPrice } from '../../../src/domain/price/history.ts';
import { DAY, HOUR, MINUTE } from '../../../src/domain/time.ts';

/** One point a day from prices and references. */
function shown(...rows: readonly (readonly [price: bigint, reference: bigint | null])[]): ClaimedPrice[] {
  return rows.map(([price, reference], index) => ({ id: `P${index}`, at: index * DAY, price, reference }));
}

function path(...prices: readonly bigint[]): CountedPrice[] {
  return prices.map((price, index) => ({ id: `P${index}`, at: index * DAY, price, quantity: 1, layer: 'public' }));
}

describe('how a reference moves beside the price', () => {
  test('one that goes up to new values while the price stays climbs', () => {
    expect(referencePath(shown([50n, 100n], [50n, 120n], [49n, 150n]))).toEqual({
      value: 'climbs',
      evidence: ['P0', 'P1', 'P2'],
      climbs: 2,
      climbedBps: 50_00n,
    });
  });

  test('one that goes back and forth between two values toggles, as when a sale ends', () => {
    expect(referencePath(shown([50n, 100n], [60n, 120n], [50n, 100n], [60n, 120n])).value).toBe('toggles');
    expect(referencePath(shown([50n, 100n], [50n, 120n], [50n, 100n])).value).toBe('toggles');
  });

  test('one that follows the price, falls, or only wavers, moves', () => {
    expect(referencePath(shown([50n, 100n], [60n, 120n], [70n, 140n])).value).toBe('moves');
    expect(referencePath(shown([50n, 100n], [50n, 90n])).value).toBe('moves');
    expect(referencePath(shown([5_000n, 10_000n], [5_000n, 10_099n])).value).toBe('moves');
    expect(referencePath(shown([5_000n, 10_000n], [5_000n, 10_100n])).value).toBe('climbs');
  });

  test('back to a value that was shown before is no new one', () => {
    expect(referencePath(shown([50n, 120n], [50n, 90n], [50n, 100n], [50n, 120n])).value).toBe('moves');
  });

  test('steady, or nothing to speak of', () => {
    expect(referencePath(shown([50n, 100n], [40n, 100n])).value).toBe('steady');
    expect(referencePath(shown([50n, 100n], [50n, null])).value).toBe('none');
    expect(referencePath([]).value).toBe('none');
  });
});

describe('a sale without end', () => {
  const window = { from: 0, to: 4 * DAY };

  test('is measured by time, each point until the next', () => {
    const seen = perpetualSale(shown([50n, 100n], [50n, 100n], [100n, null], [50n, 100n]), window, 10 * DAY);
    expect(seen).toMatchObject({ onSaleBps: 75_00n, observed: 4 * DAY, referenceAsked: true });
  });

  test('a reference that was never asked says so', () => {
    expect(perpetualSale(shown([50n, 100n], [99n, null]), window, DAY)).toMatchObject({
      onSaleBps: 50_00n,
      referenceAsked: false,
    });
  });

  test('a gap in the records counts neither way', () => {
    const [first, last] = shown([50n, 100n], [50n, null], [60n, null]).filter(({ id }) => id !== 'P1');
    if (first === undefined || last === undefined) throw new Error('two points');
    expect(perpetualSale([first, last], window, HOUR)).toMatchObject({ onSaleBps: 50_00n, observed: 2 * HOUR });
    expect(perpetualSale([], window, HOUR)).toBeNull();
  });
});

describe('four findings that are never lumped together', () => {
  const [prior] = path(100n);
  if (prior === undefined) throw new Error('a price');

  test.each([
    [101n, 'above'],
    [100n, 'equal'],
    [99n, 'below'],
  ] as const)('%s beside a minimum of 100 is %s', (price, value) => {
    expect(againstPrior(price, prior)).toEqual({ value, evidence: ['P0'] });
  });

  test('a rise back to what the price had been ended a promotion, a rise beyond it is a raise', () => {
    expect(lastRise(path(100n, 80n, 100n))).toEqual({ value: 'promotion_ended', evidence: ['P1', 'P2'] });
    expect(lastRise(path(100n, 80n, 101n))).toEqual({ value: 'raised', evidence: ['P1', 'P2'] });
    expect(lastRise(path(80n, 100n))?.value).toBe('raised');
    expect(lastRise(path(100n, 80n))?.value).toBe('none');
    expect(lastRise([])).toBeNull();
  });
});

describe('countdowns', () => {
  const countdown = (id: string, at: number, endsAt: number, price = 50n) => ({ id, at, endsAt, price });
  const restarts = (...all: ReturnType<typeof countdown>[]) => countdownRestarts(all, 5 * MINUTE, DAY).value;

  test('one that runs on for another day at the same price began again', () => {
    const again = [countdown('A', 0, DAY), countdown('B', DAY + HOUR, 2 * DAY), countdown('C', 2 * DAY, 3 * DAY)];
    expect(countdownRestarts(again, 5 * MINUTE, DAY)).toEqual({ value: 2, evidence: ['A', 'B', 'C'] });
  });

  test('one after which the price rose did end; so did one that comes back after a pause', () => {
    expect(restarts(countdown('A', 0, DAY), countdown('B', DAY, 2 * DAY, 60n))).toBe(0);
    expect(restarts(countdown('A', 0, DAY), countdown('B', 2 * DAY, 3 * DAY))).toBe(0);
    expect(restarts(countdown('A', 0, DAY), countdown('B', 2 * DAY - 1, 3 * DAY))).toBe(1);
  });

  test('seen again on its way down it is the same', () => {
    expect(
      restarts(countdown('A', 0, DAY), countdown('B', HOUR, DAY + MINUTE), countdown('C', 2 * HOUR, HOUR * 20)),
    ).toBe(0);
  });
});

describe('last pieces', () => {
  const level = (id: string, at: number, units: number) => ({ id, at, units });
  const words = (id: string, at: number, pieces: number) => ({ id, at, pieces });

  test('while stock is refilled, and with more in stock than is said', () => {
    const stock = [level('S1', 0, 3), level('S2', 2 * HOUR, 1), level('S3', 3 * HOUR, 200)];
    expect(falseScarcity([words('W1', HOUR, 3), words('W2', 4 * HOUR, 3)], stock)).toEqual({
      refills: 1,
      overstated: 1,
      evidence: ['W2', 'S3', 'S2'],
    });
  });

  test('that sell out are the last', () => {
    const stock = [level('S1', 0, 3), level('S2', 2 * HOUR, 1), level('S3', 9 * HOUR, 200)];
    expect(falseScarcity([words('W1', HOUR, 3), words('W2', 3 * HOUR, 1)], stock)).toMatchObject({
      refills: 0,
      overstated: 0,
    });
  });

  test('without a level of stock nothing is known', () => {
    expect(falseScarcity([words('W1', HOUR, 3)], [])).toBeNull();
    expect(falseScarcity([words('W1', HOUR, 3)], [level('S1', 2 * HOUR, 9)])).toBeNull();
  });
});

test('a campaign price is measured against the lowest that was paid before it', () => {
  const before = path(90n, 80n, 100n, 10n);
  expect(campaignAbovePrior(84n, before, DAY, 3 * DAY)).toEqual({ value: 5_00n, evidence: ['P1'] });
  expect(campaignAbovePrior(80n, before, DAY, 3 * DAY)?.value).toBe(0n);
  expect(campaignAbovePrior(80n, before, 5 * DAY, 6 * DAY)).toBeNull();
});

test('a price split by audience is the widest difference seen at one time', () => {
  const price = (id: string, at: number, audience: string, amount: bigint) => ({ id, at, audience, price: amount });
  const seen = [
    price('A', 0, 'new', 90n),
    price('B', MINUTE, 'returning', 100n),
    price('C', 2 * MINUTE, 'region', 95n),
    price('D', DAY, 'returning', 200n),
  ];
  expect(audienceSplit(seen, HOUR)).toEqual({
    value: 10_00n,
    evidence: ['A', 'B'],
    cheapest: 'new',
    dearest: 'returning',
  });
  expect(audienceSplit(seen.slice(0, 1), HOUR)).toBeNull();
  expect(audienceSplit([price('A', 0, 'new', 90n), price('B', 0, 'old', 90n)], HOUR)?.value).toBe(0n);
});
