import type { Claim } from '../../../src/domain/listing.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { parseInZone } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, complete, observation, policyOf } from './world.ts';

const policy = policyOf('UK');
const day = (text: string) => parseInZone(text, policy.zone);
const START = day('2026-03-15');

function offer(at: string, price: bigint): PriceObservation {
  return observation({ at: day(at), price, currency: 'GBP' });
}

function sold(at: string, price: bigint, quantity: number): PriceObservation {
  return observation({ at: day(at), price, currency: 'GBP', kind: 'sale', quantity });
}

function judge(history: PriceHistory, change: Partial<Claim> = {}, expectedUnits: number | null = 100): PriceVerdict {
  const one = claim({ startsAt: START, reference: 100_00n, endsAt: day('2026-03-29'), ...change });
  const facts = expectedUnits === null ? {} : { expectedUnits };
  return judgeClaim(claimInput({ claim: one, salePrice: 70_00n, history, policy, facts }));
}

const codes = ({ findings }: PriceVerdict) => findings.map(({ code }) => code);

describe('duration', () => {
  const since = (at: string) =>
    complete(offer('2025-01-01', 80_00n), offer(at, 100_00n), sold('2026-03-10', 100_00n, 50));

  test('as long before as the promotion will last passes, a minute less fails', () => {
    expect(judge(since('2026-03-01'))).toMatchObject({ verdict: 'ok', cap: 100_00n });
    expect(judge(since('2026-03-01T00:01'))).toMatchObject({
      verdict: 'violation',
      article: 'UK-CMA-DURATION',
      cap: 80_00n,
    });
  });

  test('days are those of the clock on the wall: the change to summer time takes none away', () => {
    const endsAt = day('2026-04-12');
    const history = complete(offer('2026-02-15', 100_00n), sold('2026-03-01', 100_00n, 50));
    expect(judge(history, { endsAt }).verdict).toBe('ok');
  });

  test('the run is broken by a lower price, however short', () => {
    const dip = [offer('2026-03-10', 99_99n), offer('2026-03-11', 100_00n)];
    const history = complete(offer('2025-01-01', 100_00n), ...dip, sold('2026-03-12', 100_00n, 99));
    expect(codes(judge(history))).toEqual(['reference_too_short']);
  });

  test('a higher price than the reference goes on with the run', () => {
    const history = complete(
      offer('2026-02-01', 120_00n),
      offer('2026-03-10', 100_00n),
      sold('2026-03-12', 100_00n, 50),
    );
    expect(judge(history).verdict).toBe('ok');
  });
});

describe('volume', () => {
  const units = (count: number) => complete(offer('2026-02-01', 100_00n), sold('2026-02-20', 100_00n, count));

  test('half of what the promotion is to sell passes, one less fails', () => {
    expect(judge(units(50)).verdict).toBe('ok');
    expect(judge(units(49))).toMatchObject({ verdict: 'violation', article: 'UK-CMA-VOLUME' });
    expect(judge(units(50)).measures).toEqual([
      { code: 'run_days', value: 42, of: 14 },
      { code: 'units_in_run', value: 50, of: 50 },
    ]);
  });

  test('sales before the run do not count', () => {
    const history = complete(
      offer('2025-11-01', 100_00n),
      sold('2025-11-20', 100_00n, 500),
      offer('2026-01-01', 60_00n),
      offer('2026-02-01', 100_00n),
    );
    expect(codes(judge(history))).toEqual(['too_few_sales']);
  });
});

describe('what is not stated is asked for', () => {
  const history = complete(offer('2026-02-01', 100_00n), sold('2026-02-20', 100_00n, 60));

  test('an end, and the units to be sold', () => {
    expect(codes(judge(history, { endsAt: null }))).toEqual(['promotion_length_unknown']);
    expect(judge(history, {}, null)).toMatchObject({ verdict: 'review', cap: 100_00n, capIsBound: true });
    expect(codes(judge(history, {}, null))).toEqual(['promotion_units_unknown']);
  });

  test('nothing sold at the reference is too few for any promotion', () => {
    expect(judge(complete(offer('2026-02-01', 100_00n)), {}, null)).toMatchObject({ verdict: 'violation', cap: null });
  });
});

test('a run whose beginning is not recorded is not known to be too short', () => {
  const observations = [offer('2026-03-05', 100_00n), sold('2026-03-06', 100_00n, 80)];
  const verdict = judge({ observations, completeSince: day('2026-03-05') });
  expect(verdict).toMatchObject({ verdict: 'insufficient_history', cap: null });
  expect(verdict.need?.knownFrom).toBe(day('2026-03-19'));
  const low = [offer('2026-03-05', 90_00n), offer('2026-03-06', 100_00n)];
  expect(judge({ observations: low, completeSince: day('2026-03-05') }).verdict).toBe('violation');
});
