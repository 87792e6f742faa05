import { nearestDouble, wholeNumber } from '../bson/number.ts';
import { BsonType, byteAt, type Element, elementsOf, field, itemsOf, typeName, type Value } from '../bson/value.ts';
import { badValue, failedToParse, ServerError, typeMismatch } from '../errors.ts';
import { pathOf } from '../path.ts';
import {
  AllNode,
  AndNode,
  ConstantNode,
  ElemMatchNode,
  ExpressionNode,
  LeafNode,
  type MatchNode,
  NotNode,
  OrNode,
} from './nodes.ts';
import {
  type BitOperator,
  BitTest,
  Comparison,
  Existence,
  Membership,
  Modulo,
  type Predicate,
  type RegexTest,
  SizeTest,
  TypeTest,
} from './predicates.ts';
import { compileRegex, regexOf, regexParts } from './regex.ts';
import { typesOf } from './types.ts';

/** Evaluates an aggregation expression on a document to true or false; given by the aggregation side. */
export type ExpressionCompiler = (expression: Value, variables: Value | undefined) => (document: Value) => boolean;

let expressionCompiler: ExpressionCompiler = () => {
  throw new ServerError(115, '$expr is not available here');
};

export function setExpressionCompiler(compiler: ExpressionCompiler): void {
  expressionCompiler = compiler;
}

let boundVariables: Value | undefined;

/** `parseFilter` with variables (`let`) that its expressions may use. */
export function parseFilterWith(filter: Value, variables: Value | undefined): MatchNode {
  boundVariables = variables;
  try {
    return parseFilter(filter);
  } finally {
    boundVariables = undefined;
  }
}

/** Parses a filter document. Throws the server's code for what is malformed or not supported. */
export function parseFilter(filter: Value): MatchNode {
  const children: MatchNode[] = [];
  for (const element of elementsOf(filter)) {
    const node = element.name.startsWith('$') ? parseTopLevel(element) : parseField(element.name, element.value);
    if (node !== undefined) children.push(node);
  }
  const [only] = children;
  return children.length === 1 && only !== undefined ? only : new AndNode(children);
}

function parseTopLevel({ name, value }: Element): MatchNode | undefined {
  switch (name) {
    case '$and':
      return new AndNode(parseList(name, value));
    case '$or':
      return new OrNode(parseList(name, value));
    case '$nor':
      return new NotNode(new OrNode(parseList(name, value)));
    case '$expr':
      return new ExpressionNode(expressionCompiler(value, boundVariables));
    case '$comment':
      return undefined;
    case '$alwaysTrue':
      return new ConstantNode(true);
    case '$alwaysFalse':
      return new ConstantNode(false);
    case '$where':
    case '$text':
    case '$jsonSchema':
    case '$sampleRate':
      throw new ServerError(115, `${name} is not supported by the embedded database`);
    default:
      throw badValue(
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function parseList(name: string, value: Value): MatchNode[] {
  if (value.type !== BsonType.array) throw badValue(`${name} must be an array`);
  const items = itemsOf(value);
  if (items.length === 0) throw badValue(`${name} argument must be a non-empty array`);
  return items.map((item) => {
    if (item.type !== BsonType.object) throw badValue(`${name} argument's entries must be objects`);
    return parseFilter(item);
  });
}

function firstName(value: Value): string {
  if (value.type !== BsonType.object || value.end - value.start <= 5) return '';
  return elementsOf(value)[0]?.name ?? '';
}

/** Whether a value is `{ $operator: ... }` and not a document to be equal to. */
function isOperatorDocument(value: Value): boolean {
  if (value.type !== BsonType.object || value.bytes[value.start + 5] !== 0x24) return false;
  const name = firstName(value);
  return name !== '$ref' && name !== '$id' && name !== '$db';
}

function leaf(dotted: string, predicate: Predicate): LeafNode {
  return new LeafNode(dotted, pathOf(dotted), predicate);
}

function parseField(dotted: string, value: Value): MatchNode {
  if (value.type === BsonType.regex) return leaf(dotted, regexOf(value));
  if (!isOperatorDocument(value)) return leaf(dotted, new Comparison('$eq', value));
  const nodes = parseOperators(dotted, value);
  const [only] = nodes;
  return nodes.length === 1 && only !== undefined ? only : new AndNode(nodes);
}

function parseOperators(dotted: string, operators: Value): MatchNode[] {
  const nodes: MatchNode[] = [];
  for (const { name, value } of elementsOf(operators)) {
    if (name === '$options') {
      if (field(operators, '$regex') === undefined) throw badValue('$options needs a $regex');
      continue;
    }
    nodes.push(parseOperator(dotted, name, value, operators));
  }
  return nodes;
}

function parseOperator(dotted: string, name: string, value: Value, siblings: Value): MatchNode {
  switch (name) {
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (value.type === BsonType.regex && name !== '$eq')
        throw badValue(`Can't have RegEx as arg to predicate over field '${dotted}'.`);
      return leaf(dotted, new Comparison(name, value));
    case '$ne':
      if (value.type === BsonType.regex) throw badValue("Can't have regex as arg to $ne.");
      return new NotNode(leaf(dotted, new Comparison('$eq', value)));
    case '$in':
      return leaf(dotted, parseMembership(name, value));
    case '$nin':
      return new NotNode(leaf(dotted, parseMembership(name, value)));
    case '$not':
      return new NotNode(parseNegated(dotted, value));
    case '$exists':
      return isTruthy(value) ? leaf(dotted, new Existence()) : new NotNode(leaf(dotted, new Existence()));
    case '$type':
      return leaf(dotted, new TypeTest(typesOf(value)));
    case '$regex':
      return leaf(dotted, parseRegex(value, siblings));
    case '$size':
      return leaf(dotted, parseSize(value));
    case '$mod':
      return leaf(dotted, parseModulo(value));
    case '$all':
      return parseAll(dotted, value);
    case '$elemMatch':
      return parseElemMatch(dotted, value);
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return leaf(dotted, parseBits(name, value));
    case '$geoWithin':
    case '$geoIntersects':
    case '$near':
    case '$nearSphere':
    case '$within':
      throw new ServerError(115, `${name} is not supported by the embedded database`);
    default:
      throw badValue(`unknown operator: ${name}`);
  }
}

/** Truth as the server's own options read it: zero, null, undefined and false are false. */
export function isTruthy(value: Value): boolean {
  if (value.type === BsonType.boolean) return value.asBoolean();
  if (value.isNullish) return false;
  return value.isNumber ? nearestDouble(value) !== 0 : true;
}

function parseMembership(name: string, value: Value): Membership {
  if (value.type !== BsonType.array) throw badValue(`${name} needs an array`);
  const values: Value[] = [];
  const patterns: RegexTest[] = [];
  for (const item of itemsOf(value)) {
    if (isOperatorDocument(item)) throw badValue(`cannot nest $ under ${name}`);
    if (item.type === BsonType.regex) patterns.push(regexOf(item));
    values.push(item);
  }
  return new Membership(values, patterns);
}

function parseNegated(dotted: string, value: Value): MatchNode {
  if (value.type === BsonType.regex) return leaf(dotted, regexOf(value));
  if (value.type !== BsonType.object) throw badValue('$not needs a regex or a document');
  if (firstName(value) === '') throw badValue('$not cannot be empty');
  if (!isOperatorDocument(value)) throw badValue(`unknown operator: ${firstName(value)}`);
  return new AndNode(parseOperators(dotted, value));
}

function parseRegex(value: Value, siblings: Value): RegexTest {
  const options = field(siblings, '$options');
  if (options !== undefined && options.type !== BsonType.string) throw badValue('$options has to be a string');
  if (value.type === BsonType.regex) {
    const { source, flags } = regexParts(value);
    if (options !== undefined && flags !== '') throw new ServerError(51075, 'options set in both $regex and $options');
    return compileRegex(source, options?.asString() ?? flags);
  }
  if (value.type !== BsonType.string) throw badValue('$regex has to be a string');
  return compileRegex(value.asString(), options?.asString() ?? '');
}

function parseSize(value: Value): SizeTest {
  const size = value.isNumber ? wholeNumber(value) : undefined;
  if (size === undefined)
    throw failedToParse(`Failed to parse $size. Expected an integer, found ${typeName(value.type)}`);
  if (size < 0n) throw failedToParse('Failed to parse $size. Expected a non-negative number');
  return new SizeTest(Number(size));
}

function parseModulo(value: Value): Modulo {
  if (value.type !== BsonType.array) throw badValue('malformed mod, needs to be an array');
  const items = itemsOf(value);
  const [divisor, remainder] = items;
  if (divisor === undefined || remainder === undefined) throw badValue('malformed mod, not enough elements');
  if (items.length > 2) throw badValue('malformed mod, too many elements');
  if (!divisor.isNumber || !remainder.isNumber) throw badValue('malformed mod, divisor and remainder must be numbers');
  const [by, rest] = [nearestDouble(divisor), nearestDouble(remainder)];
  if (!Number.isFinite(by) || !Number.isFinite(rest)) throw badValue('malformed mod, operand is not finite');
  if (Math.trunc(by) === 0) throw badValue('divisor cannot be 0');
  return new Modulo(wholeNumber(divisor) ?? BigInt(Math.trunc(by)), wholeNumber(remainder) ?? BigInt(Math.trunc(rest)));
}

function parseAll(dotted: string, value: Value): MatchNode {
  if (value.type !== BsonType.array) throw badValue('$all needs an array');
  return new AllNode(
    itemsOf(value).map((item) => {
      if (item.type === BsonType.regex) return leaf(dotted, regexOf(item));
      if (firstName(item) === '$elemMatch') return parseField(dotted, item);
      if (isOperatorDocument(item)) throw badValue('no $ expressions in $all');
      return leaf(dotted, new Comparison('$eq', item));
    }),
  );
}

const NESTING = new Set(['$and', '$or', '$nor', '$expr', '$where']);

function parseElemMatch(dotted: string, value: Value): MatchNode {
  if (value.type !== BsonType.object) throw badValue('$elemMatch needs an Object');
  const name = firstName(value);
  if (isOperatorDocument(value) && !NESTING.has(name)) {
    const tests = parseOperators('', value);
    return new ElemMatchNode(dotted, pathOf(dotted), (item) => tests.every((test) => testItem(test, item)), undefined);
  }
  const child = parseFilter(value);
  const test = (item: Value) => (item.type === BsonType.object || item.type === BsonType.array) && child.matches(item);
  return new ElemMatchNode(dotted, pathOf(dotted), test, child);
}

/** The value form of `$elemMatch` tests the item itself, where a filter tests a field. */
function testItem(node: MatchNode, item: Value): boolean {
  switch (node.kind) {
    case 'leaf':
      return (
        node.predicate.test(item) ||
        (node.predicate.expand &&
          item.type === BsonType.array &&
          itemsOf(item).some((inner) => node.predicate.test(inner)))
      );
    case 'not':
      return !testItem(node.child, item);
    case 'and':
    case 'all':
      return node.children.every((child) => testItem(child, item));
    case 'or':
      return node.children.some((child) => testItem(child, item));
    case 'elemMatch':
      return node.indexIn(item) >= 0;
    default:
      return false;
  }
}

function parseBits(name: BitOperator, value: Value): BitTest {
  if (value.type === BsonType.array) {
    let mask = 0n;
    for (const item of itemsOf(value)) {
      const bit = item.isNumber ? wholeNumber(item) : undefined;
      if (bit === undefined || bit < 0n) throw failedToParse(`Failed to parse bit position in ${name}`);
      mask |= 1n << bit;
    }
    return new BitTest(name, mask);
  }
  if (value.type === BsonType.binary) {
    let mask = 0n;
    for (let index = value.end - 1; index >= value.start + 5; index -= 1)
      mask = (mask << 8n) | BigInt(byteAt(value.bytes, index));
    return new BitTest(name, mask);
  }
  const mask = value.isNumber ? wholeNumber(value) : undefined;
  if (mask === undefined) throw badValue(`${name} takes an Array, a number, or a BinData`);
  if (mask < 0n) throw failedToParse(`Expected a non-negative number in: ${name}`);
  return new BitTest(name, mask);
}

/** A filter must be a document. */
export function requireDocument(value: Value | undefined, what: string): Value {
  if (value === undefined || value.type !== BsonType.object) {
    throw typeMismatch(
      `BSON field '${what}' is the wrong type '${value === undefined ? 'missing' : typeName(value.type)}', expected type 'object'`,
    );
  }
  return value;
}
