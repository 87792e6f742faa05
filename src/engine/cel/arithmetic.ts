import { bps } from '../../domain/money.ts';

/** A calculation that has no value: overflow of 64 bits or division by zero. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';
}

const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

export function fitsInt64(value: bigint): boolean {
  return value >= LEAST && value <= GREATEST;
}

export function checkedInt64(value: bigint): bigint {
  if (!fitsInt64(value)) throw new EvaluationFailure(`integer overflow: ${value}`);
  return value;
}

/** Quotient towards zero, as CEL has it. */
export function divide(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new EvaluationFailure('division by zero');
  return checkedInt64(left / right);
}

/** Remainder with the sign of the dividend. */
export function remainder(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new EvaluationFailure('division by zero');
  return left % right;
}

/** `rate` basis points of `amount`, rounded to the nearest minor unit, halves to the even one. */
export function basisPointsOf(amount: bigint, rate: bigint): bigint {
  return checkedInt64(bps(amount, rate));
}
