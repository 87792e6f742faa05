import { known, type SignalContent, type SignalValue } from '../../src/domain/signal.ts';
import type { Format } from '../../src/engine/explain.ts';
import { loadPack, type Pack } from '../../src/engine/pack.ts';
import { createRegistry, type SignalDefinition, type SignalType } from '../../src/engine/registry.ts';
import { sha256 } from '../../src/infra/crypto.ts';

export function signal(name: string, type: SignalType, more: Partial<SignalDefinition> = {}): SignalDefinition {
  const scope = name.startsWith('listing.') ? 'listing' : 'claim';
  return { name, type, unit: null, scope, context: 'shelf', tier: 0, adversarial: false, zh: name, en: name, ...more };
}

/** A few signals of every type, enough to state any kind of rule. */
export const registry = createRegistry(
  [
    signal('listing.price', 'money'),
    signal('listing.place', 'string'),
    signal('listing.words', 'strings'),
    signal('listing.stock', 'int', { unit: 'units' }),
    signal('listing.live', 'bool'),
    signal('listing.trap', 'bool', { adversarial: true }),
    signal('listing.at', 'instant'),
    signal('claim.reference', 'money'),
    signal('claim.percent', 'bps'),
    signal('claim.days', 'int', { unit: 'days' }),
    signal('claim.shown', 'bool'),
    signal('claim.kind', 'string', { codes: { own: { zh: '自有', en: 'own' }, msrp: { zh: '建议', en: 'msrp' } } }),
  ],
  [{ name: 'shelf', zh: '看一眼货架', en: 'look at the shelf' }],
);

export const format: Format = { money: (amount, language) => `${language === 'zh' ? '元' : 'CNY '}${amount}` };

export const policyText = `
decision:
  - id: first
    effectiveFrom: '2026-01-01T00:00:00+08:00'
    source: test
    validityHours: 24
    priors: { inflated_original_price: 0.05, exaggerated_discount: 0.05 }
    costs:
      - risk: inflated_original_price
        actions:
          allow_with_notice: { falsePositive: 1, falseNegative: 4 }
          review: { falsePositive: 7, falseNegative: 3 }
      - risk: exaggerated_discount
        actions:
          review: { falsePositive: 1, falseNegative: 1 }
    fail:
      - outcome: review
      - { category: food/fresh, outcome: allow }
`;

export interface RuleText {
  readonly id?: string;
  readonly scope?: string;
  readonly when: string;
  readonly constraint?: string;
  readonly weight?: number;
  readonly more?: string;
  readonly explain?: { readonly zh: string; readonly en: string };
}

/** One rule in YAML; a claim rule with a constraint unless told otherwise. */
export function ruleText({
  id = 'a.rule',
  scope = 'claim',
  when,
  constraint,
  weight,
  more = '',
  explain,
}: RuleText): string {
  const effect = weight === undefined ? `constraint: ${constraint ?? 'review'}` : `weight: ${weight}`;
  return `
  - id: ${id}
    scope: ${scope}
    risk: inflated_original_price
    ${effect}
    when: ${JSON.stringify(when)}
    explain: { zh: "${explain?.zh ?? '中文'}", en: "${explain?.en ?? 'English'}" }
    ${more}`;
}

export function packOf(...rules: readonly RuleText[]): Pack {
  return loadPack(
    [
      { path: 'rules.yaml', text: `rules:${rules.map(ruleText).join('')}` },
      { path: 'decision.yaml', text: policyText },
    ],
    registry,
    sha256,
  );
}

export function signals(values: Readonly<Record<string, SignalContent>>): Record<string, SignalValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, known(value)]));
}
