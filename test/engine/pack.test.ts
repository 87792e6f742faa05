import fc from 'fast-check';
import { loadPack, type Pack } from '../../src/engine/pack.ts';
import { PackError, type RulesFile } from '../../src/engine/pack-source.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { packOf, policyText, registry, ruleText, signal } from './fixtures.ts';

function problemsOf(rules: string, ...others: readonly RulesFile[]): string[] {
  try {
    loadPack(
      [{ path: 'a.yaml', text: `rules:${rules}` }, { path: 'd.yaml', text: policyText }, ...others],
      registry,
      sha256,
    );
    return [];
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    return error.message.split('\n');
  }
}

describe('a signal registry', () => {
  it('refuses a name declared twice, a malformed name, a unit on money and an undescribed context', () => {
    const contexts = [{ name: 'shelf', zh: '货架', en: 'shelf' }];
    const make = (...definitions: Parameters<typeof createRegistry>[0]) => createRegistry(definitions, contexts);
    expect(() => make(signal('claim.a', 'int'), signal('claim.a', 'bool'))).toThrow('declared twice');
    expect(() => make(signal('claim', 'int'))).toThrow('namespace.fact');
    expect(() => make(signal('claim.a', 'money', { unit: 'yuan' }))).toThrow('only an int has a unit');
    expect(() => make(signal('claim.a', 'int', { context: 'moon' }))).toThrow('moon');
  });
});

describe('a broken pack', () => {
  it('names file, line and the signal that was probably meant', () => {
    expect(problemsOf(ruleText({ when: 'claim.refernce > 5' }))).toEqual([
      'a.yaml:6: a.rule: no signal is named "claim.refernce" (did you mean "claim.reference"?)',
    ]);
  });

  it('points into the lines of a condition that is written as a block', () => {
    const rule = ruleText({ when: 'x' }).replace(
      'when: "x"',
      'when: |\n      claim.shown &&\n      claim.reference > listing.stock',
    );
    expect(problemsOf(rule)).toEqual(['a.yaml:8: a.rule: money cannot be compared with units']);
  });

  it.each([
    ['claim.reference > 1.5', 'the decimal number 1.5 is outside the rule language'],
    ['claim.reference > claim.percent', 'money cannot be compared with bps'],
    ['claim.reference * claim.percent > 5', 'money * bps has no meaning'],
    ['claim.days > listing.stock', 'days cannot be compared with units'],
    ['bps(claim.reference, claim.days) > 5', 'in basis points, not days'],
    ['claim.reference', 'a condition is needed here, not a int'],
    ['claim.reference == "5"', 'int == string is outside the rule language'],
    ['claim.kind == "onw"', '"onw" is not one of its codes (did you mean "own"?)'],
    ['claim.kind in ["own", "mrsp"]', '(did you mean "msrp"?)'],
    ['claim.days in [1, claim.days / 2]', 'an element of a list is a literal or a signal'],
    ['claim.kind < "own"', 'string < string is outside the rule language'],
    ['claim["kind"] == "own"', 'is outside the rule language'],
    ['{"a": true}.a', 'maxMapEntries'],
    ['listing.place.matches("(a+)+b")', 'is outside the safe subset'],
    ['listing.place.matches(listing.place)', 'the pattern of matches() is a literal'],
    ['listing.place.startWith("EU")', '(did you mean "startsWith"?)'],
    ['listing.words.map(w, w).size() > 0', 'is not in the rule language'],
    ['timestamp("2026-01-01T00:00:00Z") == null', 'is not a function of the rule language'],
    ['claim.reference > 9223372036854775808', 'does not fit in 64 bits'],
    ['claim.reference >', 'Unexpected token'],
    ['word == "a"', '"word" alone is not a signal'],
    ['listing.words.exists(w, listing.words.exists(v, listing.words.exists(u, w == v && v == u)))', 'steps, more than'],
  ])('is refused for the condition %s', (when, reason) => {
    expect(problemsOf(ruleText({ when }))).toEqual([expect.stringContaining(reason)]);
  });

  it('is refused for a claim signal in a listing rule', () => {
    const [problem] = problemsOf(ruleText({ scope: 'listing', when: 'claim.reference > 5' }));
    expect(problem).toContain('"claim.reference" is a claim signal; the rule\'s scope is listing');
  });

  it('is refused for every fault of form, all told at once', () => {
    const rule = `
  - id: b.rule
    scope: claim
    risk: inflated_orginal_price
    constraint: review
    weight: 2
    wen: claim.shown
    explain: { zh: 中文 }
`;
    expect(problemsOf(rule)).toEqual([
      expect.stringMatching(/^a\.yaml:2: .*when: is missing/),
      expect.stringMatching(/^a\.yaml:4: .*risk/),
      expect.stringMatching(/^a\.yaml:7: .*unknown field "wen" \(did you mean "when"\?\)/),
      expect.stringMatching(/^a\.yaml:8: .*explain\.en: is missing/),
    ]);
  });

  it('is refused for a rule that is both or neither of constraint and evidence', () => {
    const rule = ruleText({ when: 'claim.shown' });
    const either = 'needs either "constraint" or "weight"';
    expect(problemsOf(rule.replace('constraint: review', ''))).toEqual([expect.stringContaining(either)]);
    expect(problemsOf(rule.replace('constraint: review', 'constraint: review\n    weight: 1'))).toEqual([
      expect.stringContaining(either),
    ]);
    expect(problemsOf(ruleText({ when: 'claim.shown', weight: -1 }))).toHaveLength(1);
  });

  it('is refused for unknown laws, hints, placeholders and ids used twice', () => {
    const when = 'claim.shown';
    const laws: RulesFile = {
      path: 'l.yaml',
      text: 'law: { CN-56-16-2: { zh: 条, en: art, title: { zh: 题, en: title }, source: text } }',
    };
    expect(problemsOf(ruleText({ when, more: 'law: [CN-56-16-3]' }), laws)).toEqual([
      'a.yaml:8: a.rule: unknown law "CN-56-16-3" (did you mean "CN-56-16-2"?)',
    ]);
    expect(problemsOf(ruleText({ when, more: 'hint: fix-it' }))).toHaveLength(1);
    expect(problemsOf(ruleText({ when }).replace('English', 'Price {claim.referense} }'))).toEqual([
      'a.yaml:7: a.rule: a brace has no partner',
      'a.yaml:7: a.rule: no signal is named "claim.referense" (did you mean "claim.reference"?)',
    ]);
    expect(problemsOf(ruleText({ when }) + ruleText({ when }))).toEqual(['a.yaml:9: the id "a.rule" is used twice']);
  });

  it('never tells the merchant of an adversarial signal', () => {
    const rule = ruleText({ scope: 'listing', when: 'listing.live' });
    expect(problemsOf(rule.replace('English', 'Trap {listing.trap}'))).toEqual([
      expect.stringContaining('is never shown to the merchant'),
    ]);
    expect(problemsOf(ruleText({ scope: 'listing', when: 'listing.trap', more: 'hint: remove-claim' }))).toEqual([
      expect.stringContaining('its hint would tell the merchant'),
    ]);
  });

  it('is refused without priors, general costs or a general fail policy for what its evidence can raise', () => {
    const policy = policyText.replace('inflated_original_price: 0.05, ', '').replace('- outcome: review\n', '');
    const files = [
      { path: 'a.yaml', text: `rules:${ruleText({ when: 'claim.shown', weight: 1 })}` },
      {
        path: 'd.yaml',
        text: policy.replace('- risk: inflated_original_price', '- risk: inflated_original_price\n        category: x'),
      },
    ];
    expect(() => loadPack(files, registry, sha256)).toThrow(/no prior[\s\S]*no costs[\s\S]*no fail policy/);
  });

  it('is refused for YAML that does not parse, with the line', () => {
    expect(problemsOf('\n  - id: "open')).toEqual([expect.stringMatching(/^a\.yaml:2: /)]);
    expect(problemsOf('\n  - id: a\n    id: b')).toEqual([expect.stringContaining('unique')]);
  });
});

describe('the hash of a pack', () => {
  const rules = ['a.one', 'a.two', 'a.three'].map((id) => ruleText({ id, when: 'claim.shown' }));

  function hashOf(files: readonly RulesFile[]): string {
    return loadPack(files, registry, sha256).hash;
  }

  function load(...texts: readonly string[]): Pack {
    return loadPack(
      [...texts.map((text, index) => ({ path: `${index}.yaml`, text })), { path: 'd.yaml', text: policyText }],
      registry,
      sha256,
    );
  }

  it('does not depend on the order of files and rules, nor on comments and layout', () => {
    const expected = load(`rules:${rules.join('')}`).hash;
    expect(expected).toMatch(/^sha256:[0-9a-f]{64}$/);
    fc.assert(
      fc.property(fc.shuffledSubarray(rules, { minLength: 3 }), fc.nat(3), (shuffled, cut) => {
        const parts = [shuffled.slice(0, cut), shuffled.slice(cut)].filter((part) => part.length > 0);
        const texts = parts.map((part) => `# a remark\nrules:${part.join('\n\n')}`);
        expect(load(...texts.reverse()).hash).toBe(expected);
      }),
    );
  });

  it('changes with any rule, policy or companion', () => {
    const files = [
      { path: 'a.yaml', text: `rules:${rules.join('')}` },
      { path: 'd.yaml', text: policyText },
    ];
    const hashes = new Set([
      hashOf(files),
      hashOf([
        { path: 'a.yaml', text: `rules:${rules.join('').replace('claim.shown', '!claim.shown')}` },
        ...files.slice(1),
      ]),
      hashOf([...files.slice(0, 1), { path: 'd.yaml', text: policyText.replace('0.05', '0.06') }]),
      loadPack(files, registry, sha256, { price: [{ id: 'cn', version: 2 }] }).hash,
    ]);
    expect(hashes.size).toBe(4);
  });

  it('covers disabled rules, which are checked but not run', () => {
    const pack = packOf({ when: 'claim.shown' }, { id: 'a.off', when: 'claim.shown', more: 'enabled: false' });
    expect(pack.rules.map(({ id }) => id)).toEqual(['a.off', 'a.rule']);
    expect(pack.active.map(({ id }) => id)).toEqual(['a.rule']);
  });
});
