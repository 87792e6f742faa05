import { currencyExponent } from '../../domain/currency.ts';
import { foldedAt, isDigit, isLetter, PERCENT, pastSpaces, unitSet } from './characters.ts';
import { isNumeral, type PointStyle, readNumber, type WrittenNumber } from './numbers.ts';
import type { TextAmount } from './text-claim.ts';

/** How a text is to be read: its currency decides what `¥` and `$` are, and whether `1.299` is a thousand. */
export interface Reading {
  readonly currency: string;
  readonly exponent: number;
  readonly pointStyle: PointStyle;
}

/** Currencies whose home writes `1.299,00`. */
const POINT_GROUPS: ReadonlySet<string> = new Set(['EUR', 'DKK', 'IDR', 'BRL', 'TRY', 'VND']);

/** Throws RangeError for what is no ISO 4217 currency. */
export function readingFor(currency: string): Reading {
  const exponent = currencyExponent(currency);
  if (exponent === null) throw new RangeError(`${currency} is not an ISO 4217 currency`);
  return { currency, exponent, pointStyle: POINT_GROUPS.has(currency) ? 'thousands' : 'decimal' };
}

/** What a mark of currency stands for: the first unless the listing's own is among the others. */
const MARKS: readonly (readonly [string, readonly string[]])[] = [
  ['us$', ['USD']],
  ['hk$', ['HKD']],
  ['au$', ['AUD']],
  ['ca$', ['CAD']],
  ['人民币', ['CNY']],
  ['rmb', ['CNY']],
  ['cny', ['CNY']],
  ['eur', ['EUR']],
  ['usd', ['USD']],
  ['gbp', ['GBP']],
  ['inr', ['INR']],
  ['aud', ['AUD']],
  ['cad', ['CAD']],
  ['rs.', ['INR', 'PKR', 'LKR']],
  ['rs', ['INR', 'PKR', 'LKR']],
  ['美元', ['USD']],
  ['欧元', ['EUR']],
  ['日元', ['JPY']],
  ['港币', ['HKD']],
  ['元', ['CNY', 'TWD', 'HKD']],
  ['块', ['CNY', 'TWD', 'HKD']],
  ['¥', ['CNY', 'JPY']],
  ['€', ['EUR']],
  ['£', ['GBP']],
  ['$', ['USD', 'CAD', 'AUD', 'NZD', 'HKD', 'SGD', 'TWD', 'MXN']],
  ['₹', ['INR']],
];

const MARK_STARTS = unitSet(MARKS.map(([mark]) => mark));
const MARKS_BY_FIRST: ReadonlyMap<number, typeof MARKS> = new Map(
  [...new Set(MARKS.map(([mark]) => mark.charCodeAt(0)))].map((first) => [
    first,
    MARKS.filter(([mark]) => mark.charCodeAt(0) === first),
  ]),
);

/** Whether an amount may begin with this folded unit, which is no digit. */
export function beginsMark(code: number): boolean {
  return MARK_STARTS[code] === 1;
}

interface Mark {
  readonly currency: string;
  readonly end: number;
  /** Spelled in letters or characters. */
  readonly word: string;
}

/** A mark of currency at `at`, or null. A mark in letters must not run on in letters. */
export function readMark(text: string, at: number, reading: Reading): Mark | null {
  const first = foldedAt(text, at);
  const candidates = MARK_STARTS[first] === 1 ? MARKS_BY_FIRST.get(first) : undefined;
  if (candidates === undefined) return null;
  for (const [mark, currencies] of candidates) {
    if (!hasAt(text, at, mark)) continue;
    const end = at + mark.length;
    if (isLetter(mark.charCodeAt(mark.length - 1)) && isLetter(foldedAt(text, end))) continue;
    const currency = currencies.includes(reading.currency) ? reading.currency : (currencies[0] ?? reading.currency);
    return { currency, end, word: mark };
  }
  return null;
}

/** Whether the folded text holds `word` at `at`. */
export function hasAt(text: string, at: number, word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    if (foldedAt(text, at + index) !== word.charCodeAt(index)) return false;
  }
  return true;
}

/** What follows a number that is no price: measures, counts, ages, dates. */
const MEASURES = unitSet(
  '克斤两钱吨升米寸码岁年月日号天周时分秒度倍件片支瓶盒包袋罐箱个只双条台套张枚颗粒把本册页级代位层格孔芯核瓦伏安楼室户人名次种款色折成新春夏秋冬%％°℃#+',
);
const MEASURE_WORDS: readonly string[] = [
  '毫升',
  '毫米',
  '厘米',
  '公斤',
  '千克',
  '公里',
  '英寸',
  '小时',
  '积分',
  '金币',
];

const MEASURE_WORD_STARTS = unitSet(MEASURE_WORDS);

/** Words that begin like a measure: 99包邮, 199 秒杀价79. */
const NO_MEASURES: readonly string[] = ['包邮', '秒杀', '日常', '双11', '双十', '天猫', '支持', '个性', '新客', '新人'];

export interface ReadAmount {
  readonly amount: TextAmount;
  readonly start: number;
  readonly end: number;
  /** Its currency is marked, or it has the decimals of a price. */
  readonly marked: boolean;
}

/** An amount of money at `at`, marked with a currency before or after, or bare; null when what is there is none. */
export function readAmount(text: string, at: number, reading: Reading): ReadAmount | null {
  const first = foldedAt(text, at);
  const before = isDigit(first) || isNumeral(first) ? null : readMark(text, at, reading);
  if (before === null && !isDigit(first) && !isNumeral(first)) return null;
  const from = before === null ? at : pastSpaces(text, before.end, 2);
  const number = readNumber(text, from, reading.pointStyle);
  return number === null ? null : finish(text, at, number, before, reading);
}

/** As `readAmount` of a number that was read already. */
export function amountOf(text: string, at: number, number: WrittenNumber, reading: Reading): ReadAmount | null {
  return finish(text, at, number, null, reading);
}

function finish(
  text: string,
  start: number,
  number: WrittenNumber,
  before: Mark | null,
  reading: Reading,
): ReadAmount | null {
  let { mantissa, decimals, end } = number;
  if (foldedAt(text, end) === 0x4e07 && !number.chinese) {
    mantissa *= 10_000;
    end++;
  }
  const next = pastSpaces(text, end, 1);
  const after = before === null ? readMark(text, next, reading) : trailingMark(text, next, reading);
  const currency = (before ?? after)?.currency ?? reading.currency;
  let marked = before !== null || after !== null;
  if (after !== null) {
    end = after.end;
    const tenth = after.word === '块' && decimals === 0 ? readTenth(text, end, reading) : null;
    if (tenth !== null) {
      mantissa = mantissa * 10 + tenth.mantissa;
      decimals = 1;
      end = tenth.end;
    }
  } else if (runsOn(text, end, number)) return null;
  const minor = minorUnits(mantissa, decimals, currency, reading);
  if (minor === null || minor === 0n) return null;
  if (decimals === 2) marked = true;
  return { amount: { minor, currency }, start, end, marked };
}

/** `¥199元` says it twice; `¥199 $20` are two amounts. */
function trailingMark(text: string, at: number, reading: Reading): Mark | null {
  const mark = readMark(text, at, reading);
  return mark !== null && (mark.word === '元' || mark.word === '块') ? mark : null;
}

/** 9块9 is 9.9. */
function readTenth(text: string, at: number, reading: Reading): WrittenNumber | null {
  const tenth = readNumber(text, at, reading.pointStyle);
  return tenth !== null && tenth.decimals === 0 && tenth.mantissa >= 1 && tenth.mantissa <= 9 ? tenth : null;
}

/** A number that goes on as a model, a measure, a rate or a range is no amount. */
function runsOn(text: string, end: number, number: WrittenNumber): boolean {
  const code = foldedAt(text, end);
  if (code === 0) return false;
  if (isLetter(code) || isDigit(code) || code === PERCENT) return true;
  if (number.chinese && isNumeral(code)) return true;
  const at = pastSpaces(text, end, 1);
  if (MEASURES[foldedAt(text, at)] === 1) return !NO_MEASURES.some((word) => hasAt(text, at, word));
  return MEASURE_WORD_STARTS[foldedAt(text, at)] === 1 && MEASURE_WORDS.some((word) => hasAt(text, at, word));
}

function minorUnits(mantissa: number, decimals: number, currency: string, reading: Reading): bigint | null {
  const exponent = currency === reading.currency ? reading.exponent : (currencyExponent(currency) ?? 2);
  let value = mantissa;
  for (let shift = decimals; shift < exponent; shift++) value *= 10;
  for (let shift = exponent; shift < decimals; shift++) {
    if (value % 10 !== 0) return null;
    value /= 10;
  }
  return value > 1e15 ? null : BigInt(value);
}
