import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, serialize, Timestamp } from 'bson';
import fc from 'fast-check';
import { documentOf, field, type Value } from '../../src/infra/embedded/bson/value.ts';
import { encodeValue } from '../../src/infra/embedded/index-key.ts';
import { compareValues } from '../../src/infra/embedded/order.ts';
import { type Fixture, startFixture } from './server-fixture.ts';

function asValue(value: unknown): Value {
  const found = field(documentOf(Buffer.from(serialize({ v: value }))), 'v');
  if (found === undefined) throw new Error('The value was lost');
  return found;
}

const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((each) => new Int32(each)),
  fc.double({ min: -4, max: 4 }).map((each) => new Double(each)),
  fc
    .constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** 53, 5e-324)
    .map((each) => new Double(each)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((each) => Long.fromBigInt(each)),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }).map((each) => Long.fromBigInt(each)),
  fc
    .constantFrom('0', '-0', '1.50', '0.1', '9007199254740992.5', '1E-6176', '9.9E+6144', 'NaN', '-Infinity', '3')
    .map((each) => Decimal128.fromString(each)),
);
const scalar = fc.oneof(
  number,
  fc.string({ maxLength: 4 }),
  fc.constantFrom('', '\u0000', 'a\u0000b', 'a', '中文', '\u{1F600}', '\uFFFD'),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(new MinKey(), new MaxKey()),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 3 }).map((each) => new Binary(each)),
  fc.constantFrom(new ObjectId('000000000000000000000001'), new ObjectId('ff0000000000000000000001')),
  fc.constant(Timestamp.fromBits(1, 2)),
);
const anything = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ x: scalar, y: scalar }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.array(fc.record({ x: scalar }, { requiredKeys: [] }), { maxLength: 2 }) },
);

describe('order', () => {
  test('encoded bytes compare as the values do, both ways and through a third', () => {
    fc.assert(
      fc.property(anything, anything, anything, (a, b, c) => {
        const [left, middle, right] = [asValue(a), asValue(b), asValue(c)];
        const order = Math.sign(compareValues(left, middle));
        expect(order).toBe(Math.sign(Buffer.compare(encodeValue(left), encodeValue(middle))));
        expect(Math.sign(compareValues(middle, left))).toBe(0 - order);
        if (order <= 0 && compareValues(middle, right) <= 0) expect(compareValues(left, right)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('numbers of all four types compare by exact value', () => {
    const ascending = [
      new Double(Number.NaN),
      new Double(Number.NEGATIVE_INFINITY),
      Decimal128.fromString('-9.9E+6144'),
      Long.MIN_VALUE,
      new Double(-1.5),
      Decimal128.fromString('-1E-6176'),
      new Int32(0),
      Decimal128.fromString('1E-6176'),
      new Double(5e-324),
      Decimal128.fromString('0.1'),
      new Double(0.1),
      new Int32(1),
      new Double(9007199254740992),
      Decimal128.fromString('9007199254740992.5'),
      Long.fromString('9007199254740993'),
      new Double(9007199254740994),
      Long.MAX_VALUE,
      new Double(2 ** 63),
      Decimal128.fromString('1E+400'),
      new Double(Number.POSITIVE_INFINITY),
    ].map(asValue);
    ascending.forEach((value, at) => {
      const next = ascending[at + 1];
      if (next !== undefined) expect(compareValues(value, next)).toBeLessThan(0);
    });
  });

  test('equal numbers of different types are one key', () => {
    const ones = [new Int32(1), new Double(1), Long.ONE, Decimal128.fromString('1.00')].map((each) =>
      encodeValue(asValue(each)),
    );
    for (const key of ones) expect(key).toEqual(ones[0]);
  });
});

/** Few values, so that conditions meet documents at their very bounds. */
const few = fc.constantFrom<unknown>(
  new Int32(0),
  new Int32(1),
  new Double(1),
  new Double(1.5),
  Long.fromInt(2),
  Long.fromString('9007199254740993'),
  new Double(9007199254740992),
  Decimal128.fromString('1.5'),
  new Double(Number.NaN),
  '',
  'a',
  'a\u0000',
  'b',
  null,
  true,
  new Date(0),
  new Date(1),
);
const fewNumbers = fc.constantFrom(
  new Int32(0),
  new Double(1),
  new Double(1.5),
  Long.fromInt(2),
  Long.fromString('9007199254740993'),
);
const fewDeep = fc.oneof(
  { weight: 4, arbitrary: few },
  { weight: 1, arbitrary: fc.array(few, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ x: few }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.array(fc.record({ x: few }, { requiredKeys: [] }), { maxLength: 2 }) },
);

describe('an indexed answer', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture();
  });

  afterAll(() => fixture.stop());

  const condition = fc.oneof(
    few.map((each) => ({ $eq: each })),
    fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), few).map(([operator, each]) => ({ [operator]: each })),
    fc.tuple(fewNumbers, fewNumbers).map(([low, high]) => ({ $gte: low, $lt: high })),
    fc.array(few, { maxLength: 3 }).map((each) => ({ $in: each })),
    fc.boolean().map((each) => ({ $exists: each })),
    few.map((each) => ({ $ne: each })),
    fc.constantFrom('number', 'string', 'array', 'null').map((each) => ({ $type: each })),
  );
  const filter = fc.oneof(
    { weight: 4, arbitrary: fc.record({ a: condition }) },
    { weight: 2, arbitrary: fc.record({ 'a.x': condition }) },
    { weight: 2, arbitrary: fc.record({ a: condition, b: condition }) },
    { weight: 1, arbitrary: fc.tuple(condition, condition).map(([a, b]) => ({ $or: [{ a }, { b }] })) },
  );
  const order = fc.constantFrom({ a: 1 }, { a: -1 }, { a: 1, b: -1 }, { b: 1 }, { a: -1, b: 1, _id: 1 });
  const indexes = fc.constantFrom(
    [{ key: { a: 1 } }],
    [{ key: { a: -1, b: 1 } }],
    [{ key: { a: 1, b: -1 } }],
    [{ key: { a: 1 }, sparse: true }],
    [{ key: { 'a.x': 1, b: 1 } }],
    [{ key: { b: 1 } }, { key: { a: 1 } }],
    [{ key: { a: 1 }, partialFilterExpression: { b: { $exists: true } } }],
  );

  test('is the answer of a full scan, in the same order', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fewDeep, b: fewDeep }, { requiredKeys: [] }), { minLength: 8, maxLength: 25 }),
        fc.array(fc.tuple(filter, order, fc.nat({ max: 4 })), { minLength: 3, maxLength: 8 }),
        indexes,
        async (documents, queries, chosen) => {
          run += 1;
          const collection = fixture.db.collection(`run${run}`);
          for (const [at, document] of documents.entries()) {
            // Two different arrays in one compound index are refused, as by the real server.
            await collection.insertOne({ ...document, _id: new ObjectId(String(at).padStart(24, '0')) });
          }
          for (const [at, { key, ...options }] of chosen.entries()) {
            await collection.createIndex(key, { name: `i${at}`, ...options }).catch((error: { code: number }) => {
              if (error.code !== 171) throw error;
            });
          }
          for (const [where, sort, limit] of queries) {
            const indexed = await collection.find(where).toArray();
            const scanned = await collection.find(where).hint({ $natural: 1 }).toArray();
            const ids = (rows: readonly { _id: ObjectId }[]) => rows.map((row) => row._id.toHexString());
            expect(ids(indexed).sort()).toEqual(ids(scanned).sort());
            const total = { ...sort, _id: 1 } as const;
            const sorted = await collection.find(where).sort(total).limit(limit).toArray();
            const expected = await collection.find(where).sort(total).hint({ $natural: 1 }).limit(limit).toArray();
            expect(ids(sorted)).toEqual(ids(expected));
          }
          await collection.drop();
        },
      ),
      { numRuns: 80 },
    );
  });

  test('of a unique index is the same, and every document is found by its own key', async () => {
    let run = 0;
    const tolerated = new Set([11000, 171]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fewDeep, b: few }, { requiredKeys: [] }), { minLength: 8, maxLength: 25 }),
        fc.array(fc.tuple(few, few), { minLength: 3, maxLength: 8 }),
        fc.constantFrom({ a: 1 }, { a: -1 }, { a: 1, b: -1 }, { b: -1, a: 1 }),
        async (documents, questions, key) => {
          run += 1;
          const collection = fixture.db.collection<{ _id: number }>(`unique${run}`);
          await collection.createIndex(key, { unique: true });
          for (const [_id, document] of documents.entries()) {
            await collection.insertOne({ ...document, _id }).catch((error: { code: number }) => {
              if (!tolerated.has(error.code)) throw error;
            });
          }
          const ids = async (filter: object, hint: object) =>
            (
              await collection
                .find(filter)
                .hint({ ...hint })
                .toArray()
            )
              .map(({ _id }) => _id)
              .sort();
          const stored = await collection.find().hint({ $natural: 1 }).toArray();
          const own = stored.map(({ _id, ...fields }) => ({ a: null, b: null, ...fields }));
          for (const question of [...own, ...questions.map(([a, b]) => ({ a, b })), { a: { $in: questions.flat() } }]) {
            expect(await ids(question, key)).toEqual(await ids(question, { $natural: 1 }));
          }
          await collection.drop();
        },
      ),
      { numRuns: 40 },
    );
  });
});
