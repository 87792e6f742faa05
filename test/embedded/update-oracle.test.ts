import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EJSON } from 'bson';
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { type Fixture, startFixture } from './server-fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
});

afterAll(() => fixture.stop());

const LEAVES = ['a', 'b', 'n.x', 'n.y'];
const LISTS = ['l', 'n.m'];
const small = fc.bigInt({ min: -3n, max: 3n });
const items = fc.array(small, { maxLength: 4 });

const start = fc.record(
  {
    a: small,
    b: small,
    n: fc.record({ x: small, m: items }, { requiredKeys: [] }),
    l: items,
  },
  { requiredKeys: [] },
);

/** One operator on one path. */
interface Step {
  readonly operator: string;
  readonly path: string;
  readonly operand: bigint | Document;
}

const leafStep: fc.Arbitrary<Step> = fc.record({
  operator: fc.constantFrom('$set', '$inc', '$mul', '$min', '$max', '$unset', '$setOnInsert'),
  path: fc.constantFrom(...LEAVES),
  operand: small,
});
const push = fc.record(
  {
    $each: items,
    $position: fc.integer({ min: -3, max: 3 }),
    $slice: fc.integer({ min: -3, max: 3 }),
    $sort: fc.constantFrom(1, -1),
  },
  { requiredKeys: ['$each'] },
);
const listStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ operator: fc.constantFrom('$push', '$addToSet'), path: fc.constantFrom(...LISTS), operand: small }),
  fc.record({ operator: fc.constant('$push'), path: fc.constantFrom(...LISTS), operand: push }),
  fc.record({
    operator: fc.constant('$addToSet'),
    path: fc.constantFrom(...LISTS),
    operand: items.map(($each) => ({ $each })),
  }),
  fc.record({ operator: fc.constant('$pop'), path: fc.constantFrom(...LISTS), operand: fc.constantFrom(1n, -1n) }),
  fc.record({ operator: fc.constant('$pull'), path: fc.constantFrom(...LISTS), operand: small }),
  fc.record({
    operator: fc.constant('$pull'),
    path: fc.constantFrom(...LISTS),
    operand: small.map(($gte) => ({ $gte })),
  }),
  fc.record({ operator: fc.constant('$pullAll'), path: fc.constantFrom(...LISTS), operand: items }),
  fc.record({ operator: fc.constant('$set'), path: fc.constantFrom(...LISTS), operand: items }),
);
/** Different paths, so that no two operators contradict each other. */
const steps = fc.uniqueArray(fc.oneof(leafStep, listStep), {
  minLength: 1,
  maxLength: 4,
  selector: ({ path }) => path,
});

function updateOf(list: readonly Step[]): Document {
  const update: Document = {};
  for (const { operator, path, operand } of list) update[operator] = { ...update[operator], [path]: operand };
  return update;
}

function compare(left: bigint, right: bigint): number {
  return Number(left > right) - Number(left < right);
}

function pushed(list: readonly bigint[], operand: Document | bigint): bigint[] {
  if (typeof operand === 'bigint') return [...list, operand];
  const { $each, $position = list.length, $sort, $slice } = operand;
  const result = [...list];
  result.splice($position < 0 ? Math.max(0, list.length + $position) : $position, 0, ...$each);
  if ($sort !== undefined) result.sort((left, right) => compare(left, right) * $sort);
  if ($slice === undefined) return result;
  return $slice < 0 ? result.slice($slice) : result.slice(0, $slice);
}

/** What a field becomes, by the documentation of the operators; undefined: it goes or stays away. */
function after(operator: string, before: unknown, operand: bigint | Document, isInsert: boolean): unknown {
  const by = typeof operand === 'bigint' ? operand : 0n;
  const options: Document = typeof operand === 'bigint' ? {} : operand;
  const number = typeof before === 'bigint' ? before : undefined;
  const list: readonly bigint[] | undefined = Array.isArray(before) ? before : undefined;
  switch (operator) {
    case '$set':
      return operand;
    case '$setOnInsert':
      return isInsert ? operand : before;
    case '$unset':
      return undefined;
    case '$inc':
      return (number ?? 0n) + by;
    case '$mul':
      return (number ?? 0n) * by;
    case '$min':
      return number === undefined || by < number ? by : number;
    case '$max':
      return number === undefined || by > number ? by : number;
    case '$push':
      return pushed(list ?? [], operand);
    case '$addToSet': {
      const given: bigint[] = typeof operand === 'bigint' ? [operand] : options.$each;
      return [...(list ?? []), ...new Set(given.filter((each) => !list?.includes(each)))];
    }
    case '$pop':
      return by === 1n ? list?.slice(0, -1) : list?.slice(1);
    case '$pullAll':
      return list?.filter((each) => !options.includes(each));
    case '$pull':
      return list?.filter((each) => (typeof operand === 'bigint' ? each !== operand : !(each >= options.$gte)));
    default:
      throw new Error(`The oracle knows no ${operator}`);
  }
}

/** Fields are worked on in the order of their names, so new ones are appended in that order. */
function oracle(document: Document, list: readonly Step[], isInsert: boolean): Document {
  const result = structuredClone(document);
  const ordered = [...list].sort((left, right) => (left.path < right.path ? -1 : 1));
  for (const { operator, path, operand } of ordered) {
    const [first = '', second] = path.split('.');
    const present = second === undefined ? result[first] : result[first]?.[second];
    const value = after(operator, present, operand, isInsert);
    if (value === undefined) {
      if (second === undefined) delete result[first];
      else if (result[first] !== undefined) delete result[first][second];
    } else if (second === undefined) {
      result[first] = value;
    } else if (result[first] === undefined) {
      result[first] = { [second]: value };
    } else {
      result[first][second] = value;
    }
  }
  return result;
}

const text = (document: Document | null) => EJSON.stringify(document ?? {}, { relaxed: false });

describe('update operators', () => {
  test('do to any document what their documentation says, in the order of field names', async () => {
    const documents = fixture.client.db('shop').collection<{ _id: number }>('updates', { useBigInt64: true });
    let _id = 0;
    await fc.assert(
      fc.asyncProperty(start, steps, async (before, list) => {
        _id += 1;
        await documents.insertOne({ _id, ...before });
        const expected = oracle({ _id, ...before }, list, false);
        const result = await documents.updateOne({ _id }, updateOf(list));
        const stored = await documents.findOne({ _id });
        expect(text(stored)).toBe(text(expected));
        expect(result.modifiedCount).toBe(text(expected) === text({ _id, ...before }) ? 0 : 1);
      }),
      { numRuns: 300 },
    );
  });

  test('begin from the filter when an upsert inserts', async () => {
    const documents = fixture.client
      .db('shop')
      .collection<{ _id: number; k?: bigint }>('upserts', { useBigInt64: true });
    let _id = 0;
    await fc.assert(
      fc.asyncProperty(small, steps, async (k, list) => {
        _id += 1;
        const result = await documents.updateOne({ _id, k }, updateOf(list), { upsert: true });
        expect(result.upsertedId).toBe(_id);
        expect(text(await documents.findOne({ _id }))).toBe(text(oracle({ _id, k }, list, true)));
      }),
      { numRuns: 150 },
    );
  });

  test('a multi-document update and its single twin agree', async () => {
    const documents = fixture.client.db('shop').collection<{ _id: string }>('twins', { useBigInt64: true });
    await fc.assert(
      fc.asyncProperty(fc.array(start, { minLength: 1, maxLength: 6 }), steps, async (all, list) => {
        await documents.deleteMany({});
        await documents.insertMany(all.map((each, at) => ({ _id: String(at), ...each })));
        await documents.updateMany({}, updateOf(list));
        const stored = await documents.find().sort({ _id: 1 }).toArray();
        expect(stored.map(text)).toEqual(
          all.map((each, at) => text(oracle({ _id: String(at), ...each }, list, false))),
        );
      }),
      { numRuns: 60 },
    );
  });
});
