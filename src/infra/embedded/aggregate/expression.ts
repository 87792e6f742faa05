import { boolean, date, int32, int64, NULL } from '../bson/make.ts';
import { nearestDouble } from '../bson/number.ts';
import { ArrayNode, ObjectNode, sealed } from '../bson/tree.ts';
import { BsonType, elementsOf, field, fieldByBytes, itemsOf, typeName, type Value } from '../bson/value.ts';
import { ServerError } from '../errors.ts';
import { isTruthy } from '../match/parse.ts';
import { compareValues } from '../order.ts';
import { type Path, pathOf } from '../path.ts';
import { arithmetic } from '../update/operators.ts';

/** An expression of the exact subset: the value it has on a document, undefined when it is missing. */
export type Expression = (document: Value) => Value | undefined;

const MINUS_ONE = int32(-1);

const EMPTY = sealed(new ObjectNode());
let bound: Value | undefined;

/** Compiles what is evaluated exactly here; undefined for an expression that is outside of that subset. */
export function compileExpression(expression: Value, variables?: Value): Expression | undefined {
  return withVariables(variables, () => compile(expression));
}

/** Runs `action` with variables (`let`, a document of constant expressions) bound for what it compiles. */
export function withVariables<T>(variables: Value | undefined, action: () => T): T {
  if (variables === undefined) return action();
  const outer = bound;
  bound = evaluated(variables);
  try {
    return action();
  } finally {
    bound = outer;
  }
}

let evaluateOtherwise: (expression: Value) => Value = () => NULL;

/** Sets how a constant expression outside of the exact subset is evaluated. */
export function setConstantEvaluator(evaluate: (expression: Value) => Value): void {
  evaluateOtherwise = evaluate;
}

/** The variables with their values computed. */
export function evaluated(variables: Value): Value {
  const node = new ObjectNode();
  for (const { name, value } of elementsOf(variables)) {
    const expression = compile(value);
    node.set(name, expression === undefined ? evaluateOtherwise(value) : (expression(EMPTY) ?? NULL));
  }
  return sealed(node);
}

function compile(expression: Value): Expression | undefined {
  if (expression.type === BsonType.string) return compileText(expression);
  if (expression.type === BsonType.array) return compileArray(expression);
  if (expression.type !== BsonType.object) return () => expression;
  const [first] = elementsOf(expression);
  return first?.name.startsWith('$') ? compileOperator(first.name, first.value) : compileDocument(expression);
}

function compileText(expression: Value): Expression | undefined {
  const text = expression.asString();
  if (!text.startsWith('$')) return () => expression;
  if (text === '$$ROOT' || text === '$$CURRENT') return (document) => document;
  const variable = /^\$\$([a-z]\w*)/.exec(text)?.[1];
  if (variable !== undefined) return compileVariable(variable, text.slice(variable.length + 3));
  const dotted = text.replace(/^\$\$(ROOT|CURRENT)\./, '$').slice(1);
  if (dotted.startsWith('$') || dotted === '' || dotted.endsWith('.')) return undefined;
  const path = pathOf(dotted);
  return (document) => valueAt(document, path, 0);
}

/** Throws code 17276 for a variable that is not bound. */
function compileVariable(name: string, dotted: string): Expression {
  const value = bound === undefined ? undefined : field(bound, name);
  if (value === undefined) throw new ServerError(17276, `Use of undefined variable: ${name}`);
  const found = dotted === '' ? value : valueAt(value, pathOf(dotted), 0);
  return () => found;
}

/** A field path of an expression: through an array it gives the array of what its items have. */
function valueAt(document: Value, path: Path, from: number): Value | undefined {
  const step = path[from];
  if (step === undefined) return document;
  if (document.type === BsonType.array) {
    const result = new ArrayNode();
    for (const item of itemsOf(document)) {
      const value = valueAt(item, path, from);
      if (value !== undefined) result.values.push(value);
    }
    return sealed(result);
  }
  const value = document.type === BsonType.object ? fieldByBytes(document, step.bytes) : undefined;
  return value === undefined ? undefined : valueAt(value, path, from + 1);
}

function compileAll(values: readonly Value[]): Expression[] | undefined {
  const compiled: Expression[] = [];
  for (const value of values) {
    const expression = compileExpression(value);
    if (expression === undefined) return undefined;
    compiled.push(expression);
  }
  return compiled;
}

function compileArray(expression: Value): Expression | undefined {
  const items = compileAll(itemsOf(expression));
  if (items === undefined) return undefined;
  return (document) => {
    const result = new ArrayNode();
    result.values = items.map((item) => item(document) ?? NULL);
    return sealed(result);
  };
}

function compileDocument(expression: Value): Expression | undefined {
  const elements = elementsOf(expression);
  const values = compileAll(elements.map((element) => element.value));
  if (values === undefined || elements.some((element) => element.name.includes('.'))) return undefined;
  return (document) => {
    const result = new ObjectNode();
    elements.forEach(({ name }, at) => {
      const value = values[at]?.(document);
      if (value !== undefined) result.set(name, value);
    });
    return sealed(result);
  };
}

/** Operators that bind variables of their own. */
const SCOPES = new Set(['$let', '$map', '$filter', '$reduce']);

function compileOperator(name: string, operand: Value): Expression | undefined {
  if (name === '$literal') return () => operand;
  if (SCOPES.has(name)) return undefined;
  const given = operand.type === BsonType.array ? itemsOf(operand) : [operand];
  if (name === '$cond') return compileCondition(operand);
  const values = compileAll(given);
  if (values === undefined) return undefined;
  const [first, second] = values;
  switch (name) {
    case '$add':
      return (document) => reduceNumbers(name, values, document, (a, b) => arithmetic(a, b, false));
    case '$multiply':
      return (document) => reduceNumbers(name, values, document, (a, b) => arithmetic(a, b, true));
    case '$subtract':
      return values.length === 2 ? (document) => reduceNumbers(name, values, document, subtract) : undefined;
    case '$ifNull':
      return (document) => {
        let value: Value | undefined;
        for (const each of values) {
          value = each(document);
          if (value !== undefined && !value.isNullish) return value;
        }
        return value;
      };
    case '$and':
      return (document) => boolean(values.every((each) => truthOf(each(document))));
    case '$or':
      return (document) => boolean(values.some((each) => truthOf(each(document))));
    case '$not':
      return (document) => boolean(!truthOf(first?.(document)));
    default:
      return first !== undefined && second !== undefined ? compileComparison(name, first, second) : undefined;
  }
}

function truthOf(value: Value | undefined): boolean {
  return value !== undefined && isTruthy(value);
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  $eq: (order) => order === 0,
  $ne: (order) => order !== 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** A missing value is below every other, null included. */
function orderOf(left: Value | undefined, right: Value | undefined): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return compareValues(left, right);
}

function compileComparison(name: string, first: Expression, second: Expression): Expression | undefined {
  if (name === '$cmp') return (document) => int32(Math.sign(orderOf(first(document), second(document))));
  const holds = COMPARISONS[name];
  return holds && ((document) => boolean(holds(orderOf(first(document), second(document)))));
}

function compileCondition(operand: Value): Expression | undefined {
  const parts =
    operand.type === BsonType.object
      ? ['if', 'then', 'else'].map((name) => elementsOf(operand).find((element) => element.name === name)?.value)
      : operand.type === BsonType.array
        ? itemsOf(operand)
        : [];
  const present = parts.filter((part) => part !== undefined);
  const values = present.length === 3 ? compileAll(present) : undefined;
  if (values === undefined) return undefined;
  const [test, then, otherwise] = values;
  return (document) => (truthOf(test?.(document)) ? then : otherwise)?.(document);
}

function subtract(left: Value, right: Value): Value {
  return arithmetic(left, arithmetic(right, MINUS_ONE, true), false);
}

function milliseconds(value: Value): Value {
  return value.type === BsonType.date ? int64(value.asBigInt()) : value;
}

/** Null when an operand is null or missing; with dates, in milliseconds. Throws code 14 for anything else. */
function reduceNumbers(
  name: string,
  values: readonly Expression[],
  document: Value,
  combine: (left: Value, right: Value) => Value,
): Value {
  let result: Value | undefined;
  let dates = 0;
  for (const each of values) {
    const value = each(document);
    if (value === undefined || value.isNullish) return NULL;
    if (!value.isNumber && value.type !== BsonType.date) {
      throw new ServerError(14, `${name} only supports numeric or date types, not ${typeName(value.type)}`);
    }
    if (value.type === BsonType.date) dates += name === '$subtract' && result !== undefined ? -1 : 1;
    result = result === undefined ? milliseconds(value) : combine(result, milliseconds(value));
  }
  if (dates !== 1 || result === undefined) return result ?? int32(0);
  return date(Math.trunc(nearestDouble(result)));
}
