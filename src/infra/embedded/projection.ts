import { NULL } from './bson/make.ts';
import { wholeNumber } from './bson/number.ts';
import { ArrayNode, type Node, ObjectNode, sealed } from './bson/tree.ts';
import { BsonType, ElementCursor, elementsOf, itemsOf, type Value } from './bson/value.ts';
import type { Project } from './cursors.ts';
import { badValue, ServerError } from './errors.ts';
import type { MatchNode } from './match/nodes.ts';
import { isTruthy, parseFilter } from './match/parse.ts';
import { matchedPosition } from './match/positional.ts';

/** What a projection does with one field. */
type Rule =
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'inside'; readonly rules: Rules }
  | { readonly kind: 'slice'; readonly skip: number | undefined; readonly limit: number }
  | { readonly kind: 'elemMatch'; readonly test: (item: Value) => boolean }
  | { readonly kind: 'positional' };

type Rules = Map<string, Rule>;

/** Computes a projection that has expressions; given by the aggregation side. */
export type ExpressionProjector = (projection: Value) => Project;

let expressionProjector: ExpressionProjector = () => {
  throw new ServerError(115, 'Expressions in projections are not available here');
};

export function setExpressionProjector(projector: ExpressionProjector): void {
  expressionProjector = projector;
}

interface Parsed {
  readonly rules: Rules;
  readonly isInclusion: boolean;
}

/** Undefined when the projection keeps everything. Throws the server's codes. */
export function parseProjection(projection: Value | undefined, filter: MatchNode): Project | undefined {
  if (projection === undefined || projection.end - projection.start <= 5) return undefined;
  if (hasExpressions(projection)) return expressionProjector(projection);
  const { rules, isInclusion } = parse(projection);
  return (document) => {
    const position = matchedPosition(filter, document) ?? 0;
    return sealed(apply(document, rules, isInclusion, true, position));
  };
}

function hasExpressions(projection: Value): boolean {
  return elementsOf(projection).some(({ value }) => {
    if (value.type === BsonType.string || value.type === BsonType.array) return true;
    if (value.type !== BsonType.object) return false;
    const [first] = elementsOf(value);
    if (first === undefined) return false;
    if (first.name === '$slice' || first.name === '$elemMatch') return false;
    if (first.name === '$meta') throw new ServerError(115, '$meta is not supported by the embedded database');
    return first.name.startsWith('$') || hasExpressions(value);
  });
}

function parse(projection: Value): Parsed {
  const rules: Rules = new Map();
  let inclusion: boolean | undefined;
  let keepsId: boolean | undefined;
  const decide = (name: string, includes: boolean) => {
    if (inclusion === undefined) inclusion = includes;
    else if (inclusion !== includes) {
      throw new ServerError(
        includes ? 31253 : 31254,
        `Cannot do ${includes ? 'inclusion' : 'exclusion'} on field ${name} in ${includes ? 'exclusion' : 'inclusion'} projection`,
      );
    }
  };
  const visit = (prefix: string, specification: Value) => {
    for (const { name, value } of elementsOf(specification)) {
      const dotted = prefix + name;
      const rule = ruleOf(dotted, value);
      if (rule === undefined) {
        visit(`${dotted}.`, value);
        continue;
      }
      if (dotted === '_id' && (rule.kind === 'keep' || rule.kind === 'drop')) {
        keepsId = rule.kind === 'keep';
        continue;
      }
      if (rule.kind === 'keep' || rule.kind === 'positional') decide(dotted, true);
      if (rule.kind === 'elemMatch' && inclusion === undefined) inclusion = true;
      if (rule.kind === 'drop') decide(dotted, false);
      place(rules, dotted.replace(/\.\$$/, ''), rule);
    }
  };
  visit('', projection);
  const onlySlices = [...rules.values()].every((rule) => rule.kind === 'slice');
  const isInclusion = inclusion ?? (onlySlices && rules.size > 0 ? false : keepsId === true);
  if (keepsId === false) rules.set('_id', { kind: 'drop' });
  else if (isInclusion || keepsId === true) rules.set('_id', { kind: 'keep' });
  return { rules, isInclusion };
}

function ruleOf(dotted: string, value: Value): Rule | undefined {
  if (dotted.endsWith('.$')) return { kind: 'positional' };
  if (dotted.startsWith('$')) throw new ServerError(16410, `FieldPath field names may not start with '$': ${dotted}`);
  if (value.type !== BsonType.object) return { kind: isTruthy(value) ? 'keep' : 'drop' };
  const [first] = elementsOf(value);
  if (first === undefined)
    throw new ServerError(51270, `An empty sub-projection is not a valid value. Found empty object at path`);
  if (first.name === '$slice') return sliceRule(first.value);
  if (first.name !== '$elemMatch') return undefined;
  if (first.value.type !== BsonType.object) throw badValue('elemMatch: Invalid argument, object required');
  const filter = parseFilter(elemMatchFilter(dotted, value));
  return {
    kind: 'elemMatch',
    test: (item) => {
      const array = new ArrayNode();
      array.values.push(item);
      const node = new ObjectNode();
      node.set('item', array);
      return filter.matches(sealed(node));
    },
  };
}

function elemMatchFilter(_dotted: string, elemMatch: Value): Value {
  const node = new ObjectNode();
  node.set('item', elemMatch);
  return sealed(node);
}

function sliceRule(value: Value): Rule {
  const numberOf = (each: Value | undefined): number => {
    const whole = each?.isNumber ? wholeNumber(each) : undefined;
    if (whole === undefined) throw new ServerError(28724, 'First argument to $slice must be an number');
    return Number(whole);
  };
  if (value.type !== BsonType.array) return { kind: 'slice', skip: undefined, limit: numberOf(value) };
  const [skip, limit] = itemsOf(value);
  return { kind: 'slice', skip: numberOf(skip), limit: numberOf(limit) };
}

function place(rules: Rules, dotted: string, rule: Rule): void {
  const [head = '', ...rest] = dotted.split('.');
  if (rest.length === 0) {
    if (rules.has(head)) throw new ServerError(31250, `Path collision at ${dotted}`);
    rules.set(head, rule);
    return;
  }
  const present = rules.get(head);
  if (present !== undefined && present.kind !== 'inside')
    throw new ServerError(31249, `Path collision at ${dotted} remaining portion ${rest.join('.')}`);
  const inside: Rules = present?.rules ?? new Map();
  rules.set(head, { kind: 'inside', rules: inside });
  place(inside, rest.join('.'), rule);
}

function apply(document: Value, rules: Rules, isInclusion: boolean, isTop: boolean, position: number): ObjectNode {
  const result = new ObjectNode();
  const cursor = new ElementCursor(document);
  while (cursor.next()) {
    const name = cursor.name;
    const rule = rules.get(name);
    const node =
      rule === undefined
        ? isInclusion
          ? undefined
          : cursor.value()
        : applyRule(cursor.value(), rule, isInclusion, position);
    if (node === undefined) continue;
    result.names.push(name);
    result.values.push(node);
  }
  if (isTop && isInclusion) moveIdFirst(result);
  return result;
}

function moveIdFirst(node: ObjectNode): void {
  const at = node.names.indexOf('_id');
  if (at <= 0) return;
  const [value] = node.values.splice(at, 1);
  node.names.splice(at, 1);
  node.names.unshift('_id');
  node.values.unshift(value ?? NULL);
}

function applyRule(value: Value, rule: Rule, isInclusion: boolean, position: number): Node | undefined {
  switch (rule.kind) {
    case 'keep':
      return value;
    case 'drop':
      return undefined;
    case 'inside':
      return applyInside(value, rule.rules, isInclusion, position);
    case 'slice':
      return value.type === BsonType.array ? sliced(value, rule.skip, rule.limit) : value;
    case 'positional': {
      if (value.type !== BsonType.array) return value;
      const item = itemsOf(value)[position];
      if (item === undefined)
        throw new ServerError(
          51246,
          "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
        );
      return arrayOf([item]);
    }
    default: {
      if (value.type !== BsonType.array) return undefined;
      const item = itemsOf(value).find(rule.test);
      return item === undefined ? undefined : arrayOf([item]);
    }
  }
}

function applyInside(value: Value, rules: Rules, isInclusion: boolean, position: number): Node | undefined {
  if (value.type === BsonType.object) return apply(value, rules, isInclusion, false, position);
  if (value.type !== BsonType.array) return isInclusion ? undefined : value;
  const nodes: Node[] = [];
  for (const item of itemsOf(value)) {
    const node = applyInside(item, rules, isInclusion, position);
    if (node !== undefined) nodes.push(node);
  }
  return arrayOf(nodes);
}

function arrayOf(nodes: readonly Node[]): ArrayNode {
  const array = new ArrayNode();
  array.values = [...nodes];
  return array;
}

function sliced(value: Value, skip: number | undefined, limit: number): ArrayNode {
  const items = itemsOf(value);
  if (skip === undefined) return arrayOf(limit >= 0 ? items.slice(0, limit) : items.slice(limit));
  const from = skip < 0 ? Math.max(0, items.length + skip) : skip;
  return arrayOf(items.slice(from, from + limit));
}
