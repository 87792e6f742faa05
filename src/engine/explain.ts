import type { Language } from '../domain/money.ts';
import type { SignalContent } from '../domain/signal.ts';
import type { Frame, Slot } from './cel/frame.ts';
import { valueAt } from './cel/frame.ts';

/** How amounts are written; the caller knows the listing's currency and its exponent. */
export interface Format {
  money(amount: bigint, language: Language): string;
}

/** An explanation cut at its placeholders: texts and signals in turn. */
export interface Template {
  readonly parts: readonly (string | Slot)[];
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

export function placeholdersOf(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
}

export function hasStrayBrace(text: string): boolean {
  return /[{}]/.test(text.replace(PLACEHOLDER, ''));
}

export function parseTemplate(text: string, slotOf: (name: string) => Slot): Template {
  const parts: (string | Slot)[] = [];
  let position = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(position, match.index), slotOf(match[1] ?? ''));
    position = match.index + match[0].length;
  }
  parts.push(text.slice(position));
  return { parts };
}

export function render(template: Template, frame: Frame, language: Language, format: Format): string {
  return template.parts
    .map((part) => (typeof part === 'string' ? part : renderValue(part, valueAt(frame, part), language, format)))
    .join('');
}

const UNKNOWN = { zh: '未知', en: 'unknown' };
const YES = { zh: '是', en: 'yes' };
const NO = { zh: '否', en: 'no' };

/** A value for people: money with its currency, basis points as percent, codes by name, instants in UTC. */
export function renderValue(
  { definition }: Slot,
  value: SignalContent | undefined,
  language: Language,
  format: Format,
): string {
  if (value === undefined) return UNKNOWN[language];
  if (typeof value === 'boolean') return (value ? YES : NO)[language];
  if (typeof value === 'string') return definition.codes?.[value]?.[language] ?? value;
  if (typeof value === 'object') return value.join(language === 'zh' ? '、' : ', ');
  if (definition.type === 'money') return format.money(value, language);
  if (definition.type === 'bps') return percent(value);
  if (definition.type === 'instant') return new Date(Number(value)).toISOString();
  return value.toString();
}

/** 7_800 as `78%`, 1_250 as `12.5%`. */
export function percent(basisPoints: bigint): string {
  const sign = basisPoints < 0n ? '-' : '';
  const absolute = basisPoints < 0n ? -basisPoints : basisPoints;
  const fraction = (absolute % 100n).toString().padStart(2, '0').replace(/0+$/, '');
  return `${sign}${absolute / 100n}${fraction === '' ? '' : `.${fraction}`}%`;
}
