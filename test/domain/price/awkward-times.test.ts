import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PricePolicy } from '../../../src/domain/price/policy.ts';
import { minusCalendarMonths, wallLength } from '../../../src/domain/price/price-path.ts';
import { DAY, formatInstant, HOUR } from '../../../src/domain/time.ts';
import { parseInZone } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, complete, euPolicy, observation, policyOf } from './world.ts';

function judge(policy: PricePolicy, startsAt: number, rows: readonly (readonly [number, bigint])[]) {
  const history = complete(...rows.map(([at, price]) => observation({ at, price, currency: policy.currency })));
  return judgeClaim(claimInput({ claim: claim({ startsAt, reference: 100_00n }), salePrice: 50_00n, history, policy }));
}

describe('months of the calendar', () => {
  const monthsEarlier = (text: string, months: number, zone = 'UTC') =>
    formatInstant(minusCalendarMonths(zone, parseInZone(text, zone), months)).slice(0, 16);

  test('end on the last day where the month has no such day, leap days included', () => {
    expect(monthsEarlier('2026-08-31', 6)).toBe('2026-02-28T00:00');
    expect(monthsEarlier('2024-08-31', 6)).toBe('2024-02-29T00:00');
    expect(monthsEarlier('2025-02-28', 12)).toBe('2024-02-28T00:00');
    expect(monthsEarlier('2024-02-29', 12)).toBe('2023-02-28T00:00');
    expect(monthsEarlier('2026-01-15', -13)).toBe('2027-02-15T00:00');
  });

  test('keep the time on the wall across the change of the clocks', () => {
    expect(monthsEarlier('2026-06-15T09:00', 6, 'America/Toronto')).toBe('2025-12-15T14:00');
  });
});

test('the day on which clocks change is a day like any other', () => {
  const zone = 'Europe/London';
  const day = (text: string) => parseInZone(text, zone);
  expect(wallLength(zone, day('2026-03-29'), day('2026-03-30'))).toBe(DAY);
  expect(day('2026-03-30') - day('2026-03-29')).toBe(DAY - HOUR);
  expect(wallLength(zone, day('2026-10-25'), day('2026-10-26'))).toBe(DAY);
});

test('thirty days before a claim in March of a leap year reach one day further into February', () => {
  const policy = euPolicy();
  const day = (text: string) => parseInZone(text, policy.zone);
  const low = (at: string, year: string) =>
    judge(policy, day(`${year}-03-20`), [
      [day('2023-01-01'), 100_00n],
      [day(`${year}-${at}`), 80_00n],
      [day(`${year}-${at}`) + HOUR, 100_00n],
    ]).cap;
  expect([low('02-18', '2025'), low('02-18', '2024')]).toEqual([80_00n, 100_00n]);
  expect(low('02-19', '2024')).toBe(80_00n);
});

test('a shop that moves to another zone is judged in the one it has when the claim begins', () => {
  const berlin = { ...policyOf('EU'), zone: 'Europe/Berlin' };
  const lisbon = { ...berlin, zone: 'Europe/Lisbon' };
  // Midnight in Lisbon is one o'clock in Berlin; the dip lies in the hour between the two starts of the window.
  const startsAt = parseInZone('2026-03-15', lisbon.zone);
  const dip = parseInZone('2026-02-13', berlin.zone);
  const rows = [
    [dip - 90 * DAY, 100_00n],
    [dip, 80_00n],
    [dip + HOUR, 100_00n],
  ] as const;
  expect(judge(lisbon, startsAt, rows).cap).toBe(100_00n);
  expect(judge(berlin, startsAt, rows).cap).toBe(100_00n);
  expect(judge(berlin, startsAt - HOUR, rows).cap).toBe(80_00n);
});
