import { hasAt, type Reading } from './amounts.ts';
import { foldedAt, HYPHEN, isLetter, PERCENT, pastSpaces, unitSet } from './characters.ts';
import { readNumber, type WrittenNumber } from './numbers.ts';

/** A reduction as a rate, and where it ends. */
export interface ReadRate {
  readonly bps: number;
  readonly roundingBps: number;
  readonly end: number;
}

const ZHE = '折'.charCodeAt(0);
/** 5折叠 is a fold, not a half. */
const FOLDS: ReadonlySet<number> = new Set(
  [...'叠页痕线射纸伞床椅合边弯角刀凳桌尺旧耳返腾磨断架车帽包皮子门裙'].map((fold) => fold.charCodeAt(0)),
);
const FOLDED_THINGS: readonly string[] = ['伞', '钱包', '钱夹', '卡包', '屏风', '床垫', '沙发', '梯', '窗', '鱼竿'];
const FOLDED_THING_STARTS = unitSet(FOLDED_THINGS);
const FOLDED_THING_WITHIN = 8;
const WHOLE_PERCENT_ROUNDING = 100;
const TENTH_ROUNDING = 50;

/** N折: what is left, in tenths (`5折`, `八五折`, `0.5折`). `number` is the one before `at`. */
export function readTenths(text: string, number: WrittenNumber, at: number): ReadRate | null {
  const zhe = pastSpaces(text, at, 1);
  if (foldedAt(text, zhe) !== ZHE || FOLDS.has(foldedAt(text, zhe + 1))) return null;
  const { mantissa, decimals } = number;
  const twoDigits = decimals === 0 && mantissa > 10 && mantissa < 100;
  const shown = twoDigits ? 1 : decimals;
  if (shown > 3 || mantissa === 0) return null;
  const left = (mantissa * 1_000) / 10 ** shown;
  if (left >= 10_000 || !Number.isInteger(left)) return null;
  if (shown === 0 && isFoldedThing(text, zhe + 1)) return null;
  return { bps: 10_000 - left, roundingBps: shown === 0 ? WHOLE_PERCENT_ROUNDING : TENTH_ROUNDING, end: zhe + 1 };
}

/** 三折晴雨伞 and 三折钱包 have folds. */
function isFoldedThing(text: string, from: number): boolean {
  for (let at = from; at < from + FOLDED_THING_WITHIN; at++) {
    if (FOLDED_THING_STARTS[foldedAt(text, at)] === 1 && FOLDED_THINGS.some((thing) => hasAt(text, at, thing)))
      return true;
  }
  return false;
}

/** N% at the number; whether it is a reduction is for the caller to say. */
export function readPercent(text: string, number: WrittenNumber): ReadRate | null {
  const sign = pastSpaces(text, number.end, 1);
  if (number.chinese || foldedAt(text, sign) !== PERCENT || number.decimals > 2) return null;
  const bps = (number.mantissa * 100) / 10 ** number.decimals;
  if (bps === 0 || bps > 1_000_000) return null;
  return { bps, roundingBps: number.decimals === 0 ? WHOLE_PERCENT_ROUNDING : 10, end: sign + 1 };
}

const OFF_WORDS: readonly string[] = [
  'off',
  'discount',
  'rabatt',
  'less',
  'reduziert',
  'günstiger',
  'billiger',
  'sparen',
  'reduction',
  'de réduction',
  'korting',
  '优惠',
  '折扣',
];

const OFF_STARTS = unitSet(OFF_WORDS);

/** Where a word ends that makes a rate or amount a reduction (`% off`), or -1. */
export function offWordEnd(text: string, from: number): number {
  const at = pastSpaces(text, from, 2);
  if (OFF_STARTS[foldedAt(text, at)] !== 1) return -1;
  for (const word of OFF_WORDS) {
    if (!hasAt(text, at, word)) continue;
    const end = at + word.length;
    const next = foldedAt(text, end);
    // "50% off-white" is a colour.
    if (isLetter(foldedAt(text, at)) && (isLetter(next) || next === HYPHEN)) continue;
    return end;
  }
  return -1;
}

/** What 省30% saves when it is not money. */
const SAVED_THINGS: readonly string[] = [
  '电',
  '空间',
  '时间',
  '油',
  '力',
  '水',
  '能',
  '的',
  '噪',
  '温',
  '以上',
  '脂',
  '糖',
];

/** Whether a rate after a word of saving speaks of other things than money. */
export function savesOtherThings(text: string, from: number): boolean {
  const at = pastSpaces(text, from, 1);
  return SAVED_THINGS.some((thing) => hasAt(text, at, thing));
}

/** A rate that follows the words of a condition: `8折`, `半价`, `20%`. */
export function readConditionRate(text: string, at: number, reading: Reading): ReadRate | null {
  if (hasAt(text, at, '半价')) return { bps: 5_000, roundingBps: 0, end: at + 2 };
  const number = readNumber(text, at, reading.pointStyle);
  if (number === null) return null;
  const tenths = readTenths(text, number, number.end);
  if (tenths !== null) return tenths;
  const percent = readPercent(text, number);
  if (percent === null || percent.bps > 10_000) return null;
  const off = offWordEnd(text, percent.end);
  return off < 0 ? null : { ...percent, end: off };
}
