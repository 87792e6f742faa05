import { EvaluationFailure } from './arithmetic.ts';
import type { Frame } from './frame.ts';
import { anyMayFail, type BoolNode, costOf, isUnknown, missingOf, type Node } from './node.ts';

type BoolRun = BoolNode['run'];

/** Kleene conjunction (`decisive` false) or disjunction (`decisive` true) of two operands or more. */
export function junction(parts: readonly BoolNode[], decisive: boolean): BoolNode {
  const mayFail = anyMayFail(parts);
  const runs = parts.map((part) => part.run);
  return {
    kind: 'bool',
    cost: costOf(1, parts),
    mayFail,
    missing: missingOf(parts),
    run: mayFail ? guarded(runs, decisive) : unguarded(runs, decisive),
  };
}

function unguarded(runs: readonly BoolRun[], decisive: boolean): BoolRun {
  const [first, second, third] = runs;
  if (first !== undefined && second !== undefined && runs.length === 2) {
    return (frame) => {
      const left = first(frame);
      if (left === decisive) return decisive;
      const right = second(frame);
      if (right === decisive) return decisive;
      return left === undefined ? left : right;
    };
  }
  if (first !== undefined && second !== undefined && third !== undefined && runs.length === 3) {
    return (frame) => {
      const left = first(frame);
      if (left === decisive) return decisive;
      const middle = second(frame);
      if (middle === decisive) return decisive;
      const right = third(frame);
      if (right === decisive) return decisive;
      return left === undefined || middle === undefined ? undefined : right;
    };
  }
  return (frame) => {
    let result: boolean | undefined = !decisive;
    for (const run of runs) {
      const value = run(frame);
      if (value === decisive) return decisive;
      if (value === undefined) result = undefined;
    }
    return result;
  };
}

/** A deciding operand wins over a failed one, and an unknown one may still turn out to decide. */
function guarded(runs: readonly BoolRun[], decisive: boolean): BoolRun {
  return (frame) => {
    let result: boolean | undefined = !decisive;
    let failure: EvaluationFailure | null = null;
    for (const run of runs) {
      try {
        const value = run(frame);
        if (value === decisive) return decisive;
        if (value === undefined) result = undefined;
      } catch (error) {
        if (!(error instanceof EvaluationFailure)) throw error;
        failure ??= error;
      }
    }
    if (failure !== null && result !== undefined) throw failure;
    return result;
  };
}

export function negation(part: BoolNode): BoolNode {
  const { run } = part;
  return {
    kind: 'bool',
    cost: part.cost + 1,
    mayFail: part.mayFail,
    missing: part.missing,
    run: (frame) => {
      const value = run(frame);
      return value === undefined ? undefined : !value;
    },
  };
}

/** What the choice lacks: its condition, or else whatever the chosen branch lacks. */
export function missingOfChoice(condition: BoolNode, yes: Node, no: Node) {
  return (frame: Frame, names: Set<string>): void => {
    if (isUnknown(condition, frame)) condition.missing(frame, names);
    else (condition.run(frame) === true ? yes : no).missing(frame, names);
  };
}

export function choose<T>(
  condition: BoolRun,
  yes: (frame: Frame) => T | undefined,
  no: (frame: Frame) => T | undefined,
): (frame: Frame) => T | undefined {
  return (frame) => {
    const value = condition(frame);
    if (value === undefined) return undefined;
    return value ? yes(frame) : no(frame);
  };
}
