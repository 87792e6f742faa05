import { TouchstoneError } from '../domain/errors.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import type { Assessment } from './evaluate.ts';
import type { DecisionPolicy, Pack } from './pack.ts';
import { ACTIONS, type Action, moreSevere, type Outcome, RISKS, type Risk } from './risk.ts';

export interface DecisionContext {
  /** Path such as `apparel/shoes`; a policy entry for `apparel` covers it, one for `app` does not. */
  readonly category: string;
  readonly jurisdiction: string;
  readonly now: Instant;
  /** What could not be evaluated before the deadline or with the stores as they are; empty when all was. */
  readonly notEvaluated?: readonly string[];
}

export interface RiskDecision {
  readonly probability: number;
  /** What this risk alone would lead to. */
  readonly outcome: Outcome;
  /** The probability above which each action is worth its errors. */
  readonly thresholds: Readonly<Partial<Record<Action, number>>>;
}

export interface Decision {
  readonly outcome: Outcome;
  /** What asks for an answer of this severity; several when they agree, none for `allow`. */
  readonly because: readonly ('constraint' | 'fail_policy' | Risk)[];
  readonly constraints: readonly string[];
  readonly risks: Readonly<Partial<Record<Risk, RiskDecision>>>;
  /** The fail policy had a say: a complete evaluation must follow. */
  readonly provisional: boolean;
  readonly notEvaluated: readonly string[];
  readonly pack: string;
  readonly policy: string;
  readonly at: Instant;
  readonly validUntil: Instant;
}

/**
 * The version of the consequences for conduct at an instant; conduct before the first version falls under the first.
 * Throws `internal` for a pack without any.
 */
export function policyInForce(pack: Pack, at: Instant): DecisionPolicy {
  const found = pack.policies.findLast((policy) => policy.effectiveFrom <= at) ?? pack.policies[0];
  if (found === undefined) throw new TouchstoneError('internal', 'The rules hold no decision policy');
  return found;
}

/**
 * The answer: per risk the most severe action whose expected cost is below that of letting the subject pass
 * (p > falsePositive / (falsePositive + falseNegative)), never milder than a constraint that hit, and never milder
 * than the category's fail policy when something was not evaluated.
 */
export function decide(assessment: Assessment, policy: DecisionPolicy, context: DecisionContext): Decision {
  const risks = decideRisks(assessment, policy, context);
  const notEvaluated = context.notEvaluated ?? [];
  const fallback = notEvaluated.length > 0 ? failPolicy(policy, context.category) : null;
  let outcome: Outcome = assessment.floor ?? 'allow';
  for (const risk of Object.values(risks)) outcome = moreSevere(outcome, risk.outcome);
  if (fallback !== null) outcome = moreSevere(outcome, fallback);
  return {
    outcome,
    because: reasons(outcome, assessment, risks, fallback),
    constraints: constraintsOf(assessment),
    risks,
    provisional: fallback !== null,
    notEvaluated,
    pack: assessment.pack,
    policy: policy.id,
    at: context.now,
    validUntil: context.now + policy.validityHours * HOUR,
  };
}

/** What is answered for a category when an evaluation is not possible: the entry with the longest matching prefix. */
export function failPolicy(policy: DecisionPolicy, category: string): Outcome {
  let found: { readonly category: string; readonly outcome: Outcome } | null = null;
  for (const entry of policy.fail) {
    if (!coversCategory(entry.category, category)) continue;
    if (found === null || entry.category.length > found.category.length) found = entry;
  }
  return found?.outcome ?? 'review';
}

/**
 * Probability above which each action is taken, from the costs of the longest matching category and, among equals,
 * the most specific jurisdiction. An action without costs there is never taken for this risk.
 */
export function thresholdsOf(
  policy: DecisionPolicy,
  risk: Risk,
  { category, jurisdiction }: Pick<DecisionContext, 'category' | 'jurisdiction'>,
): Partial<Record<Action, number>> {
  const thresholds: Partial<Record<Action, number>> = {};
  const costs = costsFor(policy, risk, category, jurisdiction);
  for (const action of ACTIONS) {
    const cost = costs?.actions[action];
    if (cost !== undefined) thresholds[action] = cost.falsePositive / (cost.falsePositive + cost.falseNegative);
  }
  return thresholds;
}

/** The most severe action whose threshold the probability exceeds. */
export function actionFor(probability: number, thresholds: Readonly<Partial<Record<Action, number>>>): Outcome {
  let outcome: Outcome = 'allow';
  for (const action of ACTIONS) {
    const threshold = thresholds[action];
    if (threshold !== undefined && probability > threshold) outcome = moreSevere(outcome, action);
  }
  return outcome;
}

function decideRisks(
  assessment: Assessment,
  policy: DecisionPolicy,
  context: DecisionContext,
): Partial<Record<Risk, RiskDecision>> {
  const risks: Partial<Record<Risk, RiskDecision>> = {};
  for (const risk of keysOf(assessment.risks)) {
    const probability = assessment.risks[risk]?.probability;
    if (probability === undefined) continue;
    const thresholds = thresholdsOf(policy, risk, context);
    risks[risk] = { probability, thresholds, outcome: actionFor(probability, thresholds) };
  }
  return risks;
}

function costsFor(policy: DecisionPolicy, risk: Risk, category: string, jurisdiction: string) {
  let found: DecisionPolicy['costs'][number] | null = null;
  for (const entry of policy.costs) {
    if (entry.risk !== risk || !coversCategory(entry.category, category)) continue;
    if (!coversJurisdiction(entry.jurisdiction, jurisdiction)) continue;
    if (found === null || isMoreSpecific(entry, found)) found = entry;
  }
  return found;
}

function isMoreSpecific(left: DecisionPolicy['costs'][number], right: DecisionPolicy['costs'][number]): boolean {
  if (left.category.length !== right.category.length) return left.category.length > right.category.length;
  return specificity(left.jurisdiction) > specificity(right.jurisdiction);
}

/** `*` below `EU-*` below `EU-DE`. */
function specificity(jurisdiction: string): number {
  return jurisdiction.endsWith('*') ? jurisdiction.length - 1 : 1_000;
}

function coversCategory(prefix: string, category: string): boolean {
  return prefix === '' || category === prefix || category.startsWith(`${prefix}/`);
}

function coversJurisdiction(pattern: string, jurisdiction: string): boolean {
  return pattern.endsWith('*') ? jurisdiction.startsWith(pattern.slice(0, -1)) : pattern === jurisdiction;
}

function constraintsOf(assessment: Assessment): string[] {
  const ids = assessment.results
    .filter(({ outcome, rule }) => outcome === 'hit' && rule.constraint !== null)
    .map(({ rule }) => rule.id);
  return [...new Set(ids)];
}

function reasons(
  outcome: Outcome,
  assessment: Assessment,
  risks: Readonly<Partial<Record<Risk, RiskDecision>>>,
  fallback: Outcome | null,
): Decision['because'] {
  if (outcome === 'allow') return [];
  const because: ('constraint' | 'fail_policy' | Risk)[] = [];
  if (assessment.floor === outcome) because.push('constraint');
  for (const risk of keysOf(risks)) if (risks[risk]?.outcome === outcome) because.push(risk);
  if (fallback === outcome) because.push('fail_policy');
  return because;
}

function keysOf(risks: Readonly<Partial<Record<Risk, unknown>>>): Risk[] {
  return RISKS.filter((risk) => risks[risk] !== undefined);
}
