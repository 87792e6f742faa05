import fc from 'fast-check';
import {
  type BucketsResult,
  emptyBucket,
  historyFrom,
  mergeIntoBucket,
  mergeIntoBuckets,
  monthOf,
} from '../../../src/domain/price/bucket.ts';
import type { PriceBucket } from '../../../src/domain/price/bucket-entry.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { PricePolicy } from '../../../src/domain/price/policy.ts';
import { BEGINNING_OF_TIME, DAY, END_OF_TIME } from '../../../src/domain/time.ts';
import { claim, claimInput, cnPolicy, complete, euPolicy, observation } from './world.ts';

const JANUARY = Date.UTC(2026, 0, 1);

function offer(id: string, day: number, price: bigint, change: Partial<PriceObservation> = {}): PriceObservation {
  return observation({ id, at: JANUARY + day * DAY, price, ...change });
}

function store(
  buckets: readonly PriceBucket[],
  incoming: readonly PriceObservation[],
): BucketsResult & { all: PriceBucket[] } {
  const result = mergeIntoBuckets('L1', buckets, incoming);
  const all = new Map([...buckets, ...result.changed].map((bucket) => [bucket.month, bucket]));
  return { ...result, all: [...all.values()] };
}

function arrive(batches: readonly (readonly PriceObservation[])[]): PriceBucket[] {
  return batches.reduce<PriceBucket[]>((buckets, batch) => store(buckets, batch).all, []);
}

describe('a bucket keeps changes', () => {
  const bucket = emptyBucket('L1', '2026-01');

  test('an offer that repeats the price in force is a sighting of it, not an entry', () => {
    const result = mergeIntoBucket(bucket, [offer('A', 0, 100n), offer('B', 5, 100n), offer('C', 9, 90n)]);
    expect(result.stored).toEqual(['A', 'C']);
    expect(result.unchanged).toEqual(['B']);
    expect(result.bucket.entries.map(({ id, seenUntil }) => [id, seenUntil])).toEqual([
      ['A', JANUARY + 5 * DAY],
      ['C', JANUARY + 9 * DAY],
    ]);
  });

  test('a different offer that arrives late splits the entry where the price was seen again', () => {
    const first = mergeIntoBucket(bucket, [offer('A', 0, 100n), offer('B', 5, 100n), offer('C', 9, 100n)]).bucket;
    const { bucket: split } = mergeIntoBucket(first, [offer('D', 3, 90n)]);
    expect(split.entries.map(({ id, price, at, seenUntil }) => [id, price, at, seenUntil])).toEqual([
      ['A', 100n, JANUARY, JANUARY],
      ['D', 90n, JANUARY + 3 * DAY, JANUARY + 3 * DAY],
      ['B', 100n, JANUARY + 5 * DAY, JANUARY + 9 * DAY],
    ]);
  });

  test('what is sent again changes nothing, the same id with other content is refused by itself', () => {
    const first = mergeIntoBucket(bucket, [offer('A', 0, 100n), offer('B', 5, 100n)]).bucket;
    const again = mergeIntoBucket(first, [
      offer('A', 0, 100n, { recordedAt: JANUARY + 30 * DAY }),
      offer('B', 5, 100n),
      offer('A', 0, 101n),
      offer('E', 6, 90n),
      offer('E', 6, 90n),
    ]);
    expect(again.duplicates).toEqual(['A', 'B', 'E']);
    expect(again.conflicts).toEqual([{ id: 'A', reason: 'same_id_other_content' }]);
    expect(again.stored).toEqual(['E']);
    expect(mergeIntoBucket(again.bucket, [offer('E', 6, 90n)]).bucket).toBe(again.bucket);
  });

  test('a correction may not move a record in time or to another sku, whichever arrives first', () => {
    const moved = offer('Z', 4, 90n, { corrects: 'A' });
    expect(mergeIntoBucket(bucket, [offer('A', 0, 100n), moved]).conflicts).toEqual([
      { id: 'Z', reason: 'correction_moves_record' },
    ]);
    expect(mergeIntoBucket(bucket, [moved, offer('A', 0, 100n)]).conflicts).toEqual([
      { id: 'A', reason: 'correction_moves_record' },
    ]);
  });

  test('an observation of another month is a fault of the caller', () => {
    expect(() => mergeIntoBucket(bucket, [offer('A', 40, 100n)])).toThrow(RangeError);
  });

  test('months are those of UTC', () => {
    expect(monthOf(Date.parse('2026-02-01T00:00:00+08:00'))).toBe('2026-01');
  });
});

describe('what a bucket hands on', () => {
  test('the price in force and the last deal that counts reach a month without records of their own', () => {
    const sale = { kind: 'sale' } as const;
    const { all } = store(
      [],
      [
        offer('A', 3, 100n),
        offer('B', 20, 80n),
        offer('S', 5, 95n, sale),
        offer('T', 6, 70n, { ...sale, refunded: true }),
        offer('C', 100, 60n),
      ],
    );
    const april = all.find(({ month }) => month === '2026-04');
    expect(april?.carry.map(({ id }) => id)).toEqual(['S', 'B']);
    const march = historyFrom(all, JANUARY + 65 * DAY, JANUARY + 70 * DAY, BEGINNING_OF_TIME);
    expect(march.observations.map(({ id }) => id)).toContain('B');
  });

  test('a late record in an old month is handed on to the months after it', () => {
    const first = store([], [offer('A', 3, 100n), offer('B', 40, 90n), offer('C', 100, 80n)]).all;
    const { changed } = store(first, [offer('L', 45, 85n)]);
    expect(changed.map(({ month }) => month)).toEqual(['2026-02', '2026-04']);
    expect(changed.at(-1)?.carry.map(({ id }) => id)).toContain('L');
  });

  test('a correction learned later hands on what it corrects, for those who did not know yet', () => {
    const { all } = store(
      [],
      [
        offer('A', 3, 100n),
        offer('B', 20, 80n),
        offer('X', 20, 80n, { corrects: 'B', retracted: true, recordedAt: JANUARY + 60 * DAY }),
        offer('C', 40, 60n),
      ],
    );
    expect(all.find(({ month }) => month === '2026-02')?.carry.map(({ id }) => id)).toEqual(['A', 'B', 'X']);
  });
});

const START = JANUARY + 75 * DAY;

interface Drawn {
  readonly day: number;
  readonly price: number;
  readonly delay: number;
  readonly sku: string | null;
  readonly sale: boolean;
  readonly refunded: boolean;
  readonly fix: 'none' | 'price' | 'retract';
  readonly fixDelay: number;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  day: fc.integer({ min: 0, max: 99 }),
  price: fc.integer({ min: 1, max: 4 }),
  delay: fc.constantFrom(0, 0, 0, 1, 20, 60),
  sku: fc.constantFrom(null, null, 'S'),
  sale: fc.boolean(),
  refunded: fc.constantFrom(false, false, true),
  fix: fc.constantFrom('none', 'none', 'none', 'price', 'retract'),
  fixDelay: fc.integer({ min: 0, max: 80 }),
});

function observationsOf(rows: readonly Drawn[]): PriceObservation[] {
  return rows.flatMap((row, index) => {
    const at = JANUARY + row.day * DAY;
    const original = observation({
      id: `R${index}`,
      at,
      price: BigInt(row.price * 100),
      kind: row.sale ? 'sale' : 'offer',
      refunded: row.sale && row.refunded,
      sku: row.sku,
      recordedAt: at + row.delay * DAY,
    });
    if (row.fix === 'none') return [original];
    const recordedAt = original.recordedAt + row.fixDelay * DAY;
    const fixed = { ...original, id: `F${index}`, corrects: original.id, recordedAt };
    return [original, { ...fixed, price: original.price + 50n, retracted: row.fix === 'retract' }];
  });
}

/** The rows in some order, cut into batches. */
const arrivals = fc
  .array(drawn, { maxLength: 24 })
  .chain((rows) => {
    const all = observationsOf(rows);
    return fc.record({
      all: fc.constant(all),
      order: fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
      cuts: fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 5 }),
    });
  })
  .map(({ all, order, cuts }) => {
    const edges = [0, ...cuts.sort((left, right) => left - right), order.length];
    return { all, batches: edges.slice(1).map((end, index) => order.slice(edges[index], end)) };
  });

function verdicts(history: PriceHistory, knownAt: number) {
  const policies: PricePolicy[] = [cnPolicy(), euPolicy({ progressive: true })];
  return policies.flatMap((policy) =>
    [null, 'S'].map((sku) =>
      judgeClaim(
        claimInput({
          claim: claim({ startsAt: START, reference: 250n, sku, campaignStartsAt: START - 5 * DAY }),
          salePrice: 150n,
          currency: 'CNY',
          history,
          knownAt,
          policy,
        }),
      ),
    ),
  );
}

describe('whatever the order of arrival', () => {
  test('the buckets hold the same entries and hand on the same', () => {
    fc.assert(
      fc.property(arrivals, ({ all, batches }) => {
        const content = (buckets: readonly PriceBucket[]) =>
          [...buckets]
            .sort((left, right) => (left.month < right.month ? -1 : 1))
            .map(({ month, entries, carry }) => ({ month, entries, carry }));
        expect(content(arrive(batches))).toEqual(content(arrive([all])));
      }),
      { numRuns: 200 },
    );
  });

  test('sending everything again stores nothing', () => {
    fc.assert(
      fc.property(arrivals, ({ all, batches }) => {
        const buckets = arrive(batches);
        const again = store(buckets, all);
        expect(again).toMatchObject({ changed: [], stored: [], unchanged: [], conflicts: [] });
        expect(again.duplicates).toHaveLength(all.length);
      }),
      { numRuns: 200 },
    );
  });

  test('a window read from its buckets is judged like the whole history, whatever was known when', () => {
    fc.assert(
      fc.property(
        arrivals,
        fc.constantFrom(START - 36 * DAY, START - 20 * DAY, START, END_OF_TIME),
        ({ all, batches }, knownAt) => {
          const read = historyFrom(arrive(batches), START - 36 * DAY, START + 30 * DAY, BEGINNING_OF_TIME);
          const whole = complete(...all.filter((record) => record.at < START + 30 * DAY));
          expect(verdicts(read, knownAt)).toEqual(verdicts(whole, knownAt));
        },
      ),
      { numRuns: 500 },
    );
  });
});
