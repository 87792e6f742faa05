import fc from 'fast-check';
import { currencyExponent } from '../../src/domain/currency.ts';
import { TouchstoneError } from '../../src/domain/errors.ts';
import {
  bps,
  divideHalfEven,
  exceedsReduction,
  formatMajor,
  formatMoney,
  parseMajor,
  parseScaled,
  reductionBps,
} from '../../src/domain/money.ts';

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof TouchstoneError)
      return error.fields.map(({ pointer, reason }) => `${pointer} ${reason}`).join();
    throw error;
  }
  return 'accepted';
}

describe('decimal amounts become minor units exactly', () => {
  test.each([
    [1.69, 'EUR', 169n],
    ['1.69', 'EUR', 169n],
    [0.07, 'EUR', 7n],
    [1.1, 'EUR', 110n],
    ['1.6900', 'EUR', 169n],
    [1200, 'JPY', 1200n],
    ['1.234', 'KWD', 1234n],
    [4503599627370.49, 'CNY', 450359962737049n],
    [0, 'CNY', 0n],
  ])('%s %s is %s', (value, currency, minor) => {
    expect(parseMajor(value, currency)).toBe(minor);
  });

  test.each([
    [-1, 'CNY', 'negative'],
    ['-0.01', 'CNY', 'negative'],
    [Number.NaN, 'CNY', 'finite'],
    [Number.POSITIVE_INFINITY, 'CNY', 'finite'],
    ['NaN', 'CNY', 'not a decimal'],
    ['', 'CNY', 'not a decimal'],
    ['1,299', 'CNY', 'not a decimal'],
    ['1e3', 'CNY', 'not a decimal'],
    ['０1', 'CNY', 'not a decimal'],
    [1.699, 'EUR', 'more than 2 decimals'],
    [0.5, 'JPY', 'more than 0 decimals'],
    [1e-7, 'EUR', 'too large or too small'],
    [1e21, 'EUR', 'too large or too small'],
    [9007199254740992, 'JPY', 'more digits'],
    ['99999999999999.00', 'CNY', 'absurdly'],
    [1, 'XXX', 'ISO 4217'],
    [1, 'cny', 'ISO 4217'],
    [null, 'CNY', 'must be a decimal'],
    [true, 'CNY', 'must be a decimal'],
  ])('%p %s is refused: %s', (value, currency, reason) => {
    expect(reasonOf(() => parseMajor(value, currency, '/price'))).toContain(reason);
    expect(reasonOf(() => parseMajor(value, currency, '/price'))).toMatch(/^\/price /);
  });

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.constantFrom('CNY', 'JPY', 'KWD'), (minor, currency) => {
        expect(parseMajor(formatMajor(minor, currency), currency)).toBe(minor);
        expect(parseMajor(formatMajor(minor, currency, true), currency)).toBe(minor);
      }),
    );
  });

  test('a JSON number of two decimals is what was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (minor) => {
        expect(parseMajor(JSON.parse(formatMajor(BigInt(minor), 'EUR')), 'EUR')).toBe(BigInt(minor));
      }),
    );
  });

  test('a percentage is read to any scale', () => {
    expect(parseScaled(12.5, 2)).toBe(1_250n);
  });
});

describe('amounts as people read them', () => {
  test.each([
    [129_900n, 'CNY', 'zh', '¥1,299.00'],
    [129_900n, 'CNY', 'en', 'CN¥1,299.00'],
    [169n, 'EUR', 'en', '€1.69'],
    [5n, 'EUR', 'zh', '€0.05'],
    [1_234_567n, 'JPY', 'en', '¥1,234,567'],
    [-4_990n, 'PLN', 'en', '-PLN 49.90'],
  ] as const)('%s %s in %s: %s', (amount, currency, language, text) => {
    expect(formatMoney(amount, currency, language)).toBe(text);
  });
});

describe('rates', () => {
  test('half goes to the even neighbour', () => {
    expect([5n, 15n, 25n, -5n, -15n, 14n, 16n].map((value) => divideHalfEven(value, 10n))).toEqual([
      0n,
      2n,
      2n,
      0n,
      -2n,
      1n,
      2n,
    ]);
    expect(() => divideHalfEven(1n, 0n)).toThrow(RangeError);
  });

  test('basis points of an amount', () => {
    expect(bps(10_000n, 1_500n)).toBe(1_500n);
    expect(bps(1n, 5_000n)).toBe(0n);
    expect(bps(3n, 5_000n)).toBe(2n);
  });

  test('a reduction in basis points', () => {
    expect(reductionBps(80_00n, 70_00n)).toBe(1_250n);
    expect(reductionBps(100n, 180n)).toBe(-8_000n);
    expect(reductionBps(0n, 1n)).toBeNull();
  });

  test('percentages are compared exactly where doubles would not be', () => {
    const from = 3n * 10n ** 20n;
    expect(exceedsReduction(3_333n, from, from - 10n ** 20n, 0n)).toBe(false);
    expect(exceedsReduction(3_334n, from, from - 10n ** 20n, 0n)).toBe(true);
    expect(exceedsReduction(1_250n, 80n, 70n, 0n)).toBe(false);
  });
});

test('currencies have the decimals of ISO 4217', () => {
  expect(['CNY', 'EUR', 'JPY', 'KWD', 'XYZ', ''].map(currencyExponent)).toEqual([2, 2, 0, 3, null, null]);
});
