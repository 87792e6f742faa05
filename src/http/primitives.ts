import { z } from 'zod';
import type { Jurisdiction } from '../domain/listing.ts';
import type { Instant } from '../domain/time.ts';

/** Refusal of a custom check in both languages: `.refine(isX, reason('must be x', '必须是 x'))`. */
export function reason(en: string, zh: string): { message: string; params: { zh: string }; abort: true } {
  return { message: en, params: { zh }, abort: true };
}

/** Makes a codec appear in OpenAPI as its wire form in requests and in responses alike. */
export function wireForm(wire: Record<string, unknown>) {
  return ({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void => {
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    Object.assign(jsonSchema, wire);
  };
}

const MONEY = /^(?:0|[1-9]\d{0,14})$/;
const SIGNED_MONEY = /^(?:0|-?[1-9]\d{0,14})$/;

/** Money on the wire: minor units as a string of at most 15 digits, not negative. Inside: bigint. */
export const money = z
  .codec(
    z
      .string()
      .refine(
        (text) => MONEY.test(text),
        reason(
          'must be a non-negative whole number of minor units as text, at most 15 digits, such as "19900"',
          '必须是以最小货币单位表示的非负整数文本,最多 15 位,例如 "19900"',
        ),
      ),
    z.bigint(),
    { decode: (text) => BigInt(text), encode: (amount) => amount.toString() },
  )
  .meta({
    id: 'Money',
    override: wireForm({
      type: 'string',
      pattern: MONEY.source,
      description: 'Minor units of the currency that stands beside it, as text. 金额:最小货币单位的整数文本。',
      examples: ['19900'],
    }),
  });

/** As `money`, and may be negative: balances and postings. */
export const signedMoney = z
  .codec(
    z
      .string()
      .refine(
        (text) => SIGNED_MONEY.test(text),
        reason(
          'must be a whole number of minor units as text, at most 15 digits, such as "-19900"',
          '必须是以最小货币单位表示的整数文本,最多 15 位,例如 "-19900"',
        ),
      ),
    z.bigint(),
    { decode: (text) => BigInt(text), encode: (amount) => amount.toString() },
  )
  .meta({
    id: 'SignedMoney',
    override: wireForm({
      type: 'string',
      pattern: SIGNED_MONEY.source,
      description: 'Minor units as text; negative for what is owed. 金额:可为负。',
      examples: ['-19900'],
    }),
  });

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const FIRST_YEAR = 2000;
const LAST_YEAR = 2100;
const OFFSET_HOURS_MAX = 14;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The two digits of `text` at `at`. */
function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
}

/**
 * Epoch milliseconds of an ISO 8601 date-time that carries its offset; null when the text is anything else, names a
 * day or time that does not exist, or lies outside the years 2000 to 2100.
 */
export function parseInstant(text: string): Instant | null {
  if (!INSTANT.test(text)) return null;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const day = twoDigits(text, 8);
  if (year < FIRST_YEAR || year > LAST_YEAR || day < 1 || day > daysOf(year, twoDigits(text, 5))) return null;
  const seconds = text.charCodeAt(16) === COLON ? twoDigits(text, 17) : 0;
  if (twoDigits(text, 11) > 23 || twoDigits(text, 14) > 59 || seconds > 59) return null;
  if (!text.endsWith('Z')) {
    if (twoDigits(text, text.length - 5) > OFFSET_HOURS_MAX || twoDigits(text, text.length - 2) > 59) return null;
  }
  return Date.parse(text);
}

const COLON = 0x3a;

const notAnInstant = reason(
  'must be an ISO 8601 date-time with offset between 2000 and 2100, such as "2026-03-15T08:00:00+08:00"',
  '必须是带时区偏移的 ISO 8601 时间,年份在 2000 至 2100 之间,例如 "2026-03-15T08:00:00+08:00"',
);

/** An instant on the wire: ISO 8601 with offset. Inside: UTC epoch milliseconds. */
export const instant = z
  .codec(z.string(), z.number(), {
    decode: (text, payload) => {
      const at = parseInstant(text);
      if (at !== null) return at;
      payload.issues.push({ code: 'custom', input: text, message: notAnInstant.message, params: notAnInstant.params });
      return z.NEVER;
    },
    encode: (at) => new Date(at).toISOString(),
  })
  .meta({
    id: 'Instant',
    override: wireForm({
      type: 'string',
      format: 'date-time',
      description: 'ISO 8601 with offset. 带时区偏移的时间。',
      examples: ['2026-03-15T08:00:00+08:00'],
    }),
  });

/** Wire form of an amount, for views. */
export const moneyText = (amount: bigint): string => amount.toString();

/** Wire form of an instant, for views. */
export const instantText = (at: Instant): string => new Date(at).toISOString();

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** An identifier that the platform or this service gave: letters, digits, dot, underscore, hyphen. */
export const identifier = z
  .string()
  .refine(
    (text) => IDENTIFIER.test(text),
    reason(
      'must be 1 to 128 letters, digits, dots, underscores or hyphens, and start with a letter or digit',
      '必须是 1 至 128 个字母、数字、点、下划线或连字符,并以字母或数字开头',
    ),
  )
  .meta({ id: 'Identifier', override: wireForm({ type: 'string', pattern: IDENTIFIER.source, examples: ['L1'] }) });

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** ISO 4217 alphabetic code, upper case. */
export const currency = z
  .string()
  .refine(
    (text) => CURRENCIES.has(text),
    reason('must be an ISO 4217 code in capitals, such as "CNY"', '必须是大写的 ISO 4217 货币代码,例如 "CNY"'),
  )
  .meta({ id: 'Currency', override: wireForm({ type: 'string', pattern: '^[A-Z]{3}$', examples: ['CNY'] }) });

const MEMBER_STATES = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');
const JURISDICTIONS: readonly Jurisdiction[] = [
  'CN',
  'UK',
  'US',
  'CA',
  'AU',
  ...MEMBER_STATES.map((state): Jurisdiction => `EU-${state}`),
];

/** The law that a listing is shown under. */
export const jurisdiction = z
  .enum(JURISDICTIONS)
  .meta({ id: 'Jurisdiction', description: 'ISO 3166 based; a member state of the Union as EU-XX. 适用法域。' });

/** Free text without NUL and lone surrogates, at most `max` UTF-16 units. */
export function safeText(max: number, min = 0) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine(
      isSafeText,
      reason('must not contain NUL or half of a surrogate pair', '不得包含 NUL 字符或不成对的代理项'),
    );
}

const LONE_SURROGATE = /\p{Surrogate}/u;

export function isSafeText(text: string): boolean {
  return !text.includes('\u0000') && !LONE_SURROGATE.test(text);
}

/** The title of a listing. */
export const title = safeText(500, 1).meta({ id: 'Title' });

/** A whole number in a query string or a header, within bounds. */
export function integerText(min: number, max: number) {
  return z
    .codec(
      z
        .string()
        .refine(
          (text) => /^-?\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max,
          reason(`must be a whole number from ${min} to ${max}`, `必须是 ${min} 至 ${max} 的整数`),
        ),
      z.int(),
      { decode: Number, encode: String },
    )
    .meta({ override: wireForm({ type: 'integer', minimum: min, maximum: max }) });
}
