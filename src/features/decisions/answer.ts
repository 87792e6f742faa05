import type { PriceVerdict } from '../../domain/price/verdict.ts';
import type { RuleResult } from '../../engine/evaluate.ts';
import { instantText } from '../../http/primitives.ts';
import type { Judgement, Signals } from './assess.ts';
import type { DecisionWire, RuleWire } from './schemas.ts';

export interface AnswerParts {
  readonly id: string;
  readonly listingId: string;
  readonly currency: string;
  readonly snapshotHash: string;
  readonly judgement: Judgement;
  readonly signals: Signals;
  readonly hints: DecisionWire['hints'];
  readonly rescore: DecisionWire['rescore'];
  readonly supersedes?: string;
}

/** The decision as everybody gets it. Its members stand in a fixed order: the same parts give the same bytes. */
export function answerOf(parts: AnswerParts): DecisionWire {
  const { decision, assessment } = parts.judgement;
  const risks: DecisionWire['risks'] = {};
  for (const [risk, { probability }] of entriesOf(assessment.risks)) risks[risk] = { probability };
  return {
    id: parts.id,
    listingId: parts.listingId,
    currency: parts.currency,
    snapshotHash: parts.snapshotHash,
    outcome: decision.outcome,
    provisional: decision.provisional,
    notEvaluated: [...decision.notEvaluated],
    rescore: parts.rescore,
    pack: decision.pack,
    policy: decision.policy,
    at: instantText(decision.at),
    validUntil: instantText(decision.validUntil),
    risks,
    rules: assessment.results.map(ruleOf),
    price: parts.signals.verdicts.map(priceOf),
    hints: parts.hints,
    ...(parts.supersedes === undefined ? {} : { supersedes: parts.supersedes }),
  };
}

function entriesOf<Key extends string, Value>(record: Readonly<Partial<Record<Key, Value>>>): [Key, Value][] {
  const entries: [Key, Value][] = [];
  for (const key in record) {
    const value = record[key];
    if (value !== undefined) entries.push([key, value]);
  }
  return entries;
}

/** A miss has nothing to say beyond itself, and most rules miss. */
function ruleOf(result: RuleResult): RuleWire {
  const { rule, claim, outcome } = result;
  if (outcome === 'miss') return { id: rule.id, claim, outcome };
  const zh = result.explain('zh');
  const en = result.explain('en');
  const missing = result.missing().map(({ signal, resolve }) => ({ signal, zh: resolve.zh, en: resolve.en }));
  return {
    id: rule.id,
    claim,
    outcome,
    risk: rule.risk,
    ...(rule.constraint === null ? {} : { constraint: rule.constraint }),
    ...(zh === null || en === null ? {} : { zh, en, law: [...result.law()] }),
    ...(missing.length === 0 ? {} : { missing }),
  };
}

function priceOf(verdict: PriceVerdict, claim: number): DecisionWire['price'][number] {
  return {
    claim,
    verdict: verdict.verdict,
    cap: verdict.cap === null ? null : verdict.cap.toString(),
    basis: verdict.basis,
    article: verdict.article,
    evidence: [...verdict.evidence],
    findings: verdict.findings.map(({ code }) => code),
    policy: verdict.policy === null ? null : `${verdict.policy.id}@${verdict.policy.version}`,
  };
}
