import type { ASTNode } from '@marcbachmann/cel-js';
import type { Registry, Scope } from '../registry.ts';
import { VISIBLE_SCOPES } from '../registry.ts';
import { didYouMean } from '../suggest.ts';
import { checkedInt64, fitsInt64 } from './arithmetic.ts';
import { type Comparison, compareInts, equalBools, equalTexts, memberOfLiteral } from './compare.ts';
import { calculate, sameDimension, shareOf } from './dimension.ts';
import type { FrameLayout, Slot } from './frame.ts';
import { choose, junction, missingOfChoice, negation } from './logic.ts';
import {
  anyMayFail,
  type BoolNode,
  costOf,
  ExpressionProblem,
  type IntNode,
  missingOf,
  type Node,
  nothingMissing,
  type TextNode,
} from './node.ts';
import { LIST_BOUND, listMacro, sizeOf, textMethod } from './texts.ts';

const FUNCTIONS = ['bps', 'has', 'size'];
const METHODS = ['contains', 'startsWith', 'endsWith', 'matches', 'size', 'exists', 'all'];

/** Compiles one rule's syntax tree; collects the signals that it reads. Throws ExpressionProblem. */
export class Compiler {
  readonly reads = new Map<string, Slot>();
  private readonly registry: Registry;
  private readonly layout: FrameLayout;
  private readonly scope: Scope;
  private readonly variables = new Map<string, number>();

  constructor(registry: Registry, layout: FrameLayout, scope: Scope) {
    this.registry = registry;
    this.layout = layout;
    this.scope = scope;
  }

  condition(ast: ASTNode): BoolNode {
    return this.bool(ast);
  }

  /** The slot of a signal that this rule may read; throws ExpressionProblem with a suggestion. */
  signal(name: string, start: number): Slot {
    const definition = this.registry.find(name);
    if (definition === undefined) {
      throw new ExpressionProblem(`no signal is named "${name}"${didYouMean(name, this.registry.names)}`, start);
    }
    if (!VISIBLE_SCOPES[this.scope].includes(definition.scope)) {
      throw new ExpressionProblem(
        `"${name}" is a ${definition.scope} signal; the rule's scope is ${this.scope}`,
        start,
      );
    }
    const slot = this.layout.slotOf(definition);
    this.reads.set(name, slot);
    return slot;
  }

  private node(ast: ASTNode): Node {
    switch (ast.op) {
      case 'value':
        return literal(ast.args, ast.start);
      case 'id':
        return this.variable(ast.args, ast.start);
      case '.':
        return this.read(ast);
      case '&&':
      case '||':
        return junction(this.operands(ast, ast.op), ast.op === '||');
      case '!_':
        return negation(this.bool(ast.args));
      case '-_':
        return this.minus(ast.args, ast.start);
      case '?:':
        return this.choice(ast.args, ast.start);
      case 'in':
        return this.membership(ast.args, ast.start);
      case 'call':
        return this.call(ast.args, ast.start);
      case 'rcall':
        return this.method(ast.args, ast.start);
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return calculate(ast.op, this.int(ast.args[0]), this.int(ast.args[1]), ast.start);
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.comparison(ast.op, ast.args, ast.start);
      default:
        throw new ExpressionProblem(`"${sourceOf(ast)}" is outside the rule language`, ast.start);
    }
  }

  private bool(ast: ASTNode): BoolNode {
    const node = this.node(ast);
    if (node.kind !== 'bool') throw new ExpressionProblem(`a condition is needed here, not a ${node.kind}`, ast.start);
    return node;
  }

  private int(ast: ASTNode): IntNode {
    const node = this.node(ast);
    if (node.kind !== 'int') throw new ExpressionProblem(`a number is needed here, not a ${node.kind}`, ast.start);
    return node;
  }

  private text(ast: ASTNode): TextNode {
    const node = this.node(ast);
    if (node.kind !== 'string') throw new ExpressionProblem(`a string is needed here, not a ${node.kind}`, ast.start);
    return node;
  }

  private operands(ast: ASTNode, operator: '&&' | '||'): BoolNode[] {
    if (ast.op !== operator) return [this.bool(ast)];
    return [...this.operands(ast.args[0], operator), ...this.operands(ast.args[1], operator)];
  }

  private variable(name: string, start: number): TextNode {
    const index = this.variables.get(name);
    if (index === undefined) {
      throw new ExpressionProblem(`"${name}" alone is not a signal${didYouMean(name, this.registry.names)}`, start);
    }
    return { kind: 'string', cost: 1, mayFail: false, missing: nothingMissing, run: (frame) => frame.texts[index] };
  }

  private read(ast: ASTNode): Node {
    const slot = this.signal(signalName(ast), ast.start);
    const { index, definition } = slot;
    const base = {
      cost: 1,
      mayFail: false,
      missing: (_frame: unknown, names: Set<string>) => void names.add(definition.name),
    };
    switch (slot.kind) {
      case 'bools':
        return { kind: 'bool', ...base, run: (frame) => frame.bools[index] };
      case 'texts': {
        const codes = definition.codes === undefined ? {} : { codes: definition.codes };
        return { kind: 'string', ...base, ...codes, run: (frame) => frame.texts[index] };
      }
      case 'lists':
        return { kind: 'strings', ...base, run: (frame) => frame.lists[index] };
      case 'ints': {
        const dimension = definition.type === 'int' ? (definition.unit ?? 'count') : definition.type;
        return { kind: 'int', ...base, dimension, slot: index, run: (frame) => frame.ints[index] };
      }
    }
  }

  private minus(ast: ASTNode, start: number): IntNode {
    if (ast.op === 'value' && typeof ast.args === 'bigint') return integer(-ast.args, start);
    const part = this.int(ast);
    const { run } = part;
    return {
      kind: 'int',
      cost: part.cost + 1,
      mayFail: true,
      dimension: part.dimension,
      missing: part.missing,
      run: (frame) => {
        const value = run(frame);
        return value === undefined ? undefined : checkedInt64(-value);
      },
    };
  }

  private comparison(operator: Comparison, args: readonly [ASTNode, ASTNode], start: number): BoolNode {
    const left = this.node(args[0]);
    const right = this.node(args[1]);
    const equality = operator === '==' || operator === '!=';
    if (left.kind === 'int' && right.kind === 'int') {
      sameDimension(left, right, start);
      return compareInts(operator, left, right);
    }
    if (equality && left.kind === 'string' && right.kind === 'string') {
      knownCode(left, right, start);
      return equalTexts(operator === '==', left, right);
    }
    if (equality && left.kind === 'bool' && right.kind === 'bool') return equalBools(operator === '==', left, right);
    throw new ExpressionProblem(`${left.kind} ${operator} ${right.kind} is outside the rule language`, start);
  }

  private choice(args: readonly [ASTNode, ASTNode, ASTNode], start: number): Node {
    const condition = this.bool(args[0]);
    const yes = this.node(args[1]);
    const no = this.node(args[2]);
    const parts = [condition, yes, no];
    const base = {
      cost: costOf(1, parts),
      mayFail: anyMayFail(parts),
      missing: missingOfChoice(condition, yes, no),
    };
    if (yes.kind === 'bool' && no.kind === 'bool') {
      return { kind: 'bool', ...base, run: choose(condition.run, yes.run, no.run) };
    }
    if (yes.kind === 'int' && no.kind === 'int') {
      const dimension = sameDimension(yes, no, start);
      return { kind: 'int', ...base, dimension, run: choose(condition.run, yes.run, no.run) };
    }
    if (yes.kind === 'string' && no.kind === 'string') {
      return { kind: 'string', ...base, run: choose(condition.run, yes.run, no.run) };
    }
    throw new ExpressionProblem(`both branches must be of one type, not ${yes.kind} and ${no.kind}`, start);
  }

  private membership(args: readonly [ASTNode, ASTNode], start: number): BoolNode {
    const element = this.node(args[0]);
    if (args[1].op !== 'list') {
      const list = this.node(args[1]);
      if (element.kind !== 'string' || list.kind !== 'strings') {
        throw new ExpressionProblem(`${element.kind} in ${list.kind} is outside the rule language`, start);
      }
      return contains(element, list);
    }
    if (element.kind !== 'int' && element.kind !== 'string') {
      throw new ExpressionProblem(`${element.kind} in a list is outside the rule language`, start);
    }
    const elements = args[1].args.map((each): IntNode | TextNode => {
      const node = this.node(each);
      if (node.mayFail) throw new ExpressionProblem('an element of a list is a literal or a signal', each.start);
      if (node.kind === 'int' && element.kind === 'int') sameDimension(element, node, each.start);
      else if (node.kind === 'string' && element.kind === 'string') knownCode(element, node, each.start);
      else throw new ExpressionProblem(`a list searched for a ${element.kind} holds a ${node.kind}`, each.start);
      return node;
    });
    return memberOfLiteral(element, elements);
  }

  private call(args: readonly [string, ASTNode[]], start: number): Node {
    const [name, [first, second]] = args;
    if (name === 'has' && first !== undefined) return this.has(first);
    if (name === 'size' && first !== undefined) return this.size(this.node(first), start);
    if (name === 'bps' && first !== undefined && second !== undefined) {
      return shareOf(this.int(first), this.int(second), second.start);
    }
    throw new ExpressionProblem(
      `"${name}" is not a function of the rule language${didYouMean(name, FUNCTIONS)}`,
      start,
    );
  }

  private has(ast: ASTNode): BoolNode {
    if (ast.op !== '.') throw new ExpressionProblem('has() takes one signal', ast.start);
    const { kind, index } = this.signal(signalName(ast), ast.start);
    return {
      kind: 'bool',
      cost: 1,
      mayFail: false,
      missing: nothingMissing,
      run: (frame) => frame[kind][index] !== undefined,
    };
  }

  private size(node: Node, start: number): IntNode {
    if (node.kind === 'string' || node.kind === 'strings') return sizeOf(node);
    throw new ExpressionProblem(`a ${node.kind} has no size`, start);
  }

  private method(args: readonly [string, ASTNode, ASTNode[]], start: number): Node {
    const [name, receiverAst, [first, second]] = args;
    const receiver = this.node(receiverAst);
    if (name === 'size' && first === undefined) return this.size(receiver, start);
    if ((name === 'exists' || name === 'all') && first !== undefined && second !== undefined) {
      if (receiver.kind !== 'strings') throw new ExpressionProblem(`${name}() needs a list of strings`, start);
      if (first.op !== 'id') throw new ExpressionProblem(`the first argument of ${name}() is a name`, first.start);
      const index = this.layout.localText();
      const outer = this.variables.get(first.args);
      this.variables.set(first.args, index);
      const predicate = this.bool(second);
      if (outer === undefined) this.variables.delete(first.args);
      else this.variables.set(first.args, outer);
      return listMacro(name, receiver, index, predicate);
    }
    if (receiver.kind === 'string' && first !== undefined) {
      const found = textMethod(name, receiver, this.text(first), start);
      if (found !== null) return found;
    }
    throw new ExpressionProblem(
      `${receiver.kind}.${name}() is not in the rule language${didYouMean(name, METHODS)}`,
      start,
    );
  }
}

function contains(element: TextNode, list: Node & { kind: 'strings' }): BoolNode {
  const parts = [element, list];
  const elementRun = element.run;
  const listRun = list.run;
  return {
    kind: 'bool',
    cost: costOf(LIST_BOUND, parts),
    mayFail: anyMayFail(parts),
    missing: missingOf(parts),
    run: (frame) => {
      const value = elementRun(frame);
      const values = listRun(frame);
      return value === undefined || values === undefined ? undefined : values.includes(value);
    },
  };
}

function knownCode(left: TextNode, right: TextNode, start: number): void {
  const codes = left.codes ?? right.codes;
  const constant = left.constant ?? right.constant;
  if (codes === undefined || constant === undefined || Object.hasOwn(codes, constant)) return;
  throw new ExpressionProblem(
    `"${constant}" is not one of its codes${didYouMean(constant, Object.keys(codes))}`,
    start,
  );
}

function literal(value: unknown, start: number): Node {
  const base = { cost: 0, mayFail: false, missing: nothingMissing };
  if (typeof value === 'boolean') return { kind: 'bool', ...base, run: () => value };
  if (typeof value === 'string') {
    const constant = interned(value);
    return { kind: 'string', ...base, constant, run: () => constant };
  }
  if (typeof value === 'bigint') return integer(value, start);
  const what = typeof value === 'number' ? `the decimal number ${value}` : 'this literal';
  throw new ExpressionProblem(`${what} is outside the rule language`, start);
}

/** The engine's own copy of a text: one cut out of a source file is compared letter by letter, this one by address. */
function interned(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}

function integer(value: bigint, start: number): IntNode {
  if (!fitsInt64(value)) throw new ExpressionProblem(`${value} does not fit in 64 bits`, start);
  return {
    kind: 'int',
    cost: 0,
    mayFail: false,
    missing: nothingMissing,
    dimension: null,
    constant: value,
    run: () => value,
  };
}

function signalName(ast: ASTNode): string {
  if (ast.op === 'id') return ast.args;
  if (ast.op === '.') return `${signalName(ast.args[0])}.${ast.args[1]}`;
  throw new ExpressionProblem(`"${sourceOf(ast)}" is not a signal`, ast.start);
}

function sourceOf(ast: ASTNode): string {
  return ast.input.slice(ast.start, ast.end);
}
