import type { Language } from '../domain/money.ts';
import type { Bilingual, SignalContent, SignalValue } from '../domain/signal.ts';
import type { Instant } from '../domain/time.ts';
import { EvaluationFailure } from './cel/arithmetic.ts';
import type { Frame, Slot } from './cel/frame.ts';
import { type Format, render } from './explain.ts';
import type { DecisionPolicy, Pack, Rule } from './pack.ts';
import type { Signals } from './registry.ts';
import { type Action, type Risk, severity } from './risk.ts';

export type RuleOutcome = 'hit' | 'miss' | 'unknown' | 'snoozed' | 'error';

export interface EvaluationInput {
  readonly listing: Signals;
  /** Signals of each claim, in the listing's order. */
  readonly claims: readonly Signals[];
}

export interface EvaluationOptions {
  /** The version in force when the conduct happened; see policyInForce. */
  readonly policy: DecisionPolicy;
  readonly now: Instant;
  readonly format: Format;
  /** Rules that are set aside, by id, each until an instant. */
  readonly snoozes?: ReadonlyMap<string, Instant>;
}

/** A signal that kept a rule from being decided, with what would make it known. */
export interface MissingSignal {
  readonly signal: string;
  readonly resolve: Bilingual;
}

/** What one rule said of the listing or of one claim, in a form that can be stored. */
export interface RuleTrace {
  readonly id: string;
  /** Index of the claim; null for a rule about the listing. */
  readonly claim: number | null;
  readonly outcome: RuleOutcome;
  readonly constraint: Action | null;
  /** Thousandths of log-odds. */
  readonly weight: number | null;
  /** Provisions of the listing's jurisdiction that the rule cites. */
  readonly law: readonly string[];
  /** Every signal that the rule reads and that was known. */
  readonly values: Readonly<Record<string, SignalContent>>;
  /** Ids of the records that those values rest on. */
  readonly evidence: readonly string[];
  readonly missing: readonly MissingSignal[];
  /** The explanation, for a hit only. */
  readonly zh: string | null;
  readonly en: string | null;
  /** Why the outcome is `error`. */
  readonly error: string | null;
}

const NONE: readonly never[] = [];

interface Subject {
  readonly input: EvaluationInput;
  readonly pack: Pack;
  readonly format: Format;
}

/** One rule's result; everything but the outcome is worked out when it is asked for, from values that never change. */
export class RuleResult {
  readonly rule: Rule;
  readonly claim: number | null;
  readonly outcome: RuleOutcome;
  private readonly frame: Frame;
  private readonly subject: Subject;

  constructor(rule: Rule, claim: number | null, outcome: RuleOutcome, frame: Frame, subject: Subject) {
    this.rule = rule;
    this.claim = claim;
    this.outcome = outcome;
    this.frame = frame;
    this.subject = subject;
  }

  /** The explanation in one language; null unless the rule hit. */
  explain(language: Language): string | null {
    if (this.outcome !== 'hit') return null;
    return render(this.rule.explain[language], this.frame, language, this.subject.format);
  }

  /** Provisions that the rule cites, those of other jurisdictions than the listing's left out. */
  law(): readonly string[] {
    const { law } = this.rule;
    const place = this.subject.input.listing['listing.jurisdiction'];
    if (law.length === 0 || place?.known !== true || typeof place.value !== 'string') return law;
    const [country] = place.value.split('-');
    return law.filter((id) => id.startsWith(`${country}-`));
  }

  /** Any signal of the rule's subject that a merchant may learn of, or undefined. */
  known(signal: string): SignalContent | undefined {
    const definition = this.subject.pack.registry.find(signal);
    if (definition === undefined || definition.adversarial) return undefined;
    const found = this.signal({ name: signal, definition });
    return found?.known === true ? found.value : undefined;
  }

  missing(): readonly MissingSignal[] {
    if (this.outcome !== 'unknown') return NONE;
    const names = new Set<string>();
    this.rule.condition.missing(this.frame, names);
    return [...names].sort().map((signal) => ({ signal, resolve: this.resolve(signal) }));
  }

  trace(): RuleTrace {
    const values: Record<string, SignalContent> = {};
    let evidence: readonly string[] = NONE;
    for (const slot of this.rule.reads) {
      const signal = this.signal(slot);
      if (signal === undefined || !signal.known) continue;
      values[slot.name] = signal.value;
      if (signal.evidence.length > 0) evidence = [...evidence, ...signal.evidence];
    }
    return {
      id: this.rule.id,
      claim: this.claim,
      outcome: this.outcome,
      constraint: this.rule.constraint,
      weight: this.rule.weight,
      law: this.law(),
      values,
      evidence: evidence === NONE ? NONE : [...new Set(evidence)].sort(),
      missing: this.missing(),
      zh: this.explain('zh'),
      en: this.explain('en'),
      error: this.outcome === 'error' ? failureOf(this.rule, this.frame) : null,
    };
  }

  private signal({ name, definition }: Pick<Slot, 'name' | 'definition'>): SignalValue | undefined {
    const { listing, claims } = this.subject.input;
    const signals = this.claim === null || definition.scope === 'listing' ? listing : claims[this.claim];
    return signals?.[name];
  }

  private resolve(name: string): Bilingual {
    const { registry } = this.subject.pack;
    const definition = registry.find(name);
    const signal = definition === undefined ? undefined : this.signal({ name, definition });
    if (signal !== undefined && !signal.known) return signal.resolve;
    return registry.resolvedBy(definition?.context ?? '');
  }
}

export interface RiskAssessment {
  /** Between 0 and 1, rounded to six decimals so that it is the same on every machine. */
  readonly probability: number;
  /** Evidence rules that hit; several claims that hit one rule count once. */
  readonly hits: readonly string[];
}

/** Per risk a probability, and every rule's outcome. */
export interface Assessment {
  /** Hash of the pack. */
  readonly pack: string;
  readonly policy: string;
  readonly now: Instant;
  readonly risks: Readonly<Partial<Record<Risk, RiskAssessment>>>;
  /** The most severe of the constraints that hit. */
  readonly floor: Action | null;
  /** Rules by id, claims in order within a rule. */
  readonly results: readonly RuleResult[];
}

/**
 * Runs every enabled rule, claim rules once per claim.
 * Throws `validation_failed` for a signal whose value is not of its declared type.
 */
export function evaluate(pack: Pack, input: EvaluationInput, options: EvaluationOptions): Assessment {
  const { layout } = pack;
  const subject: Subject = { input, pack, format: options.format };
  const listing = layout.listingFrame(input.listing);
  const claims = input.claims.map((signals) => layout.claimFrame(listing, signals));
  const results: RuleResult[] = [];
  for (const rule of pack.active) {
    const snoozed = isSnoozed(rule, options);
    if (rule.scope === 'listing') {
      results.push(new RuleResult(rule, null, snoozed ? 'snoozed' : run(rule, listing), listing, subject));
      continue;
    }
    for (let claim = 0; claim < claims.length; claim++) {
      const frame = claims[claim];
      if (frame === undefined) continue;
      results.push(new RuleResult(rule, claim, snoozed ? 'snoozed' : run(rule, frame), frame, subject));
    }
  }
  return {
    pack: pack.hash,
    policy: options.policy.id,
    now: options.now,
    risks: assessRisks(pack, results, options.policy),
    floor: floorOf(results),
    results,
  };
}

/** The traces of all results, for storing. */
export function traceOf(assessment: Assessment): RuleTrace[] {
  return assessment.results.map((result) => result.trace());
}

function isSnoozed(rule: Rule, { snoozes, now }: EvaluationOptions): boolean {
  if (snoozes === undefined) return false;
  const until = snoozes.get(rule.id);
  return until !== undefined && now < until;
}

function run(rule: Rule, frame: Frame): RuleOutcome {
  try {
    const value = rule.condition.run(frame);
    return value === undefined ? 'unknown' : value ? 'hit' : 'miss';
  } catch (error) {
    if (error instanceof EvaluationFailure) return 'error';
    throw error;
  }
}

function failureOf(rule: Rule, frame: Frame): string | null {
  try {
    rule.condition.run(frame);
    return null;
  } catch (error) {
    if (error instanceof EvaluationFailure) return error.message;
    throw error;
  }
}

function floorOf(results: readonly RuleResult[]): Action | null {
  let floor: Action | null = null;
  for (const { outcome, rule } of results) {
    if (outcome !== 'hit' || rule.constraint === null) continue;
    if (floor === null || severity(rule.constraint) > severity(floor)) floor = rule.constraint;
  }
  return floor;
}

function assessRisks(
  pack: Pack,
  results: readonly RuleResult[],
  policy: DecisionPolicy,
): Partial<Record<Risk, RiskAssessment>> {
  const weights = new Map<Risk, number>();
  const hits = new Map<Risk, string[]>();
  let previous: Rule | null = null;
  for (const { outcome, rule } of results) {
    if (outcome !== 'hit' || rule.weight === null || rule === previous) continue;
    previous = rule;
    weights.set(rule.risk, (weights.get(rule.risk) ?? 0) + rule.weight);
    const ids = hits.get(rule.risk);
    if (ids === undefined) hits.set(rule.risk, [rule.id]);
    else ids.push(rule.id);
  }
  const risks: Partial<Record<Risk, RiskAssessment>> = {};
  for (const risk of pack.risks) {
    const prior = policy.priors[risk];
    if (prior === undefined) continue;
    const logOdds = Math.log(prior / (1 - prior)) + (weights.get(risk) ?? 0) / 1_000;
    risks[risk] = { probability: rounded(1 / (1 + Math.exp(-logOdds))), hits: hits.get(risk) ?? [] };
  }
  return risks;
}

function rounded(probability: number): number {
  return Math.round(probability * 1e6) / 1e6;
}
