import fc from 'fast-check';
import { HOUR } from '../../src/domain/time.ts';
import { actionFor, decide, failPolicy, policyInForce, thresholdsOf } from '../../src/engine/decide.ts';
import { evaluate } from '../../src/engine/evaluate.ts';
import { type DecisionPolicy, loadPack } from '../../src/engine/pack.ts';
import { ACTIONS, type Action, severity } from '../../src/engine/risk.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { format, packOf, policyText, registry, ruleText, signals } from './fixtures.ts';

const NOW = Date.parse('2026-03-15T00:00:00Z');
const RISK = 'inflated_original_price';

const policy: DecisionPolicy = {
  id: 'p',
  effectiveFrom: 0,
  source: 'test',
  validityHours: 6,
  priors: { [RISK]: 0.5 },
  costs: [
    { category: '', jurisdiction: '*', risk: RISK, actions: { review: { falsePositive: 9, falseNegative: 1 } } },
    { category: '', jurisdiction: 'EU-*', risk: RISK, actions: { review: { falsePositive: 4, falseNegative: 1 } } },
    { category: '', jurisdiction: 'EU-DE', risk: RISK, actions: { review: { falsePositive: 3, falseNegative: 1 } } },
    { category: 'food', jurisdiction: '*', risk: RISK, actions: { review: { falsePositive: 2, falseNegative: 1 } } },
    {
      category: 'food/fresh',
      jurisdiction: '*',
      risk: RISK,
      actions: { inspect: { falsePositive: 1, falseNegative: 1 } },
    },
  ],
  fail: [
    { category: '', outcome: 'review' },
    { category: 'food/fresh', outcome: 'allow' },
  ],
};

describe('the costs that apply', () => {
  it.each([
    ['toys', 'CN', { review: 0.9 }],
    ['toys', 'EU-FR', { review: 0.8 }],
    ['toys', 'EU-DE', { review: 0.75 }],
    ['food', 'EU-DE', { review: 2 / 3 }],
    ['food/dry/rice', 'CN', { review: 2 / 3 }],
    ['food/fresh/fish', 'CN', { inspect: 0.5 }],
    ['foodstuff', 'CN', { review: 0.9 }],
  ])(
    'in %s under %s are those of the longest category, then of the nearest jurisdiction',
    (category, jurisdiction, expected) => {
      expect(thresholdsOf(policy, RISK, { category, jurisdiction })).toEqual(expected);
    },
  );
});

describe('a decision', () => {
  const pack = packOf(
    { id: 'a.proof', when: 'claim.shown', weight: 4 },
    { id: 'a.law', when: 'claim.reference > 10', constraint: 'inspect' },
  );
  const inForce = policyInForce(pack, NOW);
  const context = { category: 'toys', jurisdiction: 'CN', now: NOW };

  function decideOn(claim: Parameters<typeof signals>[0], more: Partial<Parameters<typeof decide>[2]> = {}) {
    const assessment = evaluate(pack, { listing: {}, claims: [signals(claim)] }, { policy: inForce, now: NOW, format });
    return decide(assessment, inForce, { ...context, ...more });
  }

  it('acts when the expected cost of acting is the lower one', () => {
    expect(decideOn({ 'claim.shown': true })).toMatchObject({
      outcome: 'review',
      because: [RISK],
      constraints: [],
      risks: {
        [RISK]: { probability: 0.741_841, outcome: 'review', thresholds: { allow_with_notice: 0.2, review: 0.7 } },
      },
      provisional: false,
      validUntil: NOW + 24 * HOUR,
      policy: 'first',
      pack: pack.hash,
    });
    expect(decideOn({ 'claim.shown': false })).toMatchObject({ outcome: 'allow', because: [] });
  });

  it('is never milder than the law, and says so', () => {
    expect(decideOn({ 'claim.reference': 11n })).toMatchObject({
      outcome: 'inspect',
      because: ['constraint'],
      constraints: ['a.law'],
    });
    expect(decideOn({ 'claim.reference': 11n, 'claim.shown': true })).toMatchObject({
      outcome: 'review',
      because: [RISK],
    });
  });

  it('on nothing known is neither guilty nor provisional', () => {
    expect(decideOn({})).toMatchObject({ outcome: 'allow', provisional: false });
  });

  it('is provisional, and at least what the category answers in such a case, when something was not evaluated', () => {
    const notEvaluated = ['price_history'];
    expect(decideOn({}, { notEvaluated })).toMatchObject({
      outcome: 'review',
      because: ['fail_policy'],
      provisional: true,
      notEvaluated,
    });
    expect(decideOn({ 'claim.reference': 11n }, { notEvaluated, category: 'food/fresh/fish' })).toMatchObject({
      outcome: 'inspect',
      provisional: true,
    });
    expect(failPolicy(policy, 'food/freshener')).toBe('review');
  });
});

describe('for any costs', () => {
  const threshold = fc.double({ min: 0, max: 1, noNaN: true });
  const thresholds = fc.dictionary(fc.constantFrom(...ACTIONS), threshold);

  it('a higher threshold never makes the answer more severe', () => {
    fc.assert(
      fc.property(thresholds, threshold, fc.constantFrom<Action>(...ACTIONS), threshold, (drawn, p, action, rise) => {
        const raised = { ...drawn, [action]: (drawn[action] ?? 1) + rise };
        expect(severity(actionFor(p, raised))).toBeLessThanOrEqual(severity(actionFor(p, drawn)));
      }),
    );
  });

  it('a higher probability never makes it milder', () => {
    fc.assert(
      fc.property(thresholds, threshold, threshold, (drawn, one, other) => {
        const mild = actionFor(Math.min(one, other), drawn);
        expect(severity(actionFor(Math.max(one, other), drawn))).toBeGreaterThanOrEqual(severity(mild));
      }),
    );
  });
});

describe('the policy in force', () => {
  it('is the last one that had begun; before the first, the first', () => {
    const later = policyText.replace('- id: first', '- id: second').replace('2026-01-01', '2026-06-01');
    const pack = loadPack(
      [
        { path: 'a.yaml', text: `rules:${ruleText({ when: 'claim.shown' })}` },
        { path: 'b.yaml', text: later },
        { path: 'c.yaml', text: policyText },
      ],
      registry,
      sha256,
    );
    const idAt = (instant: string) => policyInForce(pack, Date.parse(instant)).id;
    expect(idAt('2026-05-31T15:59:59.999Z')).toBe('first');
    expect(idAt('2026-05-31T16:00:00Z')).toBe('second');
    expect(idAt('2020-01-01T00:00:00Z')).toBe('first');
  });
});
