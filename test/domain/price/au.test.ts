import type { ClaimFacts } from '../../../src/domain/price/facts.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { parseInZone } from '../../../src/domain/time-zone.ts';
import { claim, claimInput, complete, observation, policyOf } from './world.ts';

const policy = policyOf('AU');
const day = (text: string) => parseInZone(text, policy.zone);
const START = day('2026-03-15');

function offer(at: string, price: bigint): PriceObservation {
  return observation({ at: day(at), price, currency: 'AUD' });
}

const deal = (at: string, price: bigint) => observation({ at: day(at), price, currency: 'AUD', kind: 'sale' });

function judge(history: PriceHistory, facts: ClaimFacts = {}): PriceVerdict {
  const one = claim({ startsAt: START, reference: 100_00n });
  return judgeClaim(claimInput({ claim: one, salePrice: 70_00n, history, policy, facts }));
}

const codes = ({ findings }: PriceVerdict) => findings.map(({ code }) => code);

describe('a price raised within three months is no basis', () => {
  const raised = (at: string) => complete(offer('2025-01-01', 80_00n), offer(at, 100_00n), deal('2026-03-01', 100_00n));

  test('at the first instant of the three months it is, a minute later it is not', () => {
    expect(judge(raised('2025-12-15'))).toMatchObject({ verdict: 'ok', cap: 100_00n });
    const verdict = judge(raised('2025-12-15T00:01'));
    expect(verdict).toMatchObject({ verdict: 'violation', article: 'AU-ACL-29-1-i' });
    expect(codes(verdict)).toEqual(['raised_recently']);
  });

  test('a return to the old price after a promotion is no raise', () => {
    const history = complete(
      offer('2025-01-01', 100_00n),
      offer('2026-01-10', 80_00n),
      offer('2026-01-20', 100_00n),
      deal('2026-02-01', 100_00n),
    );
    expect(judge(history).verdict).toBe('ok');
  });

  test('goods that were listed within them and raised since were raised', () => {
    const listed = complete(offer('2026-01-01', 80_00n), offer('2026-01-10', 100_00n), deal('2026-02-01', 100_00n));
    expect(codes(judge(listed))).toEqual(['raised_recently']);
  });
});

describe('a reasonable period and actual sales', () => {
  const since = (at: string) => complete(offer(at, 100_00n), deal('2026-03-01', 100_00n));

  test('twenty-eight days are enough, a minute less is not', () => {
    expect(judge(since('2026-02-15')).verdict).toBe('ok');
    expect(codes(judge(since('2026-02-15T00:01')))).toEqual(['reference_too_short']);
  });

  test('an offer that nobody took at that price is not enough; whether one nobody took at all is, a person says', () => {
    const long = offer('2025-01-01', 100_00n);
    expect(codes(judge(complete(long, deal('2026-02-01', 70_00n))))).toEqual(['too_few_sales']);
    expect(judge(complete(long)).verdict).toBe('review');
  });

  test('stated facts stand in for records', () => {
    expect(judge(complete(), { offeredDays: 28, unitsAtReference: 1, raisedAt: day('2025-12-15') }).verdict).toBe('ok');
    expect(codes(judge(complete(), { offeredDays: 27, unitsAtReference: 0, raisedAt: day('2026-01-15') }))).toEqual([
      'raised_recently',
      'reference_too_short',
      'too_few_sales',
    ]);
  });
});

test('what was before the records is not known to have been lower', () => {
  const observations = [offer('2026-01-15', 100_00n), deal('2026-02-01', 100_00n)];
  const verdict = judge({ observations, completeSince: day('2026-01-15') });
  expect(verdict.verdict).toBe('insufficient_history');
  expect(verdict.need).toEqual({ from: day('2025-12-15'), knownFrom: day('2026-04-15') });
});
