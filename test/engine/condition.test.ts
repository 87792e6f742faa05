import fc from 'fast-check';
import type { SignalContent } from '../../src/domain/signal.ts';
import { EvaluationFailure } from '../../src/engine/cel/arithmetic.ts';
import { celEnvironment, compileCondition } from '../../src/engine/cel/condition.ts';
import { FrameLayout } from '../../src/engine/cel/frame.ts';
import { PatternRefused, safePattern } from '../../src/engine/cel/pattern.ts';
import { registry, signals } from './fixtures.ts';

const environment = celEnvironment(registry, 'claim');

type Values = Readonly<Record<string, SignalContent>>;
type Answer = boolean | undefined | 'error';

function answer(source: string, values: Values): Answer {
  const layout = new FrameLayout();
  const { node } = compileCondition(source, environment, registry, layout, 'claim');
  const known = signals(values);
  try {
    return node.run(layout.claimFrame(layout.listingFrame(known), known));
  } catch (error) {
    if (error instanceof EvaluationFailure) return 'error';
    throw error;
  }
}

function missing(source: string, values: Values): string[] {
  const layout = new FrameLayout();
  const { node } = compileCondition(source, environment, registry, layout, 'claim');
  const known = signals(values);
  const names = new Set<string>();
  node.missing(layout.claimFrame(layout.listingFrame(known), known), names);
  return [...names].sort();
}

/** The library's answer on the same values. */
function libraryAnswer(source: string, values: Values): Answer {
  const context: Record<string, Record<string, SignalContent>> = { listing: {}, claim: {} };
  for (const [name, value] of Object.entries(values)) {
    const [namespace = '', fact = ''] = name.split('.');
    context[namespace] = { ...context[namespace], [fact]: value };
  }
  try {
    return environment.evaluate(source, context) === true;
  } catch {
    return 'error';
  }
}

const texts = fc.constantFrom('CN', 'EU-DE', 'EU-FR', '限时', 'a😀b', '');
const amounts = fc.oneof(
  fc.bigInt(-5n, 5n),
  fc.constantFrom(9_223_372_036_854_775_807n, -9_223_372_036_854_775_807n, 333n),
);

const values = fc.record({
  'listing.price': amounts,
  'listing.place': texts,
  'listing.words': fc.array(texts, { maxLength: 3 }),
  'listing.live': fc.boolean(),
  'claim.reference': amounts,
  'claim.percent': amounts,
  'claim.shown': fc.boolean(),
});

const literal = fc.constantFrom('0', '1', '-3', '7', '333');
const pattern = fc.constantFrom('^EU', 'D?E$', '[A-Z]{2}', '限.|CN', 'a');

/** Random conditions of the rule language over the signals above. */
const { condition } = fc.letrec<{ money: string; text: string; condition: string }>((tie) => ({
  money: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'money' },
    fc.constantFrom('listing.price', 'claim.reference'),
    fc.tuple(tie('money'), fc.constantFrom('+', '-'), tie('money')).map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc.tuple(tie('money'), fc.constantFrom('*', '/', '%'), literal).map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc.tuple(tie('condition'), tie('money'), tie('money')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.constantFrom('(-listing.price)', '(-claim.reference)'),
    tie('money').map((a) => `bps(${a}, claim.percent)`),
  ),
  text: fc.oneof(
    fc.constant('listing.place'),
    texts.map((text) => JSON.stringify(text)),
  ),
  condition: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'condition' },
    fc.constantFrom('listing.live', 'claim.shown', 'true', 'false'),
    fc
      .tuple(tie('money'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), fc.oneof(tie('money'), literal))
      .map(([a, o, b]) => `${a} ${o} ${b}`),
    fc.tuple(tie('money'), literal, fc.constantFrom('listing.price', '-3')).map(([a, b, c]) => `${a} in [${b}, ${c}]`),
    fc.tuple(tie('text'), fc.constantFrom('==', '!='), tie('text')).map(([a, o, b]) => `${a} ${o} ${b}`),
    tie('text').map((a) => `${a} in listing.words`),
    tie('text').map((a) => `${a} in ["CN", listing.place, "EU-FR"]`),
    fc
      .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
      .map(([a, m, b]) => `${a}.${m}(${b})`),
    fc.tuple(tie('text'), pattern).map(([a, p]) => `${a}.matches("${p}")`),
    fc.tuple(fc.constantFrom('listing.place', 'listing.words'), literal).map(([a, b]) => `size(${a}) > ${b}`),
    fc
      .tuple(fc.constantFrom('exists', 'all'), tie('text'))
      .map(([m, b]) => `listing.words.${m}(word, word.contains(${b}) || word == listing.place)`),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} || ${b} || ${c})`),
    tie('condition').map((a) => `!(${a})`),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `((${a}) == (${b}))`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));

describe('a condition on signals that are all known', () => {
  it('has the answer that the library gives', () => {
    fc.assert(
      fc.property(condition, values, (source, known) => {
        expect(answer(source, known)).toBe(libraryAnswer(source, known));
      }),
      { numRuns: 600 },
    );
  });
});

describe('a condition on signals that are partly unknown', () => {
  const names = [
    'listing.price',
    'listing.place',
    'listing.words',
    'listing.live',
    'claim.reference',
    'claim.percent',
    'claim.shown',
  ];

  it('never changes an answer when more becomes known', () => {
    fc.assert(
      fc.property(condition, values, fc.subarray(names), (source, known, hidden) => {
        const partly = Object.fromEntries(Object.entries(known).filter(([name]) => !hidden.includes(name)));
        const early = answer(source, partly);
        if (early !== undefined) expect(answer(source, known)).toBe(early);
      }),
      { numRuns: 600 },
    );
  });

  it('is unknown exactly when it can name signals that are missing', () => {
    fc.assert(
      fc.property(condition, values, fc.subarray(names), (source, known, hidden) => {
        const partly = Object.fromEntries(Object.entries(known).filter(([name]) => !hidden.includes(name)));
        if (answer(source, partly) !== undefined) return;
        const named = missing(source, partly);
        expect(named).not.toEqual([]);
        for (const name of named) expect(hidden).toContain(name);
      }),
      { numRuns: 400 },
    );
  });

  it.each<[string, Answer]>([
    ['false && claim.shown', false],
    ['claim.shown && false', false],
    ['true && claim.shown', undefined],
    ['claim.shown || true', true],
    ['claim.shown || false', undefined],
    ['!claim.shown', undefined],
    ['claim.reference > 5', undefined],
    ['claim.reference == claim.reference', undefined],
    ['claim.kind in ["own"]', undefined],
    ['claim.reference + 1 > 0', undefined],
    ['claim.shown ? true : true', undefined],
    ['true ? true : claim.shown', true],
    ['has(claim.shown)', false],
    ['!has(claim.shown) || claim.shown', true],
    ['listing.words.exists(w, w == "a")', undefined],
    ['1 / 0 > 1', 'error'],
    ['1 / 0 > 1 && false', false],
    ['true || 1 / 0 > 1', true],
    ['1 / 0 > 1 && claim.shown', undefined],
    ['1 / 0 > 1 || false', 'error'],
    ['9223372036854775807 + 1 > 0', 'error'],
  ])('%s is %s when nothing is known', (source, expected) => {
    expect(answer(source, {})).toBe(expected);
  });

  it('says which of its signals would settle it, and not the ones that could not', () => {
    expect(missing('listing.live && claim.shown && claim.reference > 5', { 'listing.live': true })).toEqual([
      'claim.reference',
      'claim.shown',
    ]);
    expect(missing('(listing.live && claim.reference > 5) || claim.shown', { 'listing.live': false })).toEqual([
      'claim.shown',
    ]);
    expect(missing('claim.shown ? claim.reference > 5 : claim.percent > 5', { 'claim.shown': false })).toEqual([
      'claim.percent',
    ]);
    expect(missing('listing.words.exists(w, w == listing.place)', { 'listing.words': ['a'] })).toEqual([
      'listing.place',
    ]);
  });
});

describe('the negative of the least integer', () => {
  it('is an overflow, which the library overlooks', () => {
    expect(answer('-claim.reference > 0', { 'claim.reference': -(2n ** 63n) })).toBe('error');
  });
});

describe('basis points of an amount', () => {
  it.each([
    [1_000n, 1_500n, 150n],
    [1n, 5_000n, 0n],
    [3n, 5_000n, 2n],
    [-3n, 5_000n, -2n],
    [5n, 5_000n, 2n],
  ])('of %s at %s are %s: halves go to the even unit', (amount, rate, expected) => {
    expect(
      answer(`bps(claim.reference, claim.percent) == ${expected}`, {
        'claim.reference': amount,
        'claim.percent': rate,
      }),
    ).toBe(true);
  });
});

describe('a pattern', () => {
  it.each(['a+', 'a*', '(ab){2}', 'a{2,}', '(?=a)a', '\\1', '[a', 'a{1,99}b{1,99}', 'a??', 'x{100}'])(
    '%s is refused',
    (source) => {
      expect(() => safePattern(source)).toThrow(PatternRefused);
    },
  );

  it('of the safe subset matches as usual, with a bound on its steps', () => {
    const { expression, cost } = safePattern('^限时[0-9]{1,2}折$|清仓');
    expect([expression.test('限时9折'), expression.test('限时折'), expression.test('大清仓')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(cost).toBeLessThan(20);
  });

  it('counts characters, where the library counts halves of them', () => {
    expect(answer('listing.place.matches("^a.b$")', { 'listing.place': 'a😀b' })).toBe(true);
  });
});
