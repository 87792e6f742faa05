import { amountOf, beginsMark, hasAt, type ReadAmount, type Reading, readAmount, readingFor } from './amounts.ts';
import { foldedAt, foldedUnit, HYPHEN, isDigit, isLetter, PERCENT, pastSpaces, unitSet } from './characters.ts';
import { finishThreshold } from './conditions.ts';
import { isNumeral, readNumber, type WrittenNumber } from './numbers.ts';
import { offWordEnd, readPercent, readTenths } from './rates.ts';
import type { PackText, Span, TextClaim } from './text-claim.ts';
import { readWord, type Step, withFrom } from './word-claims.ts';
import { beginsWord, wordAt } from './words.ts';

/** What a unit of the text may begin. */
const NOTHING = 0;
const DIGIT = 1;
const LETTER = 2;
const WORD = 3;
const NUMERAL = 4;
const MARK = 5;
const SIGN = 6;
const TIMES = 7;

const CLASSES: Uint8Array = (() => {
  const table = new Uint8Array(65_536);
  for (let raw = 0; raw < table.length; raw++) {
    const code = foldedUnit(raw);
    if (isDigit(code)) table[raw] = DIGIT;
    else if (raw === 0xd7 || code === 0x2a) table[raw] = TIMES;
    else if (isLetter(code)) table[raw] = LETTER;
    else if (code === HYPHEN) table[raw] = SIGN;
    else if (isNumeral(code)) table[raw] = NUMERAL;
    else if (beginsWord(code)) table[raw] = WORD;
    else if (beginsMark(code) && code !== 0x5143 && code !== 0x5757) table[raw] = MARK;
  }
  return table;
})();

/**
 * The claims that a text makes on prices, in order of their place. One pass, whose time grows with the text's length
 * alone; any text is good input. A claim's offsets point into the text as given.
 * @param currency of the listing, ISO 4217: what `¥` and `$` mean and how `1.299` is read.
 * @throws RangeError for what is no currency.
 */
export function parseClaims(text: string, currency: string): TextClaim[] {
  return parseClaimsWith(text, readingFor(currency));
}

export function parseClaimsWith(text: string, reading: Reading): TextClaim[] {
  const claims: TextClaim[] = [];
  let upTo: Span | null = null;
  let at = 0;
  while (at < text.length) {
    const kind = CLASSES[text.charCodeAt(at)];
    if (kind === NOTHING) {
      at++;
      continue;
    }
    if (kind === WORD && wordAt(text, at) === null) {
      at++;
      continue;
    }
    const step = readAt(text, at, kind ?? NOTHING, reading, upTo);
    if (step.claim !== null) {
      claims.push(step.claim);
      upTo = null;
    } else if (step.upTo !== null) upTo = step.upTo;
    at = Math.max(step.next, at + 1);
  }
  return claims;
}

function skip(next: number): Step {
  return { claim: null, upTo: null, next };
}

function found(claim: TextClaim): Step {
  return { claim, upTo: null, next: claim.end };
}

/** How far 低至 may stand before what it qualifies. */
const UP_TO_REACH = 3;

function readAt(text: string, at: number, kind: number, reading: Reading, upTo: Span | null): Step {
  const qualifier = upTo !== null && at - upTo.end <= UP_TO_REACH ? upTo : null;
  switch (kind) {
    case DIGIT:
      return readDigit(text, at, reading, qualifier);
    case NUMERAL:
      return readNumeral(text, at, reading, qualifier);
    case SIGN:
      return readSign(text, at, reading);
    case TIMES:
      return readTimes(text, at, reading);
    case MARK:
      return readMarked(text, at, reading, qualifier);
    default:
      return readWordOrRun(text, at, kind, reading, qualifier);
  }
}

function readWordOrRun(text: string, at: number, kind: number, reading: Reading, upTo: Span | null): Step {
  const word = wordAt(text, at);
  if (word !== null) {
    const step = readWord(text, at, word, reading, upTo);
    if (step !== null) return step;
    return skip(at + word.text.length);
  }
  if (kind === WORD) return skip(at + 1);
  if (beginsMark(foldedAt(text, at))) {
    const step = readMarked(text, at, reading, upTo);
    if (step.claim !== null) return step;
  }
  return skip(pastRun(text, at));
}

/** Past a run of letters and digits: a word, a model number. */
function pastRun(text: string, at: number): number {
  let end = at + 1;
  for (;;) {
    const code = foldedAt(text, end);
    if (!isLetter(code) && !isDigit(code)) return end;
    end++;
  }
}

function pastDigits(text: string, at: number): number {
  let end = at + 1;
  while (isDigit(foldedAt(text, end))) end++;
  return end;
}

function readDigit(text: string, at: number, reading: Reading, upTo: Span | null): Step {
  const number = readNumber(text, at, reading.pointStyle);
  if (number === null) return skip(pastDigits(text, at));
  return ledByNumber(text, at, number, reading, upTo) ?? skip(pastModel(text, number.end));
}

/** `199X` is a model. */
function pastModel(text: string, end: number): number {
  return isLetter(foldedAt(text, end)) ? pastRun(text, end) : end;
}

function readNumeral(text: string, at: number, reading: Reading, upTo: Span | null): Step {
  const number = readNumber(text, at, reading.pointStyle);
  if (number === null) return skip(at + 1);
  return ledByNumber(text, at, number, reading, upTo) ?? skip(number.end);
}

/** What can make a claim of the number before it; most numbers are sizes, models and dates. */
const AFTER_NUMBER = unitSet([
  ...' 折%/每抵减万-p€£$¥₹元块美欧日港人eurgibcas',
  ...'瓶盒包袋支片个只件双条罐箱台张枚颗粒组卷本',
]);

function ledByNumber(
  text: string,
  at: number,
  number: WrittenNumber,
  reading: Reading,
  upTo: Span | null,
): Step | null {
  const next = foldedAt(text, number.end);
  if (AFTER_NUMBER[next] !== 1) return null;
  const tenths = readTenths(text, number, number.end);
  if (tenths !== null) {
    const start = upTo?.start ?? (foldedAt(text, at - 1) === 0x6253 ? at - 1 : at);
    const { bps, roundingBps } = tenths;
    return found(withFrom(text, { kind: 'percent', start, end: tenths.end, upTo: upTo !== null, bps, roundingBps }));
  }
  const percent = readPercent(text, number);
  if (percent !== null) {
    const end = offWordEnd(text, percent.end);
    if (end < 0) return skip(percent.end);
    const { bps, roundingBps } = percent;
    return found({ kind: 'percent', start: upTo?.start ?? at, end, upTo: upTo !== null, bps, roundingBps });
  }
  const pack = readPack(text, at, number);
  if (pack !== null) return found(pack);
  const amount = amountOf(text, at, number, reading);
  return amount === null ? null : ledByAmount(text, amount, reading, upTo);
}

function readMarked(text: string, at: number, reading: Reading, upTo: Span | null): Step {
  const amount = readAmount(text, at, reading);
  if (amount === null) return skip(at + 1);
  return ledByAmount(text, amount, reading, upTo) ?? skip(amount.end);
}

function ledByAmount(text: string, read: ReadAmount, reading: Reading, upTo: Span | null): Step | null {
  const { amount, start, end } = read;
  const unit = readUnit(text, end);
  if (unit !== null && read.marked)
    return found({ kind: 'unit_price', start, end: unit.end, upTo: false, amount, unit: unit.name });
  const next = foldedAt(text, end);
  if (next === 0x62b5) return deposit(text, read, reading);
  if (next === 0x51cf) {
    const claim = finishThreshold(text, start, end, { threshold: amount, pieces: null, every: false, reading });
    return claim === null ? null : found(claim);
  }
  if (!read.marked) return null;
  const off = offWordEnd(text, end);
  if (off >= 0 && isLetter(foldedAt(text, off - 1))) {
    return found({ kind: 'saving', start: upTo?.start ?? start, end: off, upTo: upTo !== null, amount });
  }
  if (upTo !== null && isLowest(text, upTo)) {
    return found(withFrom(text, { kind: 'sale', start: upTo.start, end, upTo: true, amount, afterLayers: false }));
  }
  return null;
}

function deposit(text: string, { start, end, amount }: ReadAmount, reading: Reading): Step | null {
  const offsets = readAmount(text, hasAt(text, end, '抵扣') ? end + 2 : end + 1, reading);
  if (offsets === null) return null;
  return found({ kind: 'deposit', start, end: offsets.end, upTo: false, deposit: amount, offsets: offsets.amount });
}

/** 低至9.9元 asks at least that; 最高200元 says nothing of what is asked. */
function isLowest(text: string, { start }: Span): boolean {
  return foldedAt(text, start) === 0x4f4e;
}

/** "-23%": not within a range, a model or a subtraction. */
function readSign(text: string, at: number, reading: Reading): Step {
  const before = foldedAt(text, at - 1);
  if (isDigit(before) || isLetter(before) || before === PERCENT || before === HYPHEN) return skip(at + 1);
  const number = isDigit(foldedAt(text, at + 1)) ? readNumber(text, at + 1, reading.pointStyle) : null;
  const percent = number === null ? null : readPercent(text, number);
  if (percent === null) return skip(at + 1);
  const off = offWordEnd(text, percent.end);
  const { bps, roundingBps } = percent;
  return found({ kind: 'percent', start: at, end: off < 0 ? percent.end : off, upTo: false, bps, roundingBps });
}

const UNITS: readonly string[] = [
  ...[
    '件',
    '瓶',
    '盒',
    '包',
    '袋',
    '支',
    '片',
    '个',
    '只',
    '斤',
    '公斤',
    '千克',
    '双',
    '条',
    '罐',
    '箱',
    '套',
    '台',
    '张',
  ],
  ...[
    '枚',
    '颗',
    '粒',
    '米',
    '升',
    '克',
    '百克',
    '100g',
    '100ml',
    'kg',
    'stück',
    'piece',
    'pc',
    'unit',
    'each',
    'item',
  ],
];

function readUnit(text: string, from: number): { readonly name: string; readonly end: number } | null {
  const sign = foldedAt(text, from);
  if (sign !== 0x2f && sign !== 0x6bcf) return null;
  const at = pastSpaces(text, from + 1, 1);
  const name = UNITS.find((unit) => hasAt(text, at, unit) && !isLetter(foldedAt(text, at + unit.length)));
  return name === undefined ? null : { name, end: at + name.length };
}

/** Not 套: 11-11套装 is a set for a date. */
const PACKED = unitSet('瓶盒包袋支片个只件双条罐箱台张枚颗粒组卷本');
const MOST_PACKED = 9_999;

/** 3瓶装, 10片装, 6-pack. */
function readPack(text: string, at: number, { mantissa, decimals, end }: WrittenNumber): PackText | null {
  if (decimals > 0 || mantissa < 2 || mantissa > MOST_PACKED) return null;
  const head = { kind: 'pack', start: at, upTo: false, pieces: mantissa } as const;
  if (PACKED[foldedAt(text, end)] === 1 && foldedAt(text, end + 1) === 0x88c5) {
    return { ...head, end: end + 2 };
  }
  const word = foldedAt(text, end) === HYPHEN || foldedAt(text, end) === 0x20 ? end + 1 : end;
  return hasAt(text, word, 'pack') && !isLetter(foldedAt(text, word + 4)) ? { ...head, end: word + 4 } : null;
}

/** 50ml*3瓶. A size (60*90cm) has no pieces. */
function readTimes(text: string, at: number, reading: Reading): Step {
  const number = isDigit(foldedAt(text, at + 1)) ? readNumber(text, at + 1, reading.pointStyle) : null;
  if (number === null || number.decimals > 0 || number.mantissa < 2 || number.mantissa > MOST_PACKED)
    return skip(at + 1);
  if (PACKED[foldedAt(text, number.end)] !== 1) return skip(number.end);
  return found({ kind: 'pack', start: at, end: number.end + 1, upTo: false, pieces: number.mantissa });
}
