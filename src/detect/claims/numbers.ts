import { foldedAt, isDigit } from './characters.ts';

/** A number as it stands in a text: `mantissa / 10^decimals` between two offsets. */
export interface WrittenNumber {
  /** Not above 10^15, so exact. */
  readonly mantissa: number;
  readonly decimals: number;
  readonly end: number;
  /** Written with Chinese numerals. */
  readonly chinese: boolean;
}

/** Longer runs of digits are no price, count or rate. */
const MOST_DIGITS = 15;
const POINT = 0x2e;
const COMMA = 0x2c;
const FULL_WIDTH_COMMA = 0xff0c;

/** How `1.299` is read, which the text alone does not say. */
export type PointStyle = 'decimal' | 'thousands';

/**
 * The number that begins at `at`, with thousands separators (`1,299.00`, `1.299,00`, `1,29,999`) or in Chinese numerals
 * (`一百九十九`, `八五`); null when there is none or it is too long for one.
 */
export function readNumber(text: string, at: number, style: PointStyle): WrittenNumber | null {
  return isDigit(foldedAt(text, at)) ? readDigits(text, at, style) : readNumerals(text, at);
}

function isSeparator(text: string, at: number): boolean {
  const code = foldedAt(text, at);
  if (code !== POINT && code !== COMMA) return false;
  if (!isDigit(foldedAt(text, at + 1))) return false;
  // Between Chinese clauses the wide comma ends a number; only wide digits are grouped by it.
  return text.charCodeAt(at) !== FULL_WIDTH_COMMA || text.charCodeAt(at + 1) >= 0xff10;
}

/** A number of digits alone, which most are. */
function plainDigits(text: string, at: number): WrittenNumber | null {
  let mantissa = 0;
  let end = at;
  for (; end - at < MOST_DIGITS; end++) {
    const code = foldedAt(text, end);
    if (!isDigit(code)) {
      return code === POINT || code === COMMA ? null : { mantissa, decimals: 0, end, chinese: false };
    }
    mantissa = mantissa * 10 + (code - 0x30);
  }
  return null;
}

interface Run {
  readonly mantissa: number;
  readonly end: number;
  /** Digits between separators, first to last; one more than separators. */
  readonly groups: readonly number[];
  readonly separators: readonly number[];
}

function readDigits(text: string, at: number, style: PointStyle): WrittenNumber | null {
  const plain = plainDigits(text, at);
  if (plain !== null) return plain;
  const run = runAt(text, at);
  if (run === null) return null;
  const decimals = decimalsOf(run, style);
  return decimals === null ? null : { mantissa: run.mantissa, decimals, end: run.end, chinese: false };
}

function runAt(text: string, at: number): Run | null {
  const groups: number[] = [];
  const separators: number[] = [];
  let mantissa = 0;
  let digits = 0;
  let group = 0;
  let end = at;
  for (;;) {
    const code = foldedAt(text, end);
    if (isDigit(code)) {
      if (++digits > MOST_DIGITS) return null;
      mantissa = mantissa * 10 + (code - 0x30);
      group++;
    } else if (isSeparator(text, end)) {
      groups.push(group);
      separators.push(code);
      group = 0;
    } else break;
    end++;
  }
  groups.push(group);
  return { mantissa, end, groups, separators };
}

/** How many of the digits are decimals; null for a version, an address or a list. */
function decimalsOf({ groups, separators }: Run, style: PointStyle): number | null {
  const [first] = separators;
  if (first === undefined) return 0;
  const last = separators.at(-1);
  const tail = groups.at(-1) ?? 0;
  const same = separators.filter((each) => each === first).length;
  if (last !== first) return same === separators.length - 1 && areGroups(groups.slice(0, -1)) ? tail : null;
  if (separators.length > 1) return areGroups(groups) ? 0 : null;
  return areGroups(groups) && (first === COMMA || style === 'thousands') ? 0 : tail;
}

/** Thousands (`1,299,000`), or hundreds above the last thousand (`1,29,999`). */
function areGroups(groups: readonly number[]): boolean {
  if ((groups[0] ?? 0) > 3 || groups.at(-1) !== 3) return false;
  return groups.slice(1, -1).every((length) => length === 3 || length === 2);
}

const NUMERALS: ReadonlyMap<number, number> = new Map(
  [...'零一二三四五六七八九']
    .map((numeral, value): [number, number] => [numeral.charCodeAt(0), value])
    .concat([['两'.charCodeAt(0), 2]]),
);
const POWERS: ReadonlyMap<number, number> = new Map([
  ['十'.charCodeAt(0), 10],
  ['百'.charCodeAt(0), 100],
  ['千'.charCodeAt(0), 1_000],
  ['万'.charCodeAt(0), 10_000],
]);
const CHINESE_POINT = '点'.charCodeAt(0);

/** Whether a folded unit can begin a Chinese numeral. */
export function isNumeral(code: number): boolean {
  return NUMERALS.has(code) || code === 0x5341;
}

function readNumerals(text: string, at: number): WrittenNumber | null {
  let total = 0;
  let section = 0;
  let digit: number | null = null;
  let lastPower = 0;
  let plain = 0;
  let plainCount = 0;
  let end = at;
  for (; end < at + MOST_DIGITS; end++) {
    const code = foldedAt(text, end);
    const numeral = NUMERALS.get(code);
    const power = POWERS.get(code);
    if (numeral !== undefined) {
      plain = plain * 10 + numeral;
      plainCount++;
      digit = numeral;
    } else if (power !== undefined) {
      if (digit === null && power !== 10 && section === 0) break;
      if (power === 10_000) {
        total += (section + (digit ?? 0)) * power;
        section = 0;
      } else section += (digit ?? 1) * power;
      lastPower = power;
      digit = null;
      plainCount = -MOST_DIGITS;
    } else break;
  }
  if (end === at) return null;
  if (plainCount > 0) return withFraction(text, plain, end);
  // 两千三 is 2300: a last numeral without a power stands one power below the last.
  const after = digit === null ? 0 : afterZero(text, end) || lastPower <= 10 ? digit : (digit * lastPower) / 10;
  return withFraction(text, total + section + after, end);
}

function afterZero(text: string, end: number): boolean {
  return NUMERALS.get(foldedAt(text, end - 2)) === 0;
}

function withFraction(text: string, whole: number, end: number): WrittenNumber {
  const numeral = foldedAt(text, end) === CHINESE_POINT ? NUMERALS.get(foldedAt(text, end + 1)) : undefined;
  if (numeral === undefined) return { mantissa: whole, decimals: 0, end, chinese: true };
  return { mantissa: whole * 10 + numeral, decimals: 1, end: end + 2, chinese: true };
}
