import { hasAt, type ReadAmount, type Reading, readAmount } from './amounts.ts';
import { foldedAt, HYPHEN, isDigit, PERCENT, pastSpaces, unitSet } from './characters.ts';
import { readBundle, readDeposit, readNthPiece, readThreshold } from './conditions.ts';
import { readNumber } from './numbers.ts';
import { offWordEnd, readPercent, readTenths, savesOtherThings } from './rates.ts';
import type { Span, TextClaim } from './text-claim.ts';
import { type Strictness, type Word, wordAt } from './words.ts';

/** What a word led to: a claim, a qualifier of the next claim, or (null) nothing. */
export interface Step {
  readonly claim: TextClaim | null;
  readonly upTo: Span | null;
  readonly next: number;
}

/** What a word at `at` begins. `upTo` is the qualifier that stands right before it. */
export function readWord(text: string, at: number, word: Word, reading: Reading, upTo: Span | null): Step | null {
  const end = at + word.text.length;
  const start = upTo?.start ?? at;
  const { means } = word;
  switch (means.sense) {
    case 'up_to':
      return { claim: null, upTo: { start: at, end }, next: end };
    case 'threshold':
      return step(readThreshold(text, at, end, means.every, reading));
    case 'buy':
      return step(readBundle(text, at, end, reading));
    case 'nth':
      return step(readNthPiece(text, at, end, reading));
    case 'deposit':
      return step(readDeposit(text, at, end, reading));
    case 'pack':
      return step(readPackOf(text, at, end, reading));
    case 'each':
      return step(readEach(text, at, end, reading));
    case 'word':
      return step({ kind: 'word', start: at, end, upTo: false, meaning: means.meaning });
    case 'rate':
      return step(readRateWord(text, start, end, means, upTo !== null));
    case 'saving':
      return step(readSaving(text, { start, end, upTo: upTo !== null }, means.strict, means.rate, reading));
    case 'reference':
    case 'sale':
      return step(readPriced(text, { start, end, upTo: upTo !== null }, word, reading));
  }
}

function step(claim: TextClaim | null): Step | null {
  return claim === null ? null : { claim, upTo: null, next: claim.end };
}

interface Lead extends Span {
  readonly upTo: boolean;
}

const MOST_FILLER = 8;
const FILLER = unitSet(' ::=≈~()（）[]【】「」"“”·为是仅只约才要需可再达享|');

interface AfterFiller {
  readonly at: number;
  readonly upTo: boolean;
}

/** Past what may stand between a word and its figure, with a 低至 or "up to" among it. */
function pastFiller(text: string, from: number): AfterFiller {
  let at = from;
  let upTo = false;
  while (at < from + MOST_FILLER) {
    if (FILLER[foldedAt(text, at)] === 1) {
      at++;
      continue;
    }
    const word = upTo ? null : wordAt(text, at);
    if (word?.means.sense !== 'up_to') break;
    upTo = true;
    at += word.text.length;
  }
  return { at, upTo };
}

function amountAfter(text: string, at: number, strict: Strictness, reading: Reading): ReadAmount | null {
  const read = readAmount(text, at, reading);
  return read === null || (strict === 'marked' && !read.marked) ? null : read;
}

const FROM = '起'.charCodeAt(0);

/** 起 after a figure: that is the best of several. */
export function withFrom(text: string, claim: TextClaim): TextClaim {
  return foldedAt(text, claim.end) === FROM ? { ...claim, end: claim.end + 1, upTo: true } : claim;
}

function readPriced(text: string, lead: Lead, { means }: Word, reading: Reading): TextClaim | null {
  if (means.sense !== 'reference' && means.sense !== 'sale') return null;
  const { at, upTo } = pastFiller(text, lead.end);
  const read = amountAfter(text, at, means.strict, reading);
  if (read === null) return null;
  const { start } = lead;
  const { amount } = read;
  // Written out: spreading a common part costs more than reading the words.
  const from = foldedAt(text, read.end) === FROM;
  const end = from ? read.end + 1 : read.end;
  const most = from || lead.upTo || upTo;
  return means.sense === 'reference'
    ? { kind: 'reference', start, end, upTo: most, role: means.role, amount }
    : { kind: 'sale', start, end, upTo: most, amount, afterLayers: means.afterLayers };
}

const TO_SIGNS: ReadonlySet<string> = new Set(['至', '到']);

function readSaving(text: string, lead: Lead, strict: Strictness, rate: boolean, reading: Reading): TextClaim | null {
  // 直降至99 names what is asked, 直降99 what is taken off.
  if (TO_SIGNS.has(String.fromCharCode(foldedAt(text, lead.end)))) {
    const read = readAmount(text, pastSpaces(text, lead.end + 1, 1), reading);
    if (read === null) return null;
    return { kind: 'sale', start: lead.start, end: read.end, upTo: lead.upTo, amount: read.amount, afterLayers: false };
  }
  const { at, upTo } = pastFiller(text, lead.end);
  const { start } = lead;
  const most = lead.upTo || upTo;
  const reduction = rate ? rateAfter(text, at, reading) : null;
  if (reduction !== null) {
    const { bps, roundingBps, end } = reduction;
    return { kind: 'percent', start, end, upTo: most, bps, roundingBps };
  }
  const read = amountAfter(text, at, strict, reading);
  if (read === null) return null;
  const off = offWordEnd(text, read.end);
  return { kind: 'saving', start, end: off < 0 ? read.end : off, upTo: most, amount: read.amount };
}

function rateAfter(text: string, from: number, reading: Reading) {
  const at = foldedAt(text, from) === HYPHEN ? from + 1 : from;
  if (!isDigit(foldedAt(text, at))) return null;
  const number = readNumber(text, at, reading.pointStyle);
  if (number === null) return null;
  const tenths = readTenths(text, number, number.end);
  if (tenths !== null) return tenths;
  const percent = readPercent(text, number);
  if (percent === null || savesOtherThings(text, percent.end)) return null;
  const off = offWordEnd(text, percent.end);
  return off < 0 ? percent : { ...percent, end: off };
}

interface RateWord {
  readonly bps: number;
  readonly not: readonly string[];
  readonly notAfter: readonly string[];
}

/** 对折 is half the price, or a way to fold: 对折钱包, 可对折. */
function readRateWord(text: string, start: number, end: number, means: RateWord, upTo: boolean): TextClaim | null {
  const before = String.fromCharCode(foldedAt(text, start - 1));
  if (means.notAfter.includes(before)) return null;
  if (means.not.some((word) => hasAt(text, end, word))) return null;
  return { kind: 'percent', start, end, upTo, bps: means.bps, roundingBps: 0 };
}

/** 每件仅33元. */
function readEach(text: string, start: number, end: number, reading: Reading): TextClaim | null {
  const { at, upTo } = pastFiller(text, end);
  const read = amountAfter(text, at, 'marked', reading);
  if (read === null) return null;
  const unit = text.slice(end - 1, end);
  return { kind: 'unit_price', start, end: read.end, upTo, amount: read.amount, unit };
}

function readPackOf(text: string, start: number, end: number, reading: Reading): TextClaim | null {
  const number = readNumber(text, pastSpaces(text, end), reading.pointStyle);
  if (number === null || number.chinese || number.decimals > 0 || number.mantissa < 2) return null;
  if (foldedAt(text, number.end) === PERCENT) return null;
  return { kind: 'pack', start, end: number.end, upTo: false, pieces: number.mantissa };
}
