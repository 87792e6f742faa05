import { z } from 'zod';
import { formatMoney } from '../domain/money.ts';
import { known, type SignalContent, type SignalValue } from '../domain/signal.ts';
import { decide } from './decide.ts';
import { evaluate, type RuleOutcome } from './evaluate.ts';
import type { DecisionPolicy, Pack } from './pack.ts';
import { PackError, type PackProblem, PackSource, type RulesFile } from './pack-source.ts';
import type { Registry, SignalDefinition } from './registry.ts';
import { OUTCOMES } from './risk.ts';
import { didYouMean } from './suggest.ts';

const RULE_OUTCOMES = ['hit', 'miss', 'unknown', 'error'] as const satisfies readonly RuleOutcome[];
const NEEDED = ['hit', 'miss', 'unknown'] as const;

const caseSchema = z.strictObject({
  name: z.string().min(1),
  /** Values of a listing with one claim; what is left out is unknown. */
  signals: z.record(z.string(), z.union([z.boolean(), z.int(), z.string(), z.array(z.string())])).default({}),
  expect: z.record(z.string(), z.enum(RULE_OUTCOMES)),
  explain: z.record(z.string(), z.strictObject({ zh: z.string(), en: z.string() })).default({}),
  decision: z.enum(OUTCOMES).optional(),
});

const fileSchema = z.strictObject({ cases: z.array(caseSchema) });

type GoldenCase = z.output<typeof caseSchema>;

/** One expectation of a golden case that the rules do not meet. */
export interface GoldenFailure {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly reason: string;
}

export interface GoldenReport {
  readonly cases: number;
  readonly expectations: number;
  readonly failures: readonly GoldenFailure[];
  /** Enabled rules for which no case shows a hit, a miss or an unknown. */
  readonly uncovered: readonly { readonly rule: string; readonly lacks: readonly RuleOutcome[] }[];
}

/** Runs golden cases against a pack. Throws PackError for a file that is not one of cases or names unknown things. */
export function runGoldenCases(pack: Pack, files: readonly RulesFile[]): GoldenReport {
  const problems: PackProblem[] = [];
  const failures: GoldenFailure[] = [];
  const seen = new Map<string, Set<RuleOutcome>>(pack.active.map((rule) => [rule.id, new Set<RuleOutcome>()]));
  let cases = 0;
  let expectations = 0;
  for (const file of files) {
    const source = new PackSource(file, problems);
    for (const [index, each] of (source.parse(fileSchema)?.cases ?? []).entries()) {
      const line = source.lineOf(['cases', index]);
      const values = signalsOf(each, pack.registry, source, index);
      for (const id of Object.keys(each.expect)) {
        if (!seen.has(id)) {
          source.report(
            ['cases', index, 'expect', id],
            `no enabled rule is named "${id}"${didYouMean(id, seen.keys())}`,
          );
        }
      }
      cases++;
      expectations += Object.keys(each.expect).length + Object.keys(each.explain).length;
      for (const reason of check(pack, each, values)) failures.push({ file: file.path, line, name: each.name, reason });
      for (const [id, outcome] of Object.entries(each.expect)) seen.get(id)?.add(outcome);
    }
  }
  if (problems.length > 0) throw new PackError(problems);
  return { cases, expectations, failures, uncovered: uncoveredOf(seen) };
}

function signalsOf(
  each: GoldenCase,
  registry: Registry,
  source: PackSource,
  index: number,
): Record<string, SignalValue> {
  const values: Record<string, SignalValue> = {};
  for (const [name, written] of Object.entries(each.signals)) {
    const path = ['cases', index, 'signals', name];
    const definition = registry.find(name);
    if (definition === undefined) {
      source.report(path, `no signal is named "${name}"${didYouMean(name, registry.names)}`);
      continue;
    }
    const value = contentOf(definition, written);
    if (value === null) source.report(path, `"${name}" is a ${definition.type}, which this value is not`);
    else values[name] = known(value);
  }
  return values;
}

function contentOf({ type }: SignalDefinition, written: boolean | number | string | string[]): SignalContent | null {
  if (type === 'bool') return typeof written === 'boolean' ? written : null;
  if (type === 'string') return typeof written === 'string' ? written : null;
  if (type === 'strings') return typeof written === 'object' ? written : null;
  return typeof written === 'number' ? BigInt(written) : null;
}

function check(pack: Pack, each: GoldenCase, values: Readonly<Record<string, SignalValue>>): string[] {
  const policy = pack.policies.at(-1);
  if (policy === undefined) return ['the pack holds no decision policy'];
  const currency = textOf(values['listing.currency']) ?? 'CNY';
  const assessment = evaluate(
    pack,
    { listing: values, claims: [values] },
    {
      policy,
      now: policy.effectiveFrom,
      format: { money: (amount, language) => formatMoney(amount, currency, language) },
    },
  );
  const reasons: string[] = [];
  const results = new Map(assessment.results.map((result) => [result.rule.id, result]));
  for (const [id, expected] of Object.entries(each.expect)) {
    const actual = results.get(id)?.outcome;
    if (actual !== expected) reasons.push(`${id} is ${actual ?? 'not run'}, expected ${expected}`);
  }
  for (const [id, expected] of Object.entries(each.explain)) {
    for (const language of ['zh', 'en'] as const) {
      const actual = results.get(id)?.explain(language);
      if (actual !== expected[language]) reasons.push(`${id} explains "${actual}", expected "${expected[language]}"`);
    }
  }
  if (each.decision !== undefined) {
    const actual = outcomeOf(assessment, policy, values);
    if (actual !== each.decision) reasons.push(`the decision is ${actual}, expected ${each.decision}`);
  }
  return reasons;
}

function outcomeOf(
  assessment: ReturnType<typeof evaluate>,
  policy: DecisionPolicy,
  values: Readonly<Record<string, SignalValue>>,
) {
  const category = textOf(values['listing.category']) ?? '';
  const jurisdiction = textOf(values['listing.jurisdiction']) ?? '';
  return decide(assessment, policy, { category, jurisdiction, now: policy.effectiveFrom }).outcome;
}

function textOf(signal: SignalValue | undefined): string | null {
  return signal?.known === true && typeof signal.value === 'string' ? signal.value : null;
}

function uncoveredOf(seen: ReadonlyMap<string, ReadonlySet<RuleOutcome>>): GoldenReport['uncovered'] {
  return [...seen]
    .map(([rule, outcomes]) => ({ rule, lacks: NEEDED.filter((outcome) => !outcomes.has(outcome)) }))
    .filter(({ lacks }) => lacks.length > 0);
}
