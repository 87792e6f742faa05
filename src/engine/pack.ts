import { canonicalJson, type Json } from '../domain/canonical.ts';
import type { Sha256 } from '../domain/journal/chain.ts';
import type { Bilingual } from '../domain/signal.ts';
import type { Instant } from '../domain/time.ts';
import { celEnvironment, compileCondition } from './cel/condition.ts';
import { FrameLayout, type Slot } from './cel/frame.ts';
import { type BoolNode, ExpressionProblem } from './cel/node.ts';
import { hasStrayBrace, parseTemplate, placeholdersOf, type Template } from './explain.ts';
import type { HintName } from './hint-names.ts';
import {
  type DecisionSource,
  decisionSchema,
  type LawSource,
  lawSchema,
  packFileSchema,
  type RuleSource,
  ruleSchema,
} from './pack-schema.ts';
import { PackError, type PackProblem, PackSource, type RulesFile } from './pack-source.ts';
import { type Registry, type Scope, VISIBLE_SCOPES } from './registry.ts';
import type { Action, Outcome, Risk } from './risk.ts';
import { didYouMean } from './suggest.ts';

/** A named condition over signals: a constraint, which sets the mildest answer allowed, or evidence with a weight. */
export interface Rule {
  readonly id: string;
  readonly scope: Scope;
  readonly risk: Risk;
  readonly constraint: Action | null;
  /** Thousandths of log-odds that a hit adds; null for a constraint. */
  readonly weight: number | null;
  /** The condition as written. */
  readonly when: string;
  readonly condition: BoolNode;
  /** Signals that the condition or the explanation reads, by name. */
  readonly reads: readonly Slot[];
  readonly explain: { readonly zh: Template; readonly en: Template };
  readonly law: readonly string[];
  readonly hint: HintName | null;
  readonly enabled: boolean;
  /** It reads a signal that the merchant must not learn of. */
  readonly adversarial: boolean;
  readonly file: string;
  readonly line: number;
}

export interface Law extends Bilingual {
  readonly title: Bilingual;
  readonly source: string;
}

/** What an answer costs when it is wrong: act on an honest subject, or let a guilty one pass. Any one unit. */
export interface ErrorCosts {
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** One version of the consequences; categories are matched by prefix, jurisdictions exactly or as `EU-*` and `*`. */
export interface DecisionPolicy {
  readonly id: string;
  readonly effectiveFrom: Instant;
  readonly source: string;
  readonly validityHours: number;
  readonly priors: Readonly<Partial<Record<Risk, number>>>;
  readonly costs: readonly {
    readonly category: string;
    readonly jurisdiction: string;
    readonly risk: Risk;
    readonly actions: Readonly<Partial<Record<Action, ErrorCosts>>>;
  }[];
  readonly fail: readonly { readonly category: string; readonly outcome: Outcome }[];
}

/** An immutable set of rules and policies. */
export interface Pack {
  /** `sha256:` and the hash of the content, whatever the order of files and rules, and without comments. */
  readonly hash: string;
  /** All rules by id, the disabled ones too. */
  readonly rules: readonly Rule[];
  /** The enabled rules, by id. */
  readonly active: readonly Rule[];
  /** Risks that the enabled rules speak of. */
  readonly risks: readonly Risk[];
  readonly laws: ReadonlyMap<string, Law>;
  /** Versions of the decision policy, oldest first. */
  readonly policies: readonly DecisionPolicy[];
  /** Contexts that the enabled rules need. */
  readonly contexts: readonly string[];
  readonly registry: Registry;
  readonly layout: FrameLayout;
}

interface Located<T> {
  readonly value: T;
  readonly source: PackSource;
  readonly path: readonly (string | number)[];
}

interface Collected {
  readonly rules: Located<RuleSource>[];
  readonly laws: Map<string, LawSource>;
  readonly policies: Located<DecisionSource>[];
}

/**
 * Reads, checks and compiles rules files against the registry.
 * `companions` are other policies in force, as JSON, which become part of the hash.
 * Throws one PackError with every problem found.
 */
export function loadPack(
  files: readonly RulesFile[],
  registry: Registry,
  sha256: Sha256,
  companions: Readonly<Record<string, Json>> = {},
): Pack {
  const problems: PackProblem[] = [];
  const collected = collect(files, problems);
  const layout = new FrameLayout();
  const rules = compileRules(collected, registry, layout);
  checkPolicies(collected, problems);
  if (problems.length > 0) throw new PackError(inOrder(problems));
  const active = rules.filter((rule) => rule.enabled);
  return {
    hash: `sha256:${sha256(contentText(collected, companions))}`,
    rules,
    active,
    risks: [...new Set(active.map((rule) => rule.risk))].sort(),
    laws: collected.laws,
    policies: collected.policies.map(({ value }) => policyOf(value)).sort((a, b) => a.effectiveFrom - b.effectiveFrom),
    contexts: contextsOf(active),
    registry,
    layout,
  };
}

function collect(files: readonly RulesFile[], problems: PackProblem[]): Collected {
  const collected: Collected = { rules: [], laws: new Map(), policies: [] };
  for (const file of files) {
    const source = new PackSource(file, problems);
    const content = source.parse(packFileSchema);
    if (content === null) continue;
    for (const index of (content.rules ?? []).keys()) {
      const path = ['rules', index];
      const value = source.parse(ruleSchema, path);
      if (value !== null) add(collected.rules, { value, source, path });
    }
    for (const index of (content.decision ?? []).keys()) {
      const path = ['decision', index];
      const value = source.parse(decisionSchema, path);
      if (value !== null) add(collected.policies, { value, source, path });
    }
    for (const id of Object.keys(content.law ?? {})) {
      const law = source.parse(lawSchema, ['law', id]);
      if (collected.laws.has(id)) source.report(['law', id], `law "${id}" is declared twice`);
      else if (law !== null) collected.laws.set(id, law);
    }
  }
  collected.rules.sort(byId);
  collected.policies.sort(byId);
  return collected;
}

function add<T extends { readonly id: string }>(list: Located<T>[], item: Located<T>): void {
  if (list.some(({ value }) => value.id === item.value.id)) {
    item.source.report([...item.path, 'id'], `the id "${item.value.id}" is used twice`);
  } else list.push(item);
}

function byId(left: Located<{ readonly id: string }>, right: Located<{ readonly id: string }>): number {
  return left.value.id < right.value.id ? -1 : 1;
}

function compileRules(collected: Collected, registry: Registry, layout: FrameLayout): Rule[] {
  const environments = {
    listing: celEnvironment(registry, 'listing'),
    claim: celEnvironment(registry, 'claim'),
  };
  const rules: Rule[] = [];
  for (const located of collected.rules) {
    checkLaws(located, collected.laws);
    const { value, source, path } = located;
    try {
      const condition = compileCondition(value.when, environments[value.scope], registry, layout, value.scope);
      const slots = explainSlots(located, registry, layout);
      const adversarial = condition.reads.find((slot) => slot.definition.adversarial);
      if (adversarial !== undefined && value.hint !== undefined) {
        const reason = `its hint would tell the merchant of "${adversarial.definition.name}"`;
        source.report([...path, 'hint'], `${value.id}: ${reason}`);
      }
      if (slots !== null) rules.push(ruleOf(located, condition.node, condition.reads, slots));
    } catch (error) {
      if (!(error instanceof ExpressionProblem)) throw error;
      source.reportWithin([...path, 'when'], value.when, error.start, `${value.id}: ${error.message}`);
    }
  }
  return rules;
}

function checkLaws({ value, source, path }: Located<RuleSource>, laws: ReadonlyMap<string, LawSource>): void {
  for (const [index, id] of value.law.entries()) {
    if (laws.has(id)) continue;
    source.report([...path, 'law', index], `${value.id}: unknown law "${id}"${didYouMean(id, laws.keys())}`);
  }
}

/** Slots of the placeholders of both explanations; null after reporting what is wrong with them. */
function explainSlots(
  { value, source, path }: Located<RuleSource>,
  registry: Registry,
  layout: FrameLayout,
): Map<string, Slot> | null {
  const slots = new Map<string, Slot>();
  let sound = true;
  const refuse = (field: readonly string[], reason: string): void => {
    sound = false;
    source.report([...path, ...field], `${value.id}: ${reason}`);
  };
  for (const language of ['zh', 'en'] as const) {
    if (hasStrayBrace(value.explain[language])) refuse(['explain', language], 'a brace has no partner');
    for (const name of placeholdersOf(value.explain[language])) {
      const definition = registry.find(name);
      let reason: string | null = null;
      if (definition === undefined) reason = `no signal is named "${name}"${didYouMean(name, registry.names)}`;
      else if (!VISIBLE_SCOPES[value.scope].includes(definition.scope)) reason = `"${name}" is out of the rule's scope`;
      else if (definition.adversarial) reason = `"${name}" is never shown to the merchant`;
      else slots.set(name, layout.slotOf(definition));
      if (reason !== null) refuse(['explain', language], reason);
    }
  }
  return sound ? slots : null;
}

function ruleOf(
  { value, source, path }: Located<RuleSource>,
  condition: BoolNode,
  conditionReads: readonly Slot[],
  placeholders: ReadonlyMap<string, Slot>,
): Rule {
  const reads = [...new Set([...conditionReads, ...placeholders.values()])];
  const slotOf = (name: string): Slot => {
    const slot = placeholders.get(name);
    if (slot === undefined) throw new ExpressionProblem(`no signal is named "${name}"`, 0);
    return slot;
  };
  return {
    id: value.id,
    scope: value.scope,
    risk: value.risk,
    constraint: value.constraint ?? null,
    weight: value.weight === undefined ? null : Math.round(value.weight * 1_000),
    when: value.when,
    condition,
    reads: reads.sort((left, right) => (left.definition.name < right.definition.name ? -1 : 1)),
    explain: { zh: parseTemplate(value.explain.zh, slotOf), en: parseTemplate(value.explain.en, slotOf) },
    law: value.law,
    hint: value.hint ?? null,
    enabled: value.enabled,
    adversarial: reads.some((slot) => slot.definition.adversarial),
    file: source.path,
    line: source.lineOf(path),
  };
}

/** Each risk that evidence can raise needs a prior and costs that apply everywhere, in every version. */
function checkPolicies({ rules, policies }: Collected, problems: PackProblem[]): void {
  const risks = new Set(
    rules.filter(({ value }) => value.weight !== undefined && value.enabled).map(({ value }) => value.risk),
  );
  if (policies.length === 0 && rules.length > 0 && problems.length === 0) {
    rules[0]?.source.report([], 'no file holds a decision policy');
  }
  for (const { value, source, path } of policies) {
    for (const risk of risks) {
      if (value.priors[risk] === undefined) source.report([...path, 'priors'], `${value.id}: no prior for ${risk}`);
      const general = value.costs.some(
        (each) => each.risk === risk && each.category === '' && each.jurisdiction === '*',
      );
      if (!general) source.report([...path, 'costs'], `${value.id}: no costs of ${risk} for every category`);
    }
    if (!value.fail.some(({ category }) => category === '')) {
      source.report([...path, 'fail'], `${value.id}: no fail policy for every category`);
    }
  }
}

function policyOf(value: DecisionSource): DecisionPolicy {
  return { ...value, effectiveFrom: Date.parse(value.effectiveFrom) };
}

/** One text for one content, whatever the order of the files and without their comments. */
function contentText(collected: Collected, companions: Readonly<Record<string, Json>>): string {
  return canonicalJson({
    rules: collected.rules.map(({ value }) => ({ ...value, when: value.when.trim() })),
    laws: Object.fromEntries(collected.laws),
    decision: collected.policies.map(({ value }) => value),
    companions,
  });
}

function contextsOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.flatMap((rule) => rule.reads.map((slot) => slot.definition.context)))].sort();
}

function inOrder(problems: readonly PackProblem[]): PackProblem[] {
  return [...problems].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}
