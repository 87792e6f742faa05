import { currencyExponent } from './currency.ts';
import { TouchstoneError } from './errors.ts';

export type Language = 'zh' | 'en';

/** Largest amount taken as a price, in minor units: anything above is a fault of the sender. */
export const MAX_AMOUNT = 10n ** 15n;

/** One hundred percent in basis points. */
export const WHOLE = 10_000n;

const DECIMAL = /^(\d{1,20})(?:\.(\d{1,10}))?$/;
/** A double keeps this many decimal digits exactly, so a longer JSON number is not what its sender wrote. */
const EXACT_DIGITS = 15;

function refuse(pointer: string, reason: string): never {
  throw new TouchstoneError('validation_failed', `${pointer === '' ? 'amount' : pointer}: ${reason}`, [
    { pointer, reason },
  ]);
}

function decimalText(value: unknown, pointer: string): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value !== 'number') return refuse(pointer, 'must be a decimal number');
  if (!Number.isFinite(value)) return refuse(pointer, 'must be a finite number');
  const text = String(value);
  if (text.includes('e')) return refuse(pointer, `${text} is too large or too small for a price`);
  if (text.length > EXACT_DIGITS && text.replace(/[-.]/g, '').replace(/^0+/, '').length > EXACT_DIGITS) {
    return refuse(pointer, `${text} has more digits than a JSON number keeps; send a string`);
  }
  return text;
}

/**
 * Digits of a non-negative decimal scaled by 10^`decimals`, without floating point.
 * Trailing zeros beyond `decimals` are harmless; other digits there are refused.
 * @throws TouchstoneError `validation_failed`, naming `pointer`.
 */
export function parseScaled(value: unknown, decimals: number, pointer = ''): bigint {
  const text = decimalText(value, pointer);
  if (text.startsWith('-')) return refuse(pointer, `${text} is negative`);
  const match = DECIMAL.exec(text);
  if (match === null) return refuse(pointer, `${JSON.stringify(text.slice(0, 40))} is not a decimal number`);
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) return refuse(pointer, `${text} has more than ${decimals} decimals`);
  return BigInt((match[1] ?? '') + fraction.padEnd(decimals, '0'));
}

/**
 * Minor units of a decimal amount in major units: `1.69` or `'1.69'` in EUR is `169n`.
 * Zero is an amount; whether it is a price is for the caller to say.
 * @throws TouchstoneError `validation_failed` for an unknown currency, a negative, absurd or malformed amount,
 * or more decimals than the currency has.
 */
export function parseMajor(value: unknown, currency: string, pointer = ''): bigint {
  const exponent = currencyExponent(currency);
  if (exponent === null) return refuse(pointer, `${JSON.stringify(currency)} is not an ISO 4217 currency`);
  const amount = parseScaled(value, exponent, pointer);
  if (amount > MAX_AMOUNT) return refuse(pointer, 'is absurdly large for a price');
  return amount;
}

/**
 * Plain decimal of an amount in major units, with no more decimals than `trim` leaves: `8900n` CNY is `89.00`,
 * or `89` when trimmed.
 */
export function formatMajor(amount: bigint, currency: string, trim = false): string {
  const exponent = currencyExponent(currency) ?? 2;
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent);
  const kept = trim ? fraction.replace(/0+$/, '') : fraction;
  return sign + whole + (kept === '' ? '' : `.${kept}`);
}

const SYMBOLS: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  zh: { CNY: '¥', EUR: '€', GBP: '£', USD: 'US$', CAD: 'CA$', AUD: 'AU$', JPY: 'JP¥', HKD: 'HK$' },
  en: { CNY: 'CN¥', EUR: '€', GBP: '£', USD: '$', CAD: 'CA$', AUD: 'AU$', JPY: '¥', HKD: 'HK$' },
};

/** An amount as a person reads it, the same on every machine: `¥1,299.00`, `€1.69`, `PLN 49.90`. */
export function formatMoney(amount: bigint, currency: string, language: Language): string {
  const [whole = '0', fraction] = formatMajor(amount < 0n ? -amount : amount, currency).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const symbol = SYMBOLS[language][currency] ?? `${currency} `;
  return `${amount < 0n ? '-' : ''}${symbol}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/**
 * `numerator / denominator` rounded half to even.
 * @throws RangeError when the denominator is not positive.
 */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('denominator must be positive');
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const quotient = magnitude / denominator;
  const twice = (magnitude % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  const rounded = up ? quotient + 1n : quotient;
  return negative ? -rounded : rounded;
}

/** `rate` basis points of `amount`, rounded half to even: `bps(10_000n, 1_500n)` is `1_500n`. */
export function bps(amount: bigint, rate: bigint): bigint {
  return divideHalfEven(amount * rate, WHOLE);
}

/** By how many basis points `to` lies below `from` (negative when above), rounded half to even; null when `from` is 0. */
export function reductionBps(from: bigint, to: bigint): bigint | null {
  return from <= 0n ? null : divideHalfEven((from - to) * WHOLE, from);
}

/** Whether a claimed reduction exceeds the true one from `from` to `to` by more than `tolerance`; exact, all in bps. */
export function exceedsReduction(claimed: bigint, from: bigint, to: bigint, tolerance: bigint): boolean {
  return (claimed - tolerance) * from > (from - to) * WHOLE;
}
