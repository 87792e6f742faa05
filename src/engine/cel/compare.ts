import type { Frame } from './frame.ts';
import { anyMayFail, type BoolNode, costOf, type IntNode, missingOf, type Node, type TextNode } from './node.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

type IntTest = (left: bigint, right: bigint) => boolean;

const INT_TESTS: Readonly<Record<Comparison, IntTest>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

export function compareInts(operator: Comparison, left: IntNode, right: IntNode): BoolNode {
  return node([left, right], intRun(operator, left, right));
}

export function equalTexts(equal: boolean, left: TextNode, right: TextNode): BoolNode {
  const constant = right.constant;
  const leftRun = left.run;
  if (constant !== undefined) {
    return node([left, right], (frame) => {
      const value = leftRun(frame);
      return value === undefined ? undefined : (value === constant) === equal;
    });
  }
  const rightRun = right.run;
  return node([left, right], (frame) => {
    const value = leftRun(frame);
    const other = rightRun(frame);
    return value === undefined || other === undefined ? undefined : (value === other) === equal;
  });
}

export function equalBools(equal: boolean, left: BoolNode, right: BoolNode): BoolNode {
  const leftRun = left.run;
  const rightRun = right.run;
  return node([left, right], (frame) => {
    const value = leftRun(frame);
    const other = rightRun(frame);
    return value === undefined || other === undefined ? undefined : (value === other) === equal;
  });
}

/** `x in [a, b]`: true as soon as one element equals, unknown while an unknown element might. */
export function memberOfLiteral(element: IntNode | TextNode, elements: readonly (IntNode | TextNode)[]): BoolNode {
  const constants = elements.map((each) => each.constant);
  if (constants.every((each) => each !== undefined)) {
    const set = new Set<bigint | string | undefined>(constants);
    return node([element, ...elements], (frame) => {
      const value = element.run(frame);
      return value === undefined ? undefined : set.has(value);
    });
  }
  return node([element, ...elements], (frame) => {
    const value = element.run(frame);
    if (value === undefined) return undefined;
    let result: boolean | undefined = false;
    for (const each of elements) {
      const candidate = each.run(frame);
      if (candidate === value) return true;
      if (candidate === undefined) result = undefined;
    }
    return result;
  });
}

function node(parts: readonly Node[], run: BoolNode['run']): BoolNode {
  return { kind: 'bool', cost: costOf(1, parts), mayFail: anyMayFail(parts), missing: missingOf(parts), run };
}

/** Signal against number and signal against signal are nearly all that rules do: they read their slots directly. */
function intRun(operator: Comparison, left: IntNode, right: IntNode): (frame: Frame) => boolean | undefined {
  const slot = left.slot;
  if (slot !== undefined && right.constant !== undefined) return slotAgainstConstant(operator, slot, right.constant);
  if (slot !== undefined && right.slot !== undefined) return slotAgainstSlot(operator, slot, right.slot);
  const test = INT_TESTS[operator];
  const leftRun = left.run;
  const rightRun = right.run;
  return (frame) => {
    const value = leftRun(frame);
    const other = rightRun(frame);
    return value === undefined || other === undefined ? undefined : test(value, other);
  };
}

function slotAgainstConstant(
  operator: Comparison,
  slot: number,
  constant: bigint,
): (frame: Frame) => boolean | undefined {
  switch (operator) {
    case '>':
      return (frame) => {
        const value = frame.ints[slot];
        return value === undefined ? undefined : value > constant;
      };
    case '>=':
      return (frame) => {
        const value = frame.ints[slot];
        return value === undefined ? undefined : value >= constant;
      };
    case '<':
      return (frame) => {
        const value = frame.ints[slot];
        return value === undefined ? undefined : value < constant;
      };
    case '<=':
      return (frame) => {
        const value = frame.ints[slot];
        return value === undefined ? undefined : value <= constant;
      };
    default: {
      const equal = operator === '==';
      return (frame) => {
        const value = frame.ints[slot];
        return value === undefined ? undefined : (value === constant) === equal;
      };
    }
  }
}

function slotAgainstSlot(operator: Comparison, left: number, right: number): (frame: Frame) => boolean | undefined {
  const test = INT_TESTS[operator];
  return (frame) => {
    const value = frame.ints[left];
    const other = frame.ints[right];
    return value === undefined || other === undefined ? undefined : test(value, other);
  };
}
