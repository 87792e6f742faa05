import { decimal, double, int32, NULL } from '../bson/make.ts';
import { decimalText, nearestDouble } from '../bson/number.ts';
import { ArrayNode, ObjectNode, sealed } from '../bson/tree.ts';
import { BsonType, elementsOf, type Value } from '../bson/value.ts';
import { ServerError } from '../errors.ts';
import { encodeValue } from '../index-key.ts';
import { compareValues } from '../order.ts';
import { arithmetic } from '../update/operators.ts';
import { compileExpression, type Expression } from './expression.ts';

interface Accumulator {
  add(value: Value | undefined): void;
  result(): Value;
}

/** Exact over int32, int64 and Decimal128; whole numbers stay whole. */
class Sum implements Accumulator {
  #sum = int32(0);

  add(value: Value | undefined): void {
    if (!value?.isNumber) return;
    try {
      this.#sum = arithmetic(this.#sum, value, false);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      this.#sum = double(nearestDouble(this.#sum) + nearestDouble(value));
    }
  }

  result(): Value {
    return this.#sum;
  }
}

class Average implements Accumulator {
  readonly #sum = new Sum();
  #count = 0;

  add(value: Value | undefined): void {
    if (!value?.isNumber) return;
    this.#sum.add(value);
    this.#count += 1;
  }

  result(): Value {
    const sum = this.#sum.result();
    if (this.#count === 0) return NULL;
    if (sum.type === BsonType.decimal128) return decimal(String(Number(decimalText(sum)) / this.#count));
    return double(nearestDouble(sum) / this.#count);
  }
}

class Extreme implements Accumulator {
  readonly #sign: number;
  #best: Value | undefined;

  constructor(sign: number) {
    this.#sign = sign;
  }

  add(value: Value | undefined): void {
    if (value === undefined || value.isNullish) return;
    if (this.#best === undefined || this.#sign * compareValues(value, this.#best) > 0) this.#best = value.copy();
  }

  result(): Value {
    return this.#best ?? NULL;
  }
}

class Edge implements Accumulator {
  readonly #last: boolean;
  #value: Value | undefined;

  constructor(last: boolean) {
    this.#last = last;
  }

  add(value: Value | undefined): void {
    if (this.#last || this.#value === undefined) this.#value = (value ?? NULL).copy();
  }

  result(): Value {
    return this.#value ?? NULL;
  }
}

class Collect implements Accumulator {
  readonly #array = new ArrayNode();
  readonly #seen: Set<string> | undefined;

  constructor(unique: boolean) {
    this.#seen = unique ? new Set() : undefined;
  }

  add(value: Value | undefined): void {
    if (value === undefined) return;
    const name = this.#seen === undefined ? '' : encodeValue(value).toString('latin1');
    if (this.#seen?.has(name)) return;
    this.#seen?.add(name);
    this.#array.values.push(value.copy());
  }

  result(): Value {
    return sealed(this.#array);
  }
}

const ACCUMULATORS: Readonly<Record<string, () => Accumulator>> = {
  $sum: () => new Sum(),
  $count: () => new Sum(),
  $avg: () => new Average(),
  $min: () => new Extreme(-1),
  $max: () => new Extreme(1),
  $first: () => new Edge(false),
  $last: () => new Edge(true),
  $push: () => new Collect(false),
  $addToSet: () => new Collect(true),
};

interface Output {
  readonly name: string;
  readonly make: () => Accumulator;
  readonly expression: Expression;
}

/** `$group`, exact; undefined when it uses something outside of the exact subset. */
export class Group {
  readonly #id: Expression;
  readonly #outputs: readonly Output[];
  readonly #groups = new Map<string, { id: Value; accumulators: Accumulator[] }>();

  private constructor(id: Expression, outputs: readonly Output[]) {
    this.#id = id;
    this.#outputs = outputs;
  }

  static compile(specification: Value): Group | undefined {
    const outputs: Output[] = [];
    let id: Expression | undefined;
    for (const { name, value } of elementsOf(specification)) {
      if (name === '_id') {
        id = compileExpression(value);
        if (id === undefined) return undefined;
        continue;
      }
      const [accumulator] = value.type === BsonType.object ? elementsOf(value) : [];
      const make = accumulator === undefined ? undefined : ACCUMULATORS[accumulator.name];
      if (accumulator === undefined || make === undefined) return undefined;
      const expression = accumulator.name === '$count' ? () => int32(1) : compileExpression(accumulator.value);
      if (expression === undefined) return undefined;
      outputs.push({ name, make, expression });
    }
    if (id === undefined) throw new ServerError(15955, 'a group specification must include an _id');
    return new Group(id, outputs);
  }

  add(document: Value): void {
    const id = this.#id(document) ?? NULL;
    const name = encodeValue(id).toString('latin1');
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { id: id.copy(), accumulators: this.#outputs.map((output) => output.make()) };
      this.#groups.set(name, group);
    }
    for (const [at, accumulator] of group.accumulators.entries())
      accumulator.add(this.#outputs[at]?.expression(document));
  }

  results(): Value[] {
    return [...this.#groups.values()].map(({ id, accumulators }) => {
      const node = new ObjectNode();
      node.set('_id', id);
      accumulators.forEach((accumulator, at) => {
        node.set(this.#outputs[at]?.name ?? '', accumulator.result());
      });
      return sealed(node);
    });
  }
}
