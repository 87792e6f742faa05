import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Db, type Document, MongoBulkWriteError, MongoClient } from 'mongodb';
import { COLLECTIONS } from '../../src/compose.ts';
import { type CollectionSpec, type QueryShape, queriesOf } from '../../src/infra/mongo/collection.ts';
import { watchQueries } from '../support/query-shapes.ts';
import { type Fixture, startFixture } from './server-fixture.ts';

/** On the server at MONGO_URL, which may be a real one; otherwise on an embedded one of its own. */
let fixture: Fixture | undefined;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  const url = process.env.MONGO_URL;
  if (!url) fixture = await startFixture();
  client = await MongoClient.connect(url || (fixture?.server.url ?? ''), { monitorCommands: true });
  db = client.db(`catalogue_${randomBytes(6).toString('hex')}`);
});

afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await fixture?.stop();
});

const VALUES = 6;
const value = fc.nat({ max: VALUES - 1 });

/** Every query of every collection that asks by more than `guard`s. */
const queries = COLLECTIONS.flatMap((spec) =>
  queriesOf(spec).map((shape): [string, CollectionSpec, QueryShape] => [
    `${spec.name} by ${JSON.stringify(shape.filter)}${shape.sort ? ` sorted by ${JSON.stringify(shape.sort)}` : ''}`,
    spec,
    shape,
  ]),
);

function fieldsOf(spec: CollectionSpec): string[] {
  const names = [
    ...spec.indexes.map(({ key }) => Object.keys(key)),
    ...queriesOf(spec).map(({ filter }) => Object.keys(filter)),
  ];
  return [...new Set(names.flat())].filter((name) => name !== '_id' && !name.startsWith('$'));
}

function nested(fields: Record<string, number | undefined>): Document {
  const document: Document = {};
  for (const [name, each] of Object.entries(fields)) {
    const [first = name, second] = name.split('.');
    if (each !== undefined) document[first] = second === undefined ? each : { [second]: each };
  }
  return document;
}

const at = (document: Document, name: string): number | undefined =>
  name.split('.').reduce<Document | undefined>((inner, step) => inner?.[step], document) as number | undefined;

interface Asked {
  readonly filter: Document;
  readonly holds: (document: Document) => boolean;
}

function asked(shape: QueryShape, low: number, high: number, several: readonly number[]): Asked {
  const filter: Document = {};
  const tests: ((document: Document) => boolean)[] = [];
  for (const [name, kind] of Object.entries(shape.filter)) {
    if (kind === 'guard') continue;
    filter[name] = kind === 'is' ? low : kind === 'in' ? { $in: several } : { $gte: low, $lt: high };
    tests.push((document) => {
      const found = at(document, name);
      if (found === undefined) return false;
      return kind === 'is' ? found === low : kind === 'in' ? several.includes(found) : found >= low && found < high;
    });
  }
  return { filter, holds: (document) => tests.every((holds) => holds(document)) };
}

function inOrder(sort: Readonly<Record<string, 1 | -1>>): (left: Document, right: Document) => number {
  return (left, right) => {
    for (const [name, direction] of Object.entries(sort)) {
      const difference = (at(left, name) ?? -1) - (at(right, name) ?? -1);
      if (difference !== 0) return difference * direction;
    }
    return 0;
  };
}

/** Names of indexes and stages in a plan, wherever they are. */
function namesIn(plan: unknown, names: string[] = []): string[] {
  if (typeof plan !== 'object' || plan === null) return names;
  for (const [key, inner] of Object.entries(plan)) {
    if ((key === 'indexName' || key === 'stage') && typeof inner === 'string') names.push(inner);
    else namesIn(inner, names);
  }
  return names;
}

describe('every query that the product issues', () => {
  let run = 0;

  test.each(queries)('%s: is answered rightly, by its index', async (_name, spec, shape) => {
    const fields = fieldsOf(spec);
    const row = fc.record(
      Object.fromEntries(fields.map((name) => [name, fc.option(value, { nil: undefined, freq: 4 })])),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 10, maxLength: 40 }),
        fc.array(fc.tuple(value, value, fc.array(value, { maxLength: 3 })), { minLength: 4, maxLength: 8 }),
        async (rows, parameters) => {
          run += 1;
          const collection = db.collection<{ _id: number }>(`${spec.name}${run}`);
          if (spec.indexes.length > 0) await collection.createIndexes([...spec.indexes]);
          await collection
            .insertMany(
              rows.map((each, _id) => ({ ...nested(each), _id })),
              { ordered: false },
            )
            .catch((error: unknown) => {
              if (!(error instanceof MongoBulkWriteError)) throw error;
            });
          const stored = await collection.find().hint({ $natural: 1 }).toArray();
          for (const [low, high, several] of parameters) {
            const { filter, holds } = asked(shape, low, high, several);
            const sort = { ...shape.sort };
            const found = await collection.find(filter).sort(sort).toArray();
            const expected = stored.filter(holds);
            const ids = (documents: readonly Document[]) => documents.map(({ _id }) => _id);
            expect(ids(found).sort()).toEqual(ids(expected).sort());
            const order = inOrder(sort);
            expect(found.map((each, place) => order(found[place - 1] ?? each, each) <= 0)).not.toContain(false);
          }
          const { filter } = asked(shape, 1, 3, [1, 2]);
          const used = namesIn(
            (
              await collection
                .find(filter)
                .sort({ ...shape.sort })
                .explain('queryPlanner')
            ).queryPlanner?.winningPlan,
          );
          expect(used).not.toContain('SORT');
          if (shape.index !== '_id_') expect(used).toContain(shape.index);
          else if (Object.keys(filter).length > 0) expect(used).not.toContain('COLLSCAN');
          await collection.drop();
        },
      ),
      { numRuns: 6 },
    );
  });

  test('and one that is not declared is noticed', async () => {
    const watched = await MongoClient.connect(process.env.MONGO_URL || (fixture?.server.url ?? ''), {
      monitorCommands: true,
    });
    const undeclared = watchQueries(watched, COLLECTIONS);
    const decisions = watched.db(db.databaseName).collection<{ _id: string; outcome: string }>('decisions');
    await decisions.findOne({ _id: 'one' });
    await decisions.find({ _id: { $in: ['one'] } }).toArray();
    expect(undeclared).toEqual([]);
    await decisions.findOne({ outcome: 'refuse' });
    await decisions
      .find({ _id: { $in: ['one'] } })
      .sort({ outcome: 1 })
      .toArray();
    await decisions.updateOne({ _id: 'one', outcome: 'refuse' }, { $set: { outcome: 'pass' } });
    await decisions.deleteMany({ outcome: { $in: ['refuse'] } });
    expect(undeclared).toHaveLength(4);
    await watched.close();
  });
});
