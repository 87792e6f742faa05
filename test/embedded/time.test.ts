import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fixture, startFixture } from './server-fixture.ts';

const START = Date.UTC(2026, 2, 15);
let fixture: Fixture;
let now = START;
/** How far the clock goes at every look. */
let pace = 0;

beforeAll(async () => {
  fixture = await startFixture({
    now: () => {
      now += pace;
      return now;
    },
  });
});

afterAll(() => fixture.stop());

beforeEach(async () => {
  now = START;
  pace = 0;
  await fixture.db.dropDatabase();
});

describe('a TTL index', () => {
  test('removes a document once its date is past by that many seconds, and its other index entries too', async () => {
    const markers = fixture.db.collection<{ _id: string; doneAt?: unknown; shop: string }>('markers');
    await markers.createIndexes([
      { key: { doneAt: 1 }, expireAfterSeconds: 60, name: 'expiry' },
      { key: { shop: 1 }, name: 'shop' },
    ]);
    await markers.insertMany([
      { _id: 'old', doneAt: new Date(START - 60_000), shop: 'S' },
      { _id: 'young', doneAt: new Date(START - 59_999), shop: 'S' },
      { _id: 'first of several', doneAt: [new Date(START + 60_000), new Date(START - 60_000)], shop: 'S' },
      { _id: 'open', shop: 'S' },
      { _id: 'no date', doneAt: 'yesterday', shop: 'S' },
    ]);
    const left = async () => (await markers.find({ shop: 'S' }).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    expect(await fixture.server.expireDocuments()).toBe(2);
    expect(await left()).toEqual(['no date', 'open', 'young']);
    now += 1;
    expect(await fixture.server.expireDocuments()).toBe(1);
    expect(await left()).toEqual(['no date', 'open']);
    expect(await markers.estimatedDocumentCount()).toBe(2);
  });

  test('removes more than one batch at once, and only what a partial filter covers', async () => {
    const jobs = fixture.db.collection<{ _id: number; at: Date; done: boolean }>('jobs');
    await jobs.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { done: true } });
    await jobs.insertMany(
      Array.from({ length: 1_500 }, (_unused, _id) => ({ _id, at: new Date(START), done: _id % 3 > 0 })),
    );
    expect(await fixture.server.expireDocuments()).toBe(1_000);
    expect(await jobs.countDocuments({ done: false })).toBe(500);
  });

  test.each([
    [{ a: 1, b: 1 }, 10],
    [{ a: 1 }, -1],
    [{ a: 1 }, 2 ** 31],
    [{ _id: 1 }, 10],
  ])('cannot be on %j after %d seconds', async (key, expireAfterSeconds) => {
    const creation = fixture.db.collection('bad').createIndex(key as Record<string, 1>, { expireAfterSeconds });
    await expect(creation).rejects.toMatchObject({ code: 67 });
  });
});

describe('maxTimeMS', () => {
  const MANY = 3_000;

  beforeEach(async () => {
    await fixture.db.collection('rows').insertMany(Array.from({ length: MANY }, (_unused, n) => ({ n })));
  });

  test('ends what works for longer, with code 50, and leaves what is quick enough alone', async () => {
    const rows = fixture.db.collection('rows');
    pace = 10;
    const slow = { maxTimeMS: 5 };
    await expect(rows.find({ absent: 1 }, slow).toArray()).rejects.toMatchObject({ code: 50 });
    await expect(rows.aggregate([{ $match: { absent: 1 } }], slow).toArray()).rejects.toMatchObject({ code: 50 });
    await expect(rows.countDocuments({ absent: 1 }, slow)).rejects.toMatchObject({ code: 50 });
    await expect(rows.distinct('n', {}, slow)).rejects.toMatchObject({ code: 50 });
    await expect(rows.findOneAndUpdate({ absent: 1 }, { $set: { n: 1 } }, slow)).rejects.toMatchObject({ code: 50 });
    await expect(rows.updateMany({ absent: 1 }, { $set: { n: 1 } }, slow)).rejects.toMatchObject({ code: 50 });
    expect(await rows.find({ n: 7 }, { maxTimeMS: 60_000 }).toArray()).toHaveLength(1);
  });

  test('counts only the time in which a cursor works', async () => {
    const cursor = fixture.db.collection('rows').find({}, { maxTimeMS: 1_000, batchSize: 100 });
    await cursor.next();
    now += 3_600_000;
    expect(await cursor.toArray()).toHaveLength(MANY - 1);
  });

  test('must be a time', async () => {
    await expect(fixture.db.command({ ping: 1, maxTimeMS: -1 })).rejects.toMatchObject({ code: 2 });
    await expect(fixture.db.command({ ping: 1, maxTimeMS: 'soon' })).rejects.toMatchObject({ code: 14 });
  });
});
