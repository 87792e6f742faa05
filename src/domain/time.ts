import { TouchstoneError } from './errors.ts';

/** An instant as UTC epoch milliseconds. */
export type Instant = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The first and last instants that a date can hold. */
export const BEGINNING_OF_TIME: Instant = -8_640_000_000_000_000;
export const END_OF_TIME: Instant = 8_640_000_000_000_000;

/** A calendar date with a time of day and no zone. `month` is 1 to 12. */
export interface LocalDateTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Milliseconds since local midnight, 0 to 86,399,999. */
  readonly timeOfDay: number;
}

export interface ParsedDateTime {
  readonly local: LocalDateTime;
  /** Offset from UTC in milliseconds; null when the text has none. */
  readonly offset: number | null;
}

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/;

function refuse(pointer: string, reason: string): never {
  throw new TouchstoneError('validation_failed', `${pointer === '' ? 'time' : pointer}: ${reason}`, [
    { pointer, reason },
  ]);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function offsetOf(text: string | undefined, pointer: string): number | null {
  if (text === undefined) return null;
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 14 || minutes > 59) return refuse(pointer, `${text} is not an offset from UTC`);
  return (text.startsWith('-') ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}

/**
 * A date, or a date and time, in ISO 8601's extended form; years 1900 to 2999, the day must exist.
 * @throws TouchstoneError `validation_failed`, naming `pointer`.
 */
export function parseDateTime(text: unknown, pointer = ''): ParsedDateTime {
  if (typeof text !== 'string') return refuse(pointer, 'must be a date in ISO 8601');
  const match = PATTERN.exec(text);
  if (match === null) return refuse(pointer, `${JSON.stringify(text.slice(0, 40))} is not a date in ISO 8601`);
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const local: LocalDateTime = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    timeOfDay:
      Number(hour) * HOUR +
      Number(minute) * MINUTE +
      Number(second) * SECOND +
      Number(fraction.slice(0, 3).padEnd(3, '0')),
  };
  if (local.year < 1900 || local.year > 2999) return refuse(pointer, `${year} is not a plausible year`);
  if (local.month < 1 || local.month > 12) return refuse(pointer, `${text} has no such month`);
  if (local.day < 1 || local.day > daysInMonth(local.year, local.month)) {
    return refuse(pointer, `${text} is not a day of the calendar`);
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return refuse(pointer, `${text} is not a time of day`);
  }
  return { local, offset: offsetOf(match[8], pointer) };
}

/** The instant of a local date-time read as if its zone were UTC. */
export function asUtc(local: LocalDateTime): Instant {
  return Date.UTC(local.year, local.month - 1, local.day) + local.timeOfDay;
}

/**
 * An instant in ISO 8601 with a required offset (`Z` or `+08:00`).
 * @throws TouchstoneError `validation_failed`: no offset, no such day, not ISO 8601.
 */
export function parseInstant(text: unknown, pointer = ''): Instant {
  const parsed = parseDateTime(text, pointer);
  if (parsed.offset === null) return refuse(pointer, `${String(text)} has no offset from UTC`);
  return asUtc(parsed.local) - parsed.offset;
}

/** ISO 8601 in UTC. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** The half-open span [from, to). */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

export function within(window: Window, instant: Instant): boolean {
  return instant >= window.from && instant < window.to;
}
