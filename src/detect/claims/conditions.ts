import { hasAt, type Reading, readAmount } from './amounts.ts';
import { foldedAt, HYPHEN, pastSpaces, unitSet } from './characters.ts';
import { readNumber } from './numbers.ts';
import { readConditionRate } from './rates.ts';
import type { BundleText, DepositText, NthPieceText, ThresholdText } from './text-claim.ts';

const PIECE_UNITS = unitSet('件个双支瓶盒包袋罐条套只台杯份片箱本枚');
const MOST_PIECES = 999;
/** Between a threshold and what it gives: 满199元全场立减100. */
const THRESHOLD_FILLER = unitSet('元即可立享打再下单全场,, 直享受还');
const MOST_FILLER = 6;
const OFF_SIGNS: readonly string[] = ['减免', '减', '省', '降'];

interface Pieces {
  readonly count: number;
  readonly end: number;
}

/** A number of pieces; with `unitNeeded`, 2件 and not merely 2. */
function readPieces(text: string, at: number, reading: Reading, unitNeeded: boolean): Pieces | null {
  const number = readNumber(text, pastSpaces(text, at, 1), reading.pointStyle);
  if (number === null || number.decimals > 0 || number.mantissa < 1 || number.mantissa > MOST_PIECES) return null;
  const unit = PIECE_UNITS[foldedAt(text, number.end)] === 1;
  if (unitNeeded && !unit) return null;
  return { count: number.mantissa, end: unit ? number.end + 1 : number.end };
}

/** 满N减M, 满N件M折, 每满N减M, 满N-M; `start` is that of the word, `at` its end. */
export function readThreshold(
  text: string,
  start: number,
  at: number,
  every: boolean,
  reading: Reading,
): ThresholdText | null {
  const pieces = readPieces(text, at, reading, true);
  const amount = pieces === null ? readAmount(text, pastSpaces(text, at, 1), reading) : null;
  const conditionEnd = pieces?.end ?? amount?.end;
  if (conditionEnd === undefined) return null;
  return finishThreshold(text, start, conditionEnd, {
    threshold: amount?.amount ?? null,
    pieces: pieces?.count ?? null,
    every,
    reading,
  });
}

interface Condition {
  readonly threshold: ThresholdText['threshold'];
  readonly pieces: number | null;
  readonly every: boolean;
  readonly reading: Reading;
}

/** What a condition that ends at `from` gives, or null. */
export function finishThreshold(
  text: string,
  start: number,
  from: number,
  { threshold, pieces, every, reading }: Condition,
): ThresholdText | null {
  const head = { kind: 'threshold', start, upTo: false, threshold, pieces, every } as const;
  if (foldedAt(text, from) === HYPHEN && threshold !== null) {
    const off = readAmount(text, from + 1, reading);
    return off === null ? null : { ...head, end: off.end, off: off.amount, bps: null };
  }
  const at = pastFiller(text, from, THRESHOLD_FILLER);
  const sign = OFF_SIGNS.find((word) => hasAt(text, at, word));
  if (sign !== undefined) {
    const off = readAmount(text, pastSpaces(text, at + sign.length, 1), reading);
    return off === null ? null : { ...head, end: off.end, off: off.amount, bps: null };
  }
  const rate = readConditionRate(text, at, reading);
  return rate === null ? null : { ...head, end: rate.end, off: null, bps: rate.bps };
}

function pastFiller(text: string, from: number, filler: Uint8Array): number {
  let at = from;
  while (at < from + MOST_FILLER && filler[foldedAt(text, at)] === 1) at++;
  return at;
}

/** What the second number counts: free pieces beside the bought ones, free ones among them, or all that one gets. */
const FREE_SIGNS: readonly (readonly [string, 'beside' | 'among' | 'all'])[] = [
  ['送', 'beside'],
  ['赠', 'beside'],
  ['免', 'among'],
  ['得', 'all'],
];
const ENGLISH_COUNTS: readonly (readonly [string, number])[] = [
  ['one', 1],
  ['two', 2],
  ['three', 3],
];

/** 买N送M, and 买N免M, in which the free ones are among the N; "buy one get one free". */
export function readBundle(text: string, start: number, at: number, reading: Reading): BundleText | null {
  const english = foldedAt(text, start) === 0x62;
  return english ? readEnglishBundle(text, start, at, reading) : readChineseBundle(text, start, at, reading);
}

function readChineseBundle(text: string, start: number, at: number, reading: Reading): BundleText | null {
  const bought = readPieces(text, at, reading, false);
  if (bought === null) return null;
  const sign = FREE_SIGNS.find(([word]) => hasAt(text, bought.end, word));
  if (sign === undefined) return null;
  const [word, counts] = sign;
  const given = readPieces(text, bought.end + word.length, reading, false);
  // 买2送50元: an amount is no piece.
  if (given === null || '元块%'.includes(String.fromCharCode(foldedAt(text, given.end)))) return null;
  const buy = counts === 'among' ? bought.count - given.count : bought.count;
  const free = counts === 'all' ? given.count - bought.count : given.count;
  return buy < 1 || free < 1 ? null : { kind: 'bundle', start, end: given.end, upTo: false, buy, free };
}

function readEnglishBundle(text: string, start: number, at: number, reading: Reading): BundleText | null {
  const bought = englishCount(text, pastSpaces(text, at), reading);
  if (bought === null) return null;
  const get = pastSpaces(text, bought.end);
  if (!hasAt(text, get, 'get ')) return null;
  const given = englishCount(text, pastSpaces(text, get + 3), reading);
  if (given === null) return null;
  const free = pastSpaces(text, given.end);
  if (!hasAt(text, free, 'free')) return null;
  return { kind: 'bundle', start, end: free + 4, upTo: false, buy: bought.count, free: given.count };
}

function englishCount(text: string, at: number, reading: Reading): Pieces | null {
  for (const [word, count] of ENGLISH_COUNTS) {
    if (hasAt(text, at, word)) return { count, end: at + word.length };
  }
  return readPieces(text, at, reading, false);
}

const NTH_FILLER = unitSet('打仅只需享立即 ,');

/** 第二件半价, 第2件5折, 第三件0元. */
export function readNthPiece(text: string, start: number, at: number, reading: Reading): NthPieceText | null {
  const nth = readPieces(text, at, reading, true);
  if (nth === null || nth.count < 2) return null;
  const from = pastFiller(text, nth.end, NTH_FILLER);
  if (hasAt(text, from, '0元') || hasAt(text, from, '零元') || hasAt(text, from, '免费')) {
    return { kind: 'nth_piece', start, end: from + 2, upTo: false, nth: nth.count, bps: 10_000 };
  }
  const rate = readConditionRate(text, from, reading);
  if (rate === null) return null;
  return { kind: 'nth_piece', start, end: rate.end, upTo: false, nth: nth.count, bps: rate.bps };
}

/** 定金50抵100; `start` is that of the word or of the first amount, which begins at `at`. */
export function readDeposit(text: string, start: number, at: number, reading: Reading): DepositText | null {
  const deposit = readAmount(text, pastSpaces(text, at, 2), reading);
  if (deposit === null) return null;
  const sign = ['可抵扣', '可抵', '抵扣', '抵'].find((word) => hasAt(text, deposit.end, word));
  if (sign === undefined) return null;
  const offsets = readAmount(text, deposit.end + sign.length, reading);
  if (offsets === null) return null;
  return {
    kind: 'deposit',
    start,
    end: offsets.end,
    upTo: false,
    deposit: deposit.amount,
    offsets: offsets.amount,
  };
}
