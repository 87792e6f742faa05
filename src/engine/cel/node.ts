import type { Bilingual } from '../../domain/signal.ts';
import { EvaluationFailure } from './arithmetic.ts';
import type { Frame } from './frame.ts';

interface NodeBase {
  /** Bound of the work of one run, in steps. */
  readonly cost: number;
  /** Whether a run can throw EvaluationFailure. */
  readonly mayFail: boolean;
  /** Adds the signals because of which `run` gave `undefined`. */
  readonly missing: (frame: Frame, names: Set<string>) => void;
}

export interface BoolNode extends NodeBase {
  readonly kind: 'bool';
  readonly run: (frame: Frame) => boolean | undefined;
}

export interface IntNode extends NodeBase {
  readonly kind: 'int';
  /** What is counted; null for a plain number, which goes with anything. */
  readonly dimension: string | null;
  readonly constant?: bigint;
  readonly slot?: number;
  readonly run: (frame: Frame) => bigint | undefined;
}

export interface TextNode extends NodeBase {
  readonly kind: 'string';
  readonly codes?: Readonly<Record<string, Bilingual>>;
  readonly constant?: string;
  readonly run: (frame: Frame) => string | undefined;
}

export interface ListNode extends NodeBase {
  readonly kind: 'strings';
  readonly run: (frame: Frame) => readonly string[] | undefined;
}

/** A compiled expression: `run` gives its value, `undefined` when that hangs on an unknown signal. */
export type Node = BoolNode | IntNode | TextNode | ListNode;

/** A part of an expression that the rule language does not accept, at a range of the source text. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';
  readonly start: number;

  constructor(reason: string, start: number) {
    super(reason);
    this.start = start;
  }
}

export const nothingMissing = (): void => undefined;

export function isUnknown(node: Node, frame: Frame): boolean {
  try {
    return node.run(frame) === undefined;
  } catch (error) {
    if (error instanceof EvaluationFailure) return false;
    throw error;
  }
}

/** What is missing of an expression that is unknown because some of its parts are. */
export function missingOf(parts: readonly Node[]): (frame: Frame, names: Set<string>) => void {
  return (frame, names) => {
    for (const part of parts) if (isUnknown(part, frame)) part.missing(frame, names);
  };
}

export function costOf(own: number, parts: readonly Node[]): number {
  return parts.reduce((sum, part) => sum + part.cost, own);
}

export function anyMayFail(parts: readonly Node[]): boolean {
  return parts.some((part) => part.mayFail);
}
