import { basisPointsOf, checkedInt64, divide, remainder } from './arithmetic.ts';
import { costOf, ExpressionProblem, type IntNode, missingOf } from './node.ts';

export type Arithmetic = '+' | '-' | '*' | '/' | '%';

const CALCULATIONS: Readonly<Record<Arithmetic, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => checkedInt64(left + right),
  '-': (left, right) => checkedInt64(left - right),
  '*': (left, right) => checkedInt64(left * right),
  '/': divide,
  '%': remainder,
};

export function calculate(operator: Arithmetic, left: IntNode, right: IntNode, start: number): IntNode {
  const dimension = resultDimension(operator, left.dimension, right.dimension);
  if (dimension === undefined) {
    throw new ExpressionProblem(`${left.dimension} ${operator} ${right.dimension} has no meaning`, start);
  }
  return calculation(dimension, CALCULATIONS[operator], left, right);
}

/** `bps(amount, rate)`. */
export function shareOf(amount: IntNode, rate: IntNode, start: number): IntNode {
  if (rate.dimension !== 'bps' && rate.dimension !== null) {
    throw new ExpressionProblem(`the rate of bps() is in basis points, not ${rate.dimension}`, start);
  }
  return calculation(amount.dimension, basisPointsOf, amount, rate);
}

/** The dimension that both sides have; throws ExpressionProblem when they differ. A plain number goes with any. */
export function sameDimension(left: IntNode, right: IntNode, start: number): string | null {
  if (left.dimension !== null && right.dimension !== null && left.dimension !== right.dimension) {
    throw new ExpressionProblem(`${left.dimension} cannot be compared with ${right.dimension}`, start);
  }
  return left.dimension ?? right.dimension;
}

/** Undefined when the operation means nothing: amounts are not multiplied, and rates only apply through bps(). */
function resultDimension(operator: Arithmetic, left: string | null, right: string | null): string | null | undefined {
  if (operator === '+' || operator === '-') {
    return left === null || right === null || left === right ? (left ?? right) : undefined;
  }
  if (right === null) return left;
  if (operator === '*') return left === null ? right : undefined;
  if (left !== right) return undefined;
  return operator === '/' ? null : left;
}

function calculation(
  dimension: string | null,
  result: (left: bigint, right: bigint) => bigint,
  left: IntNode,
  right: IntNode,
): IntNode {
  const leftRun = left.run;
  const rightRun = right.run;
  return {
    kind: 'int',
    cost: costOf(1, [left, right]),
    mayFail: true,
    dimension,
    missing: missingOf([left, right]),
    run: (frame) => {
      const value = leftRun(frame);
      const other = rightRun(frame);
      return value === undefined || other === undefined ? undefined : result(value, other);
    },
  };
}
