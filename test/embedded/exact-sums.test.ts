import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decimal128, Double, Int32, Long } from 'mongodb';
import { type Fixture, startFixture } from './server-fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
});

afterAll(() => fixture.stop());

/** Minor units, so large that a double would round them. */
const amount = fc.bigInt({ min: -(2n ** 58n), max: 2n ** 58n });
const cents = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });

function decimal(hundredths: bigint): Decimal128 {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0');
  return Decimal128.fromString(`${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`);
}

/** Hundredths of a decimal that has at most two places. */
function hundredthsOf(value: Decimal128): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(value.toString());
  if (parts === null) throw new Error(`${value} is no plain number`);
  const [, sign = '', whole = '', places = '', exponent = '0'] = parts;
  const scale = BigInt(2 - places.length + Number(exponent));
  const digits = BigInt(whole + places);
  const scaled = scale >= 0n ? digits * 10n ** scale : digits / 10n ** -scale;
  return sign === '-' ? -scaled : scaled;
}

async function total(values: readonly unknown[], pipeline: readonly object[] = []): Promise<Record<string, unknown>> {
  const rows = fixture.db.collection('amounts');
  await rows.deleteMany({});
  await rows.insertMany(values.map((value, at) => ({ value, group: at % 2 })));
  const group = {
    $group: {
      _id: null,
      sum: { $sum: '$value' },
      least: { $min: '$value' },
      most: { $max: '$value' },
    },
  };
  const [found] = await rows.aggregate([...pipeline, group], { promoteLongs: false, promoteValues: false }).toArray();
  return found ?? {};
}

describe('sums are exact', () => {
  test('over int64 beyond 2^53, with least and greatest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(amount, { minLength: 1, maxLength: 12 }), async (amounts) => {
        const { sum, least, most } = await total(amounts.map((each) => Long.fromBigInt(each)));
        const sorted = [...amounts].sort((left, right) => Number(left > right) - Number(left < right));
        expect(String(sum)).toBe(String(amounts.reduce((left, right) => left + right)));
        expect(String(least)).toBe(String(sorted[0]));
        expect(String(most)).toBe(String(sorted.at(-1)));
        expect(sum).toBeInstanceOf(Long);
      }),
      { numRuns: 60 },
    );
  });

  test('over Decimal128, alone and mixed with int64', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(cents, { minLength: 1, maxLength: 10 }),
        fc.array(amount, { maxLength: 4 }),
        async (decimals, longs) => {
          const { sum } = await total([...decimals.map(decimal), ...longs.map((each) => Long.fromBigInt(each))]);
          const expected =
            decimals.reduce((left, right) => left + right) + longs.reduce((left, right) => left + right, 0n) * 100n;
          expect(sum).toBeInstanceOf(Decimal128);
          expect(hundredthsOf(Decimal128.fromString(String(sum)))).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('through computed fields, conditions and groups of a key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(amount, { minLength: 2, maxLength: 10 }), async (amounts) => {
        const doubled = { $addFields: { value: { $multiply: ['$value', Long.fromInt(2)] } } };
        const positive = { $match: { value: { $gt: Long.ZERO } } };
        const { sum } = await total(
          amounts.map((each) => Long.fromBigInt(each)),
          [doubled, positive],
        );
        const expected = amounts.filter((each) => each > 0n).reduce((left, right) => left + right * 2n, 0n);
        expect(sum === undefined ? '0' : String(sum)).toBe(String(expected));
      }),
      { numRuns: 40 },
    );
  });

  test('the type of a sum is the widest of its parts, and one too large for int64 becomes a double', async () => {
    expect((await total([new Int32(1), new Int32(2)])).sum).toBeInstanceOf(Int32);
    expect((await total([new Int32(2 ** 31 - 1), new Int32(1)])).sum).toBeInstanceOf(Long);
    expect((await total([new Int32(1), new Double(0.5)])).sum).toBeInstanceOf(Double);
    expect(String((await total([Long.MAX_VALUE, Long.MAX_VALUE])).sum)).toBe(String(2 ** 64));
  });
});
