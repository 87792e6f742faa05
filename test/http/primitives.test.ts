import fc from 'fast-check';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageFrom } from '../../src/http/cursor.ts';
import { languageOf } from '../../src/http/language.ts';
import {
  currency,
  identifier,
  instant,
  jurisdiction,
  money,
  parseInstant,
  safeText,
  signedMoney,
} from '../../src/http/primitives.ts';

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe('money', () => {
  it('survives the wire', () => {
    const amount = fc.bigInt({ min: 0n, max: 999_999_999_999_999n });
    fc.assert(fc.property(amount, (minor) => expect(money.parse(money.encode(minor))).toBe(minor)));
    fc.assert(fc.property(amount, (minor) => expect(signedMoney.parse(signedMoney.encode(-minor))).toBe(-minor)));
  });

  it('is whole minor units as text and nothing else', () => {
    for (const bad of ['', '-1', '+1', '1.5', '1e3', '01', ' 1', '1 ', 'NaN', '１２', '9'.repeat(16), 1, null, 1n]) {
      expect([bad, accepts(money, bad)]).toEqual([bad, false]);
    }
    expect([money.parse('0'), accepts(signedMoney, '-0'), signedMoney.parse('-5')]).toEqual([0n, false, -5n]);
  });
});

describe('an instant', () => {
  it('survives the wire', () => {
    const range = { min: Date.UTC(2000, 0, 2), max: Date.UTC(2100, 11, 30) };
    fc.assert(fc.property(fc.integer(range), (at) => expect(instant.parse(instant.encode(at))).toBe(at)));
  });

  it('carries its offset and exists', () => {
    expect(parseInstant('2026-03-15T08:00:00+08:00')).toBe(Date.UTC(2026, 2, 15));
    expect(parseInstant('2024-02-29T23:59:59.123456789Z')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59, 123));
    expect(parseInstant('2026-03-15T08:00-05:30')).toBe(Date.UTC(2026, 2, 15, 13, 30));
    const bad = [
      '2026-03-15',
      '2026-03-15T08:00:00',
      '2026-03-15 08:00:00Z',
      '2026-02-29T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-10T00:00:00Z',
      '2026-03-15T24:00:00Z',
      '2026-03-15T08:60:00Z',
      '2026-03-15T08:00:60Z',
      '2026-03-15T08:00:00+15:00',
      '2026-03-15T08:00:00+08:60',
      '2026-03-15T08:00:00+0800',
      '1999-12-31T23:59:59Z',
      '2101-01-01T00:00:00Z',
      '1773532800000',
      '',
    ];
    for (const text of bad) expect([text, parseInstant(text)]).toEqual([text, null]);
    expect(accepts(instant, 1_773_532_800_000)).toBe(false);
  });
});

describe('names and texts', () => {
  it('refuse what cannot be an identifier, a currency or a jurisdiction', () => {
    for (const id of ['L1', '4006381333931', 'a.b_c-d', 'x'.repeat(128)]) expect(accepts(identifier, id)).toBe(true);
    for (const id of ['', '.', '..', '-a', 'a/b', 'a b', 'a:b', '商品', 'x'.repeat(129)]) {
      expect([id, accepts(identifier, id)]).toEqual([id, false]);
    }
    expect(['CNY', 'EUR', 'cny', 'ABC', 'US$'].map((code) => accepts(currency, code))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(['CN', 'EU-DE', 'UK', 'EU', 'EU-UK', 'DE'].map((law) => accepts(jurisdiction, law))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('hold no NUL and no half pair', () => {
    const text = safeText(10, 1);
    expect(['😀 好', '', 'a\u0000', '\ud83d', 'x'.repeat(11)].map((one) => accepts(text, one))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('a cursor', () => {
  const shape = z.tuple([z.string(), z.int()]);

  it('gives back what it was made of, to its own list only', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.maxSafeInteger(), (text, number) => {
        const cursor = encodeCursor('events', [text, number]);
        expect(decodeCursor('events', shape, cursor)).toEqual([text, number]);
        expect(decodeCursor('listings', shape, cursor)).toBeNull();
        expect(decodeCursor('events', z.tuple([z.int()]), cursor)).toBeNull();
      }),
    );
  });

  it('is refused when it is anything else', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(decodeCursor('events', shape, text)).toBeNull()));
    fc.assert(fc.property(fc.base64String(), (text) => expect(decodeCursor('events', shape, text)).toBeNull()));
  });

  it('leads through every row once, whatever the page size', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1000), { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (numbers, limit) => {
        const rows = numbers.sort((a, b) => a - b);
        const seen: number[] = [];
        let after = -1;
        for (;;) {
          const read = rows.filter((row) => row > after).slice(0, limit + 1);
          const { items, next } = pageFrom('n', read, limit, (row) => [row]);
          seen.push(...items);
          if (next === null) break;
          after = decodeCursor('n', z.tuple([z.int()]), next)?.[0] ?? Number.NaN;
        }
        expect(seen).toEqual(rows);
      }),
    );
  });
});

describe('the language of an answer', () => {
  it('follows quality, then order, and is English otherwise', () => {
    const cases: readonly (readonly [string | undefined, string])[] = [
      [undefined, 'en'],
      ['zh-TW', 'zh'],
      ['en;q=0.5, zh;q=0.6', 'zh'],
      ['zh;q=0, en', 'en'],
      ['fr, de', 'en'],
      ['en, zh', 'en'],
      [';;;q=,,', 'en'],
    ];
    for (const [header, language] of cases) expect([header, languageOf(header)]).toEqual([header, language]);
  });
});
