import fc from 'fast-check';
import { unknown } from '../../src/domain/signal.ts';
import { decide, policyInForce } from '../../src/engine/decide.ts';
import { type EvaluationInput, evaluate, traceOf } from '../../src/engine/evaluate.ts';
import type { Pack } from '../../src/engine/pack.ts';
import { severity } from '../../src/engine/risk.ts';
import { format, packOf, type RuleText, signals } from './fixtures.ts';

const NOW = Date.parse('2026-03-15T00:00:00Z');

function assess(pack: Pack, input: EvaluationInput, snoozes: ReadonlyMap<string, number> = new Map()) {
  return evaluate(pack, input, { policy: policyInForce(pack, NOW), now: NOW, format, snoozes });
}

const aboveTen: RuleText = { when: 'claim.reference > 10' };

describe('a claim rule', () => {
  it('is judged once for each claim, and sees the listing as well', () => {
    const pack = packOf({ when: 'claim.reference > listing.price' });
    const { results } = assess(pack, {
      listing: signals({ 'listing.price': 10n }),
      claims: [signals({ 'claim.reference': 11n }), signals({ 'claim.reference': 9n }), {}],
    });
    expect(results.map(({ claim, outcome }) => [claim, outcome])).toEqual([
      [0, 'hit'],
      [1, 'miss'],
      [2, 'unknown'],
    ]);
  });

  it('does not run for a listing without claims', () => {
    expect(assess(packOf(aboveTen), { listing: {}, claims: [] }).results).toEqual([]);
  });
});

describe('a result', () => {
  it('keeps every value that the rule read, the records behind them, and an explanation in both languages', () => {
    const pack = packOf({
      ...aboveTen,
      more: 'law: []\n    hint: remove-claim',
    });
    const claim = { 'claim.reference': { known: true, value: 12n, evidence: ['O2', 'O1'] } } as const;
    expect(traceOf(assess(pack, { listing: {}, claims: [claim] }))).toEqual([
      {
        id: 'a.rule',
        claim: 0,
        outcome: 'hit',
        constraint: 'review',
        weight: null,
        law: [],
        values: { 'claim.reference': 12n },
        evidence: ['O1', 'O2'],
        missing: [],
        zh: '中文',
        en: 'English',
        error: null,
      },
    ]);
  });

  it('says what is missing and what would make it known: the detector knows better than the registry', () => {
    const pack = packOf({ when: 'claim.reference > 10 && claim.shown' });
    const resolve = { zh: '等一周', en: 'wait a week' };
    const [trace] = traceOf(assess(pack, { listing: {}, claims: [{ 'claim.reference': unknown(resolve) }] }));
    expect(trace?.missing).toEqual([
      { signal: 'claim.reference', resolve },
      { signal: 'claim.shown', resolve: { zh: '看一眼货架', en: 'look at the shelf' } },
    ]);
    expect([trace?.zh, trace?.en]).toEqual([null, null]);
  });

  it('is an error, neither hit nor miss, when the condition cannot be calculated', () => {
    const pack = packOf({ when: 'claim.reference / (claim.reference - 5) > 1' });
    const assessment = assess(pack, { listing: {}, claims: [signals({ 'claim.reference': 5n })] });
    expect(traceOf(assessment)).toMatchObject([{ outcome: 'error', error: 'division by zero' }]);
    expect(assessment.floor).toBeNull();
  });

  it('is snoozed until the instant given and not a millisecond longer', () => {
    const claims = [signals({ 'claim.reference': 12n })];
    const until = (instant: number) =>
      assess(packOf(aboveTen), { listing: {}, claims }, new Map([['a.rule', instant]]));
    expect(until(NOW + 1).results[0]?.outcome).toBe('snoozed');
    expect(until(NOW + 1).floor).toBeNull();
    expect(until(NOW).results[0]?.outcome).toBe('hit');
    expect(until(NOW).floor).toBe('review');
  });

  it('writes money with its currency, rates as percent, codes by name and lists in the manner of the language', () => {
    const texts = {
      zh: '{claim.reference}|{claim.percent}|{claim.kind}|{listing.words}|{listing.at}|{claim.days}',
      en: '{claim.reference}|{claim.percent}|{claim.kind}|{listing.words}|{claim.shown}|{claim.days}',
    };
    const written = packOf({ ...aboveTen, explain: texts });
    const [result] = assess(written, {
      listing: signals({ 'listing.words': ['直降', '清仓'], 'listing.at': 0n }),
      claims: [signals({ 'claim.reference': 12n, 'claim.percent': 1_250n, 'claim.kind': 'msrp', 'claim.shown': true })],
    }).results;
    expect(result?.explain('zh')).toBe('元12|12.5%|建议|直降、清仓|1970-01-01T00:00:00.000Z|未知');
    expect(result?.explain('en')).toBe('CNY 12|12.5%|msrp|直降, 清仓|yes|unknown');
  });

  it('refuses a signal whose value is not of its type, doubles above all', () => {
    const claims = [signals({ 'claim.reference': '12' })];
    expect(() => assess(packOf(aboveTen), { listing: {}, claims })).toThrow('a money signal cannot hold a string');
  });
});

/** Rules over one claim signal each, with random thresholds: which of them hit depends on the values drawn. */
const evidence = fc.record({
  threshold: fc.integer({ min: 0, max: 20 }),
  weight: fc.integer({ min: 0, max: 5_000 }).map((thousandths) => thousandths / 1_000),
});
const constraint = fc.record({
  threshold: fc.integer({ min: 0, max: 20 }),
  constraint: fc.constantFrom('allow_with_notice', 'inspect', 'review', 'reject'),
});
const rules = fc.array(fc.oneof(evidence, constraint), { minLength: 1, maxLength: 8 }).map((drawn) =>
  drawn.map(
    (rule, index): RuleText => ({
      id: `rule.${index}`,
      when: `claim.reference > ${rule.threshold}`,
      ...('weight' in rule ? { weight: rule.weight } : { constraint: rule.constraint }),
    }),
  ),
);
const input = fc.array(fc.bigInt(0n, 25n), { maxLength: 3 }).map(
  (references): EvaluationInput => ({
    listing: {},
    claims: references.map((reference) => signals({ 'claim.reference': reference })),
  }),
);
const context = { category: 'x', jurisdiction: 'CN', now: NOW };

function decideOn(pack: Pack, given: EvaluationInput) {
  return decide(assess(pack, given), policyInForce(pack, NOW), context);
}

describe('for any rules and claims', () => {
  it('the order of rules and of claims does not matter', () => {
    fc.assert(
      fc.property(rules, input, fc.infiniteStream(fc.nat()), (drawn, given, keys) => {
        const reordered = [...drawn].reverse();
        const claims = given.claims
          .map((claim) => ({ claim, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const mixed = { listing: {}, claims: claims.map(({ claim }) => claim) };
        expect(decideOn(packOf(...reordered), mixed)).toEqual(decideOn(packOf(...drawn), given));
      }),
      { numRuns: 60 },
    );
  });

  it('one more piece of evidence never lowers a risk nor softens the decision', () => {
    fc.assert(
      fc.property(rules, evidence, input, (drawn, extra, given) => {
        const more: RuleText = { id: 'rule.more', when: `claim.reference > ${extra.threshold}`, weight: extra.weight };
        const before = decideOn(packOf(...drawn), given);
        const after = decideOn(packOf(...drawn, more), given);
        const risk = 'inflated_original_price';
        expect(after.risks[risk]?.probability ?? 0).toBeGreaterThanOrEqual(before.risks[risk]?.probability ?? 0);
        expect(severity(after.outcome)).toBeGreaterThanOrEqual(severity(before.outcome));
      }),
      { numRuns: 60 },
    );
  });

  it('a constraint that hits cannot be outvoted', () => {
    fc.assert(
      fc.property(rules, constraint, input, (drawn, extra, given) => {
        fc.pre(given.claims.length > 0);
        const pack = packOf(...drawn, { id: 'rule.law', when: 'claim.reference >= 0', constraint: extra.constraint });
        const { outcome, constraints } = decideOn(pack, given);
        expect(constraints).toContain('rule.law');
        expect(severity(outcome)).toBeGreaterThanOrEqual(
          ['', 'allow_with_notice', 'inspect', 'review', 'reject'].indexOf(extra.constraint),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('evidence', () => {
  it('of one rule counts once, however many claims it is found in', () => {
    const pack = packOf({ when: 'claim.reference > 10', weight: 2 });
    const claim = signals({ 'claim.reference': 12n });
    const probability = (claims: EvaluationInput['claims']) =>
      assess(pack, { listing: {}, claims }).risks.inflated_original_price?.probability;
    expect(probability([claim, claim, claim])).toBe(probability([claim]));
    expect(probability([claim])).toBe(0.280_005);
    expect(probability([])).toBe(0.05);
  });
});
