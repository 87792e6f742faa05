import { ZenEngine } from '@gorules/zen-engine';
import { Engine, type TopLevelCondition } from 'json-rules-engine';
import { Bench } from 'tinybench';
import { known, type SignalContent, type SignalValue } from '../../src/domain/signal.ts';
import { policyInForce } from '../../src/engine/decide.ts';
import { evaluate, traceOf } from '../../src/engine/evaluate.ts';
import { loadPack } from '../../src/engine/pack.ts';
import { createRegistry, type SignalDefinition, type Signals, type SignalType } from '../../src/engine/registry.ts';
import { sha256 } from '../../src/infra/crypto.ts';

const RULES = 60;
const NUMBERS = 12;
const TEXTS = 6;
const FLAGS = 4;
const PLACES = ['CN', 'EU-DE', 'EU-FR', 'UK', 'US'];

type Operator = '>' | '<=' | '==';

interface Term {
  readonly fact: string;
  readonly operator: Operator;
  readonly value: number | string | boolean;
}

type Facts = Readonly<Record<string, number | string | boolean>>;

/** The same rules for all three engines: each a conjunction of a number, a text and a flag or second number. */
function rulesOf(count: number): Term[][] {
  const rules: Term[][] = [];
  for (let index = 0; index < count; index++) {
    const number = index % NUMBERS;
    const second: Term =
      index % 2 === 0
        ? { fact: `flag${index % FLAGS}`, operator: '==', value: index % 3 === 0 }
        : { fact: `number${(index * 5 + 1) % NUMBERS}`, operator: '<=', value: 400 + index * 7 };
    rules.push([
      { fact: `number${number}`, operator: '>', value: 20 + index * 9 },
      { fact: `text${index % TEXTS}`, operator: '==', value: PLACES[index % 3] ?? 'CN' },
      second,
    ]);
  }
  return rules;
}

function factsOf(seed: number): Facts {
  const facts: Record<string, number | string | boolean> = {};
  for (let index = 0; index < NUMBERS; index++) facts[`number${index}`] = (seed * 131 + index * 277) % 1_000;
  for (let index = 0; index < TEXTS; index++) facts[`text${index}`] = PLACES[(seed + index) % 3] ?? 'CN';
  for (let index = 0; index < FLAGS; index++) facts[`flag${index}`] = (seed + index) % 2 === 0;
  return facts;
}

/** Ids of the rules that hold, in order. */
type Run = (facts: Facts) => Promise<string[]>;

function ruleId(index: number): string {
  return `rule.${String(index).padStart(3, '0')}`;
}

function definition(name: string, type: SignalType): SignalDefinition {
  const base = {
    unit: null,
    scope: 'listing',
    context: 'snapshot',
    tier: 0,
    adversarial: false,
    zh: name,
    en: name,
  } as const;
  return { name: `listing.${name}`, type, ...base };
}

function touchstone(rules: readonly Term[][]) {
  const registry = createRegistry(
    [
      ...Array.from({ length: NUMBERS }, (_, index) => definition(`number${index}`, 'int')),
      ...Array.from({ length: TEXTS }, (_, index) => definition(`text${index}`, 'string')),
      ...Array.from({ length: FLAGS }, (_, index) => definition(`flag${index}`, 'bool')),
    ],
    [{ name: 'snapshot', zh: '商品信息', en: 'the listing' }],
  );
  const source = rules.map((terms, index) => ({
    id: ruleId(index),
    scope: 'listing',
    risk: 'exaggerated_discount',
    constraint: 'review',
    when: terms.map((term) => `listing.${term.fact} ${term.operator} ${JSON.stringify(term.value)}`).join(' && '),
    explain: { zh: `规则 {listing.${terms[0]?.fact}}`, en: `Rule {listing.${terms[0]?.fact}}` },
  }));
  const decision = [
    {
      id: 'bench',
      effectiveFrom: '2026-01-01T00:00:00Z',
      source: 'bench',
      validityHours: 1,
      priors: { exaggerated_discount: 0.05 },
      costs: [{ risk: 'exaggerated_discount', actions: {} }],
      fail: [{ outcome: 'review' }],
    },
  ];
  const pack = loadPack([{ path: 'bench.yaml', text: JSON.stringify({ rules: source, decision }) }], registry, sha256);
  const policy = policyInForce(pack, 0);
  const format = { money: (amount: bigint) => `${amount}` };
  return (listing: Signals) => evaluate(pack, { listing, claims: [] }, { policy, now: 0, format });
}

function signalsOf(facts: Facts): Signals {
  const signals: Record<string, SignalValue> = {};
  for (const [name, value] of Object.entries(facts)) {
    const content: SignalContent = typeof value === 'number' ? BigInt(value) : value;
    signals[`listing.${name}`] = known(content);
  }
  return signals;
}

const JSON_OPERATORS: Readonly<Record<Operator, string>> = {
  '>': 'greaterThan',
  '<=': 'lessThanInclusive',
  '==': 'equal',
};

function jsonRulesEngine(rules: readonly Term[][]): Run {
  const engine = new Engine();
  for (const [index, terms] of rules.entries()) {
    const conditions: TopLevelCondition = {
      all: terms.map(({ fact, operator, value }) => ({ fact, operator: JSON_OPERATORS[operator], value })),
    };
    engine.addRule({ conditions, event: { type: ruleId(index) } });
  }
  return async (facts) => (await engine.run({ ...facts })).events.map(({ type }) => type).sort();
}

/** A table with a condition a row, all rows collected: the quickest of the forms in which the engine takes 60 rules. */
function zenEngine(rules: readonly Term[][]): { readonly run: Run; readonly dispose: () => void } {
  const engine = new ZenEngine();
  const rows = rules.map((terms, index) => ({
    _id: ruleId(index),
    when: terms.map((term) => `${term.fact} ${term.operator} ${JSON.stringify(term.value)}`).join(' and '),
    rule: JSON.stringify(ruleId(index)),
  }));
  const content = {
    hitPolicy: 'collect',
    inputs: [{ id: 'when', name: 'when' }],
    outputs: [{ id: 'rule', name: 'rule', field: 'rule' }],
    rules: rows,
  };
  const decision = engine.createDecision({
    nodes: [
      { id: 'in', name: 'in', type: 'inputNode', position: { x: 0, y: 0 } },
      { id: 'rules', name: 'rules', type: 'decisionTableNode', position: { x: 1, y: 0 }, content },
      { id: 'out', name: 'out', type: 'outputNode', position: { x: 2, y: 0 } },
    ],
    edges: [
      { id: 'a', sourceId: 'in', targetId: 'rules', type: 'edge' },
      { id: 'b', sourceId: 'rules', targetId: 'out', type: 'edge' },
    ],
  });
  const run: Run = async (facts) => {
    const { result } = await decision.evaluate(facts, { trace: true });
    const hits: { readonly rule: string }[] = result;
    return hits.map(({ rule }) => rule);
  };
  return { run, dispose: () => engine.dispose() };
}

export interface EngineBench {
  readonly rules: number;
  readonly agreedOn: number;
  /** Median microseconds of one listing. */
  readonly microseconds: Readonly<Record<'touchstone' | 'touchstoneStored' | 'jsonRulesEngine' | 'zenEngine', number>>;
  /** How many times quicker than the other engine; `stored` also writes every trace out. */
  readonly ratio: Readonly<
    Record<'jsonRulesEngine' | 'zenEngine' | 'storedJsonRulesEngine' | 'storedZenEngine', number>
  >;
}

/** Time of 60 three-term rules with trace on one listing, in three engines that are first shown to agree. */
export async function benchEngine(): Promise<EngineBench> {
  const rules = rulesOf(RULES);
  const ours = touchstone(rules);
  const theirs = jsonRulesEngine(rules);
  const zen = zenEngine(rules);
  const agreedOn = 200;
  for (let seed = 0; seed < agreedOn; seed++) {
    const facts = factsOf(seed);
    const expected = hitsOf(ours(signalsOf(facts)));
    for (const [name, run] of [
      ['json-rules-engine', theirs],
      ['zen-engine', zen.run],
    ] as const) {
      const actual = await run(facts);
      if (actual.join() !== expected.join())
        throw new Error(`${name} disagrees on listing ${seed}: ${actual} / ${expected}`);
    }
  }
  const listings = Array.from({ length: 500 }, (_, each) => factsOf(each));
  const signals = listings.map(signalsOf);
  let turn = 0;
  const next = <T>(from: readonly T[]): T => {
    turn = (turn + 1) % from.length;
    const each = from[turn];
    if (each === undefined) throw new Error('no listing to judge');
    return each;
  };
  const bench = new Bench({ time: 1_500, warmupTime: 300 });
  bench.add('touchstone', () => void ours(next(signals)));
  bench.add('touchstoneStored', () => void traceOf(ours(next(signals))));
  bench.add('jsonRulesEngine', async () => void (await theirs(next(listings))));
  bench.add('zenEngine', async () => void (await zen.run(next(listings))));
  await bench.run();
  zen.dispose();
  const median = (name: string): number => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !('latency' in result)) throw new Error(`${name} was not measured`);
    return result.latency.p50 * 1_000;
  };
  const microseconds = {
    touchstone: median('touchstone'),
    touchstoneStored: median('touchstoneStored'),
    jsonRulesEngine: median('jsonRulesEngine'),
    zenEngine: median('zenEngine'),
  };
  return {
    rules: RULES,
    agreedOn,
    microseconds,
    ratio: {
      jsonRulesEngine: microseconds.jsonRulesEngine / microseconds.touchstone,
      zenEngine: microseconds.zenEngine / microseconds.touchstone,
      storedJsonRulesEngine: microseconds.jsonRulesEngine / microseconds.touchstoneStored,
      storedZenEngine: microseconds.zenEngine / microseconds.touchstoneStored,
    },
  };
}

function hitsOf(assessment: ReturnType<ReturnType<typeof touchstone>>): string[] {
  return assessment.results.filter(({ outcome }) => outcome === 'hit').map(({ rule }) => rule.id);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  process.stdout.write(`${JSON.stringify(await benchEngine())}\n`);
}
