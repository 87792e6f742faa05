import { TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { type Registry, type Scope, type SignalType, VISIBLE_SCOPES } from '../registry.ts';
import { basisPointsOf } from './arithmetic.ts';
import { Compiler } from './compile.ts';
import type { FrameLayout, Slot } from './frame.ts';
import { type BoolNode, ExpressionProblem } from './node.ts';

/** Steps that one rule may need at most, by the bound computed when it is loaded. */
export const MOST_COST = 20_000;

export interface Condition {
  readonly node: BoolNode;
  readonly reads: readonly Slot[];
}

const CEL_TYPES: Readonly<Record<SignalType, string>> = {
  bool: 'bool',
  int: 'int',
  money: 'int',
  bps: 'int',
  instant: 'int',
  string: 'string',
  strings: 'list<string>',
};

/** The library's environment with the signals that a rule of this scope may read as typed variables. */
export function celEnvironment(registry: Registry, scope: Scope): Environment {
  const schemas = new Map<string, Record<string, string>>();
  for (const { name, type, scope: owner } of registry.definitions) {
    if (!VISIBLE_SCOPES[scope].includes(owner)) continue;
    const [namespace = '', fact = ''] = name.split('.');
    const schema = schemas.get(namespace) ?? {};
    schema[fact] = CEL_TYPES[type];
    schemas.set(namespace, schema);
  }
  const environment = new Environment({
    limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 100, maxMapEntries: 0, maxCallArguments: 2 },
  });
  for (const [name, schema] of schemas) environment.registerVariable({ name, schema });
  environment.registerFunction('bps(int, int): int', basisPointsOf);
  return environment;
}

/** Parses, type-checks and compiles one condition. Throws ExpressionProblem. */
export function compileCondition(
  source: string,
  environment: Environment,
  registry: Registry,
  layout: FrameLayout,
  scope: Scope,
): Condition {
  const parsed = parse(source, environment);
  const compiler = new Compiler(registry, layout, scope);
  const node = compiler.condition(parsed.ast);
  const checked = parsed.check();
  if (!checked.valid) throw new ExpressionProblem(checked.error?.message ?? 'does not type-check', 0);
  if (node.cost > MOST_COST) {
    throw new ExpressionProblem(`the condition may need ${node.cost} steps, more than ${MOST_COST}`, 0);
  }
  return { node, reads: [...compiler.reads.values()] };
}

function parse(source: string, environment: Environment) {
  try {
    return environment.parse(source);
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
      throw new ExpressionProblem(error.summary, error.range?.start ?? 0);
    }
    throw error;
  }
}
