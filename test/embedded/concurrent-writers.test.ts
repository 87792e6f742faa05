import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MongoServerError } from 'mongodb';
import { type Fixture, startFixture } from './server-fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
});

afterAll(() => fixture.stop());

beforeEach(() => fixture.db.dropDatabase());

interface Seat {
  _id: number;
  seat?: string;
  active?: boolean;
}

function seats() {
  return fixture.db.collection<Seat>('seats');
}

/** Whether the write was done; false when a unique index forbade it. */
async function done(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === 11000) return false;
    throw error;
  }
}

const seat = fc.constantFrom('A', 'B', 'C', 'D');
const action = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), id: fc.nat({ max: 9 }), seat, active: fc.boolean() }),
  fc.record({ kind: fc.constant('move' as const), id: fc.nat({ max: 9 }), seat, active: fc.boolean() }),
  fc.record({ kind: fc.constant('remove' as const), id: fc.nat({ max: 9 }), seat, active: fc.boolean() }),
);

describe('concurrent writers', () => {
  test.each([
    ['a unique index', { unique: true }, () => true],
    [
      'a unique partial index',
      { unique: true, partialFilterExpression: { active: true } },
      (row: Seat) => row.active === true,
    ],
  ])('never break %s, and leave it equal to the documents', async (_what, options, covers) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(action, { minLength: 3, maxLength: 8 }), { minLength: 4, maxLength: 8 }),
        async (writers) => {
          await seats().drop();
          await seats().createIndex({ seat: 1 }, { name: 'seat', ...options });
          const run = async (actions: readonly (typeof writers)[number][number][]) => {
            for (const { kind, id, ...fields } of actions) {
              if (kind === 'insert') await done(seats().insertOne({ _id: id, ...fields }));
              else if (kind === 'move') await done(seats().updateOne({ _id: id }, { $set: fields }));
              else await seats().deleteOne({ _id: id });
            }
          };
          await Promise.all(writers.map(run));
          const rows = (await seats().find().hint({ $natural: 1 }).toArray()).filter(covers);
          const taken = rows.map((row) => row.seat);
          expect(new Set(taken).size).toBe(taken.length);
          const indexed = await seats()
            .find({ seat: { $gte: '' }, active: { $in: [true, false] } })
            .hint('seat')
            .toArray();
          expect(indexed.map(({ _id }) => _id).sort()).toEqual(rows.map(({ _id }) => _id).sort());
        },
      ),
      { numRuns: 25 },
    );
  });

  test('upserts that race for one key insert once, and every increment counts', async () => {
    const counters = fixture.db.collection<{ _id: string; name: string; n: number }>('counters');
    await counters.createIndex({ name: 1 }, { unique: true });
    const clients = 20;
    for (let round = 0; round < 10; round += 1) {
      const name = `round ${round}`;
      const upsert = () =>
        counters.updateOne({ name }, { $inc: { n: 1 }, $setOnInsert: { _id: name } }, { upsert: true });
      const results = await Promise.all(Array.from({ length: clients }, upsert));
      expect(results.filter(({ upsertedCount }) => upsertedCount === 1)).toHaveLength(1);
      expect(await counters.findOne({ name })).toEqual({ _id: name, name, n: clients });
    }
  });

  test('of writers guarded by one version exactly one wins each version', async () => {
    const rows = fixture.db.collection<{ _id: string; version: number; by: number[] }>('guarded');
    await rows.insertOne({ _id: 'one', version: 0, by: [] });
    const writer = async (name: number) => {
      for (let wins = 0; wins < 5; ) {
        const read = await rows.findOne({ _id: 'one' });
        const update = { $inc: { version: 1 }, $push: { by: name } };
        wins += (await rows.updateOne({ _id: 'one', version: read?.version ?? 0 }, update)).modifiedCount;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_unused, name) => writer(name)));
    const stored = await rows.findOne({ _id: 'one' });
    expect(stored?.version).toBe(40);
    expect(stored?.by).toHaveLength(40);
  });
});
