import { TouchstoneError } from './errors.ts';
import type { Instant, Window } from './time.ts';
import { asUtc, DAY, MINUTE, parseDateTime } from './time.ts';

/** Zones change their offset on quarter hours only, so one offset serves a whole quarter, and most days as a whole. */
const QUARTER = 15 * MINUTE;
const REMEMBERED = 4_096;

interface ZoneClock {
  readonly format: Intl.DateTimeFormat;
  /** By UTC day; null for a day in which the offset changes. */
  readonly days: Map<number, number | null>;
  /** By quarter hour of such days. */
  readonly quarters: Map<number, number>;
}

const clocks = new Map<string, ZoneClock>();

function clockOf(zone: string): ZoneClock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const clock = { format, days: new Map<number, number | null>(), quarters: new Map<number, number>() };
  clocks.set(zone, clock);
  return clock;
}

/** Whether the name is a zone of the IANA database. */
export function isZone(zone: string): boolean {
  try {
    clockOf(zone);
    return true;
  } catch {
    return false;
  }
}

function measureOffset(clock: ZoneClock, instant: Instant): number {
  const part: Record<string, number> = {};
  for (const { type, value } of clock.format.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}

function remember<V>(memory: Map<number, V>, key: number, measure: () => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= REMEMBERED) memory.clear();
  const value = measure();
  memory.set(key, value);
  return value;
}

function offsetOfDay(clock: ZoneClock, day: number): number | null {
  const first = measureOffset(clock, day * DAY);
  return first === measureOffset(clock, (day + 1) * DAY) ? first : null;
}

/** Offset of the zone from UTC at the instant, in milliseconds, east positive. */
export function offsetAt(zone: string, instant: Instant): number {
  const clock = clockOf(zone);
  const day = Math.floor(instant / DAY);
  const whole = remember(clock.days, day, () => offsetOfDay(clock, day));
  if (whole !== null) return whole;
  const quarter = Math.floor(instant / QUARTER);
  return remember(clock.quarters, quarter, () => measureOffset(clock, quarter * QUARTER));
}

/**
 * The instant of a wall-clock reading (given as if it were UTC) in the zone. A reading that happens twice is its first
 * occurrence; one that the clock skips moves forward by the length of the gap.
 */
export function localToInstant(zone: string, wallClock: number): Instant {
  const before = offsetAt(zone, wallClock - DAY);
  const early = wallClock - before;
  if (offsetAt(zone, early) === before) return early;
  const after = offsetAt(zone, wallClock + DAY);
  const late = wallClock - after;
  return offsetAt(zone, late) === after ? late : early;
}

/** The same wall-clock time `days` calendar days earlier in the zone (later when negative). */
export function minusCalendarDays(zone: string, instant: Instant, days: number): Instant {
  return localToInstant(zone, instant + offsetAt(zone, instant) - days * DAY);
}

/**
 * The `days` calendar days that end just before `end`. Periods that a law gives in days are calendar days of the
 * shop's zone (Regulation 1182/71 art. 3 for the EU; Civil Code art. 200 ff. for China, which keeps one offset), so the
 * window starts at the same wall-clock time and is an hour shorter or longer across a change of the clocks.
 */
export function daysBefore(zone: string, end: Instant, days: number): Window {
  return { from: minusCalendarDays(zone, end, days), to: end };
}

/**
 * A date or date-time; without an offset it is the wall clock of `zone`, without a time it is the day's first instant.
 * @throws TouchstoneError `validation_failed`, naming `pointer`.
 */
export function parseInZone(text: unknown, zone: string, pointer = ''): Instant {
  const { local, offset } = parseDateTime(text, pointer);
  if (offset !== null) return asUtc(local) - offset;
  if (!isZone(zone)) {
    const reason = `${JSON.stringify(zone)} is not a time zone`;
    throw new TouchstoneError('validation_failed', reason, [{ pointer, reason }]);
  }
  return localToInstant(zone, asUtc(local));
}
