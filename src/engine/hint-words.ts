import { formatMajor } from '../domain/money.ts';

/** The figures of one comparison; a reduction of nothing is not a comparison. */
export interface Figures {
  readonly reference: bigint;
  readonly sale: bigint;
  /** Basis points. */
  readonly percent: bigint;
}

const WHOLE = 10_000n;
const PRICE_WORDS =
  '[¥¥€£$]|原价|划线价|市场价|专柜价|吊牌价|建议零售价|直降|立减|已省|节省|省|减|降|was|save|rrp|msrp|uvp|statt';
const REDUCTION_WORDS = '[-−–]|直降|立减|降价|优惠|省|减|降|save|up to|bis zu';
const NOT_WITHIN_NUMBER = '(?<!\\d)(?<!\\d[.,])';
const MONEY_UNITS = '元|块|€|£|EUR|CNY|RMB|GBP|USD';

/** Replaces (or, with `to` null, cuts out) what repeats the figures of a comparison in a text. */
export function repeatFigures(text: string, currency: string, from: Figures, to: Figures | null): string {
  return figureRewriter(currency, from, to)(text);
}

/** `repeatFigures` for several texts of one listing. */
export function figureRewriter(currency: string, from: Figures, to: Figures | null): (text: string) => string {
  const pairs = amountPairs(from, to).map(([old, next]) => ({ old, next, ending: endingOf(old, currency) }));
  const shown = percentText(from.percent);
  const left = tenths(from.percent);
  return (text) => {
    let repeated = text;
    for (const { old, next, ending } of pairs) {
      if (!repeated.includes(ending)) continue;
      for (const [written, replacement] of writtenForms(old, next, currency)) {
        repeated = replaceAmount(repeated, written, replacement);
      }
    }
    repeated = replacePercent(repeated, shown, to === null ? null : percentText(to.percent));
    repeated = replaceTenths(repeated, left, to === null ? null : tenthsNotBelow(to.percent));
    return repeated === text ? text : tidy(repeated);
  };
}

/** The last digits before the decimal point, which every way of writing an amount has in common. */
function endingOf(amount: bigint, currency: string): string {
  return (formatMajor(amount, currency).split('.')[0] ?? '').slice(-3);
}

/** Every way in which people write an amount, each with what takes its place. */
function writtenForms(old: bigint, next: bigint | null, currency: string): [string, string | null][] {
  return [false, true].flatMap((trim) => {
    const written = formatMajor(old, currency, trim);
    const replacement = next === null ? null : formatMajor(next, currency, trim);
    return [...new Set([written, grouped(written)])].map((form): [string, string | null] => [form, replacement]);
  });
}

/** Whole percents of the reduction, rounded down so as not to overstate it, in basis points. */
export function lawfulPercent(reference: bigint, sale: bigint): bigint {
  if (reference <= 0n || sale >= reference) return 0n;
  return (((reference - sale) * 100n) / reference) * 100n;
}

function amountPairs(from: Figures, to: Figures | null): [bigint, bigint | null][] {
  return [
    [from.reference, to?.reference ?? null],
    [from.reference - from.sale, to === null ? null : to.reference - to.sale],
  ];
}

function replaceAmount(text: string, written: string, replacement: string | null): string {
  if (!text.includes(written)) return text;
  const number = `${NOT_WITHIN_NUMBER}${escaped(written)}(?!\\d|[.,]\\d)`;
  const marked = new RegExp(`((?:${PRICE_WORDS})[\\s::]*)+${number}(\\s*(?:${MONEY_UNITS}))?`, 'giu');
  const united = new RegExp(`${number}\\s*(?:${MONEY_UNITS})`, 'giu');
  return exchange(exchange(text, marked, written, replacement), united, written, replacement);
}

/** Only a percentage that a sign or a word makes a reduction: a capacity of 50% is none. */
function replacePercent(text: string, written: string, replacement: string | null): string {
  if (!text.includes(written)) return text;
  const number = `${NOT_WITHIN_NUMBER}${escaped(written)}\\s*[%%]`;
  const before = new RegExp(`(?:${REDUCTION_WORDS})\\s*${number}(?:\\s*off)?`, 'giu');
  const after = new RegExp(`${number}\\s*(?:off|less|discount|rabatt|优惠|折扣)`, 'giu');
  return exchange(exchange(text, before, written, replacement), after, written, replacement);
}

function replaceTenths(text: string, written: string, replacement: string | null): string {
  if (!text.includes(written)) return text;
  return exchange(text, new RegExp(`${NOT_WITHIN_NUMBER}${escaped(written)}\\s*折`, 'giu'), written, replacement);
}

function exchange(text: string, pattern: RegExp, written: string, replacement: string | null): string {
  return text.replace(pattern, (match) => (replacement === null ? '' : match.replace(written, replacement)));
}

function percentText(percent: bigint): string {
  return decimal(percent, 100n);
}

/** `2.2` for 78% off: Chinese shops state what is left, in tenths. */
function tenths(percent: bigint): string {
  return decimal(WHOLE - percent, 1_000n);
}

/** At most one decimal, rounded up so as not to overstate the reduction. */
function tenthsNotBelow(percent: bigint): string {
  const left = WHOLE - percent;
  return decimal(((left + 99n) / 100n) * 100n, 1_000n);
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return `${value / unit}${fraction === '' ? '' : `.${fraction}`}`;
}

function grouped(number: string): string {
  const [whole = '', fraction] = number.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function tidy(text: string): string {
  return text
    .replace(/\s{2,}/g, ' ')
    .replace(/([,,、;;])\s*(?=[,,、;;。]|$)/g, '')
    .replace(/^[\s,,、;;]+/, '')
    .trim();
}
