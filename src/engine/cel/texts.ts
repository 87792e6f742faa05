import { EvaluationFailure } from './arithmetic.ts';
import {
  anyMayFail,
  type BoolNode,
  costOf,
  ExpressionProblem,
  type IntNode,
  type ListNode,
  missingOf,
  type TextNode,
} from './node.ts';
import { PatternRefused, safePattern } from './pattern.ts';

/** Lengths that the cost bound assumes; longer texts and lists only take proportionally longer. */
export const LIST_BOUND = 32;
const TEXT_BOUND = 100;

type TextTest = (text: string, argument: string) => boolean;

const TESTS: ReadonlyMap<string, TextTest> = new Map<string, TextTest>([
  ['contains', (text, argument) => text.includes(argument)],
  ['startsWith', (text, argument) => text.startsWith(argument)],
  ['endsWith', (text, argument) => text.endsWith(argument)],
]);

/** A method of a string with one argument; null when there is none of that name. */
export function textMethod(name: string, text: TextNode, argument: TextNode, start: number): BoolNode | null {
  if (name === 'matches') return matches(text, argument, start);
  const test = TESTS.get(name);
  if (test === undefined) return null;
  const parts = [text, argument];
  const textRun = text.run;
  const argumentRun = argument.run;
  return {
    kind: 'bool',
    cost: costOf(TEXT_BOUND, parts),
    mayFail: anyMayFail(parts),
    missing: missingOf(parts),
    run: (frame) => {
      const value = textRun(frame);
      const other = argumentRun(frame);
      return value === undefined || other === undefined ? undefined : test(value, other);
    },
  };
}

function matches(text: TextNode, argument: TextNode, start: number): BoolNode {
  if (argument.constant === undefined) throw new ExpressionProblem('the pattern of matches() is a literal', start);
  const pattern = patternAt(argument.constant, start);
  const { run } = text;
  return {
    kind: 'bool',
    cost: text.cost + pattern.cost * TEXT_BOUND,
    mayFail: text.mayFail,
    missing: text.missing,
    run: (frame) => {
      const value = run(frame);
      return value === undefined ? undefined : pattern.expression.test(value);
    },
  };
}

function patternAt(source: string, start: number) {
  try {
    return safePattern(source);
  } catch (error) {
    if (error instanceof PatternRefused) throw new ExpressionProblem(`pattern "${source}": ${error.message}`, start);
    throw error;
  }
}

/** Code points of a string, elements of a list. */
export function sizeOf(node: TextNode | ListNode): IntNode {
  const base = { cost: node.cost + TEXT_BOUND, mayFail: node.mayFail, missing: node.missing, dimension: null };
  if (node.kind === 'string') {
    return {
      kind: 'int',
      ...base,
      run: (frame) => {
        const value = node.run(frame);
        return value === undefined ? undefined : BigInt(codePoints(value));
      },
    };
  }
  return {
    kind: 'int',
    ...base,
    run: (frame) => {
      const value = node.run(frame);
      return value === undefined ? undefined : BigInt(value.length);
    },
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Kleene disjunction (`exists`) or conjunction (`all`) of the predicate over the elements. */
export function listMacro(name: 'exists' | 'all', list: ListNode, variable: number, predicate: BoolNode): BoolNode {
  const decisive = name === 'exists';
  const listRun = list.run;
  const test = predicate.run;
  return {
    kind: 'bool',
    cost: list.cost + LIST_BOUND * predicate.cost,
    mayFail: predicate.mayFail,
    missing: (frame, names) => {
      const values = listRun(frame);
      if (values === undefined) return list.missing(frame, names);
      for (const value of values) {
        frame.texts[variable] = value;
        missingOf([predicate])(frame, names);
      }
    },
    run: (frame) => {
      const values = listRun(frame);
      if (values === undefined) return undefined;
      let result: boolean | undefined = !decisive;
      let failure: EvaluationFailure | null = null;
      for (const value of values) {
        frame.texts[variable] = value;
        try {
          const outcome = test(frame);
          if (outcome === decisive) return decisive;
          if (outcome === undefined) result = undefined;
        } catch (error) {
          if (!(error instanceof EvaluationFailure)) throw error;
          failure ??= error;
        }
      }
      if (failure !== null && result !== undefined) throw failure;
      return result;
    },
  };
}
