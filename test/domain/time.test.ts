import fc from 'fast-check';
import { TouchstoneError } from '../../src/domain/errors.ts';
import { DAY, formatInstant, HOUR, parseInstant } from '../../src/domain/time.ts';
import {
  daysBefore,
  isZone,
  localToInstant,
  minusCalendarDays,
  offsetAt,
  parseInZone,
} from '../../src/domain/time-zone.ts';

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof TouchstoneError)
      return error.fields.map(({ pointer, reason }) => `${pointer} ${reason}`).join();
    throw error;
  }
  return 'accepted';
}

describe('instants on the wire', () => {
  test.each([
    ['2026-03-15T00:00:00+08:00', '2026-03-14T16:00:00.000Z'],
    ['2026-03-15T00:00Z', '2026-03-15T00:00:00.000Z'],
    ['2026-03-15T00:00:00.1239Z', '2026-03-15T00:00:00.123Z'],
    ['2024-02-29T23:59:59-05:30', '2024-03-01T05:29:59.000Z'],
  ])('%s', (text, utc) => {
    expect(formatInstant(parseInstant(text))).toBe(utc);
  });

  test.each([
    ['2026-03-15T00:00:00', 'no offset'],
    ['2026-03-15', 'no offset'],
    ['2026-02-30T00:00:00Z', 'not a day'],
    ['2025-02-29T00:00:00Z', 'not a day'],
    ['2026-13-01T00:00:00Z', 'no such month'],
    ['2026-03-15T24:00:00Z', 'not a time of day'],
    ['2026-03-15T12:60:00Z', 'not a time of day'],
    ['2026-03-15T00:00:00+15:00', 'not an offset'],
    ['0026-03-15T00:00:00Z', 'not a plausible year'],
    ['15.03.2026', 'not a date'],
    ['2026-03-15T00:00:00Z ', 'not a date'],
    [1_700_000_000_000, 'must be a date'],
    [null, 'must be a date'],
  ])('%p is refused: %s', (text, reason) => {
    expect(reasonOf(() => parseInstant(text, '/at'))).toContain(reason);
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-02'), max: new Date('2999-12-30'), noInvalidDate: true }),
        (date) => {
          expect(parseInstant(formatInstant(date.getTime()))).toBe(date.getTime());
        },
      ),
    );
  });
});

describe('wall clocks', () => {
  test("a date without zone is the first instant of the shop's day", () => {
    expect(formatInstant(parseInZone('2026-03-15', 'Asia/Shanghai'))).toBe('2026-03-14T16:00:00.000Z');
    expect(formatInstant(parseInZone('2026-03-15', 'Europe/Berlin'))).toBe('2026-03-14T23:00:00.000Z');
    expect(formatInstant(parseInZone('2026-03-15T00:00:00Z', 'Europe/Berlin'))).toBe('2026-03-15T00:00:00.000Z');
  });

  test('a reading that the clock skips moves forward by the gap, one that happens twice is the first', () => {
    expect(formatInstant(parseInZone('2026-03-29T02:30:00', 'Europe/Berlin'))).toBe('2026-03-29T01:30:00.000Z');
    expect(formatInstant(parseInZone('2026-10-25T02:30:00', 'Europe/Berlin'))).toBe('2026-10-25T00:30:00.000Z');
    expect(formatInstant(parseInZone('2026-10-25T03:00:00', 'Europe/Berlin'))).toBe('2026-10-25T02:00:00.000Z');
  });

  test('a midnight that summer time skips is the first instant after it', () => {
    expect(formatInstant(parseInZone('2018-11-04', 'America/Sao_Paulo'))).toBe('2018-11-04T03:00:00.000Z');
  });

  test('thirty calendar days across a change of the clocks are an hour shorter or longer', () => {
    const spring = parseInZone('2026-04-09', 'Europe/Berlin');
    expect(daysBefore('Europe/Berlin', spring, 30)).toEqual({
      from: parseInZone('2026-03-10', 'Europe/Berlin'),
      to: spring,
    });
    expect(spring - minusCalendarDays('Europe/Berlin', spring, 30)).toBe(30 * DAY - HOUR);
    const autumn = parseInZone('2026-11-09', 'Europe/Berlin');
    expect(autumn - minusCalendarDays('Europe/Berlin', autumn, 30)).toBe(30 * DAY + HOUR);
  });

  test('in China seven days are always 168 hours', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) }), (instant) => {
        expect(instant - minusCalendarDays('Asia/Shanghai', instant, 7)).toBe(7 * 24 * HOUR);
      }),
    );
  });

  test('an instant is found again from its wall clock, except in the hour that happens twice', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC');
    fc.assert(
      fc.property(zones, fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) }), (zone, instant) => {
        const found = localToInstant(zone, instant + offsetAt(zone, instant));
        const again = found + offsetAt(zone, found) === instant + offsetAt(zone, instant);
        expect(found <= instant && instant - found <= HOUR && again).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('zones are those of the IANA database', () => {
    expect(['Asia/Shanghai', 'Asia/Peking', '', 'Mars/Base'].map(isZone)).toEqual([true, false, false, false]);
    expect(reasonOf(() => parseInZone('2026-03-15', 'Mars/Base', '/zone'))).toContain('not a time zone');
  });
});
