import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Long, MongoBulkWriteError, MongoServerError } from 'mongodb';
import mongoose from 'mongoose';
import { type Fixture, startFixture } from './server-fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
});

afterAll(() => fixture.stop());

beforeEach(() => fixture.db.dropDatabase());

interface Listing {
  _id: string;
  version?: number;
  state?: string;
  at?: Date;
  shop?: string;
  tags?: string[];
  price?: Long | bigint;
}

function listings() {
  return fixture.db.collection<Listing>('listings');
}

describe('what the product relies on', () => {
  test('a write guarded by its version happens once, and a stale upsert meets the unique _id', async () => {
    await listings().insertOne({ _id: 'L1', version: 1, state: 'draft' });
    const after = await listings().findOneAndUpdate(
      { _id: 'L1', version: 1 },
      { $set: { state: 'live' }, $inc: { version: 1 } },
      { returnDocument: 'after' },
    );
    expect(after).toEqual({ _id: 'L1', version: 2, state: 'live' });
    const stale = listings().updateOne({ _id: 'L1', version: 1 }, { $set: { state: 'held' } }, { upsert: true });
    await expect(stale).rejects.toMatchObject({ code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 'L1' } });
    expect(await listings().findOne({ _id: 'L1' })).toEqual({ _id: 'L1', version: 2, state: 'live' });
  });

  test('an unordered bulk reports each failed operation by its place and does the others', async () => {
    await listings().createIndex({ shop: 1, state: 1 }, { unique: true, sparse: true });
    await listings().insertOne({ _id: 'taken', shop: 'S1', state: 'live' });
    const bulk = listings().bulkWrite(
      [
        { insertOne: { document: { _id: 'a', shop: 'S1', state: 'live' } } },
        { updateOne: { filter: { _id: 'b' }, update: { $set: { shop: 'S2' } }, upsert: true } },
        { insertOne: { document: { _id: 'taken' } } },
        { deleteOne: { filter: { _id: 'nobody' } } },
        { replaceOne: { filter: { _id: 'c' }, replacement: { shop: 'S3' }, upsert: true } },
      ],
      { ordered: false },
    );
    const failure = await bulk.catch((error: unknown) => error);
    if (!(failure instanceof MongoBulkWriteError)) throw new Error('The bulk should have failed');
    const errors = [failure.writeErrors].flat().map(({ index, code }) => ({ index, code }));
    expect(errors.sort((left, right) => left.index - right.index)).toEqual([
      { index: 0, code: 11000 },
      { index: 2, code: 11000 },
    ]);
    expect(Object.values(failure.result.upsertedIds)).toEqual(['b', 'c']);
    expect(await listings().distinct('_id')).toEqual(['b', 'c', 'taken']);
  });

  test('an ordered bulk stops at the first failure', async () => {
    await listings().insertOne({ _id: 'x' });
    const many = listings().insertMany([{ _id: 'w' }, { _id: 'x' }, { _id: 'y' }]);
    await expect(many).rejects.toBeInstanceOf(MongoBulkWriteError);
    expect(await listings().distinct('_id')).toEqual(['w', 'x']);
  });

  test('a page by _id range goes backwards and reads only what it returns', async () => {
    await listings().insertMany(
      Array.from({ length: 300 }, (_unused, at) => ({ _id: `L${String(at).padStart(4, '0')}` })),
    );
    const range = { _id: { $gte: 'L0100', $lt: 'L0200' } };
    const page = listings().find(range).sort({ _id: -1 }).limit(3);
    expect(await page.clone().toArray()).toEqual([{ _id: 'L0199' }, { _id: 'L0198' }, { _id: 'L0197' }]);
    expect(await page.explain('executionStats')).toMatchObject({ executionStats: { totalDocsExamined: 3 } });
  });

  test('equality and order on one index read only the page', async () => {
    await listings().createIndex({ shop: 1, at: 1 });
    const rows = Array.from({ length: 200 }, (_unused, at) => ({
      _id: `L${at}`,
      shop: `S${at % 4}`,
      at: new Date(at),
    }));
    await listings().insertMany(rows);
    const newest = listings().find({ shop: 'S2' }).sort({ at: -1 }).limit(3);
    expect((await newest.clone().toArray()).map((row) => row._id)).toEqual(['L198', 'L194', 'L190']);
    expect(await newest.explain('executionStats')).toMatchObject({ executionStats: { totalDocsExamined: 3 } });
    const either = listings()
      .find({ shop: { $in: ['S1', 'S2'] } })
      .sort({ at: -1 })
      .limit(3);
    expect((await either.clone().toArray()).map((row) => row._id)).toEqual(['L198', 'L197', 'L194']);
    expect(await either.explain('queryPlanner')).toMatchObject({
      queryPlanner: { winningPlan: { inputStage: { stage: 'SORT_MERGE' } } },
    });
  });

  test('five thousand ids are found at once, over several batches', async () => {
    const ids = Array.from({ length: 5_000 }, (_unused, at) => `id-${at}`);
    await listings().insertMany(ids.map((_id) => ({ _id })));
    const found = await listings()
      .find({ _id: { $in: [...ids, 'absent'] } })
      .batchSize(700)
      .toArray();
    expect(new Set(found.map((row) => row._id))).toEqual(new Set(ids));
  });

  test('an int64 beyond doubles is stored, compared, added and grouped exactly', async () => {
    const big = 9_007_199_254_740_993n;
    await listings().insertMany([
      { _id: 'a', price: Long.fromBigInt(big) },
      { _id: 'b', price: Long.fromBigInt(big - 1n) },
    ]);
    await listings().updateOne({ _id: 'a' }, { $inc: { price: Long.fromInt(2) } });
    const dearer = await listings()
      .find({ price: { $gt: Long.fromBigInt(big) } }, { useBigInt64: true })
      .toArray();
    expect(dearer).toEqual([{ _id: 'a', price: big + 2n }]);
    const sums = listings().aggregate([{ $group: { _id: null, sum: { $sum: '$price' } } }], { useBigInt64: true });
    expect(await sums.toArray()).toEqual([{ _id: null, sum: big + 2n + big - 1n }]);
  });

  test('unmodified mongoose saves, guards versions and reads BigInt back', async () => {
    const connection = await mongoose.createConnection(`${fixture.server.url}`, { dbName: 'shop' }).asPromise();
    const schema = new mongoose.Schema(
      { _id: String, amount: BigInt, tags: [String], lines: [{ sku: String, _id: false }] },
      { optimisticConcurrency: true },
    );
    schema.index({ amount: 1 }, { unique: true, sparse: true });
    const Account = connection.model('Account', schema);
    await Account.init();
    await Account.create({ _id: 'A1', amount: 90_071_992_547_409_931n, tags: ['x'], lines: [{ sku: 's' }] });
    const first = await Account.findById('A1').orFail();
    const second = await Account.findById('A1').orFail();
    first.tags.push('y');
    await first.save();
    second.tags.push('z');
    await expect(second.save()).rejects.toThrow(/version/i);
    const stored = await Account.findById('A1').orFail();
    expect(stored.toObject()).toEqual({
      _id: 'A1',
      amount: 90_071_992_547_409_931n,
      tags: ['x', 'y'],
      lines: [{ sku: 's' }],
      __v: 1,
    });
    await connection.close();
  });

  test('a dropped database is empty at once and stays so', async () => {
    await listings().insertMany(Array.from({ length: 3_000 }, (_unused, at) => ({ _id: `L${at}`, tags: ['a', 'b'] })));
    await listings().createIndex({ tags: 1 });
    await fixture.db.dropDatabase();
    expect(await listings().countDocuments()).toBe(0);
    expect(await listings().find({ tags: 'a' }).toArray()).toEqual([]);
    await listings().insertOne({ _id: 'new', tags: ['a'] });
    expect(await listings().estimatedDocumentCount()).toBe(1);
  });
});

describe('what is refused, with the code of the real server', () => {
  test.each([
    ['an unknown command', { frobnicate: 1 }, 59],
    ['$where', { find: 'listings', filter: { $where: 'true' } }, 115],
    ['$text', { find: 'listings', filter: { $text: { $search: 'x' } } }, 115],
    ['a place query', { find: 'listings', filter: { at: { $near: [0, 0] } } }, 115],
    ['a collation', { find: 'listings', collation: { locale: 'zh' } }, 115],
    ['a change stream', { aggregate: 'listings', pipeline: [{ $changeStream: {} }], cursor: {} }, 40573],
    ['an unknown stage', { aggregate: 'listings', pipeline: [{ $frobnicate: 1 }], cursor: {} }, 40324],
    ['a time series', { create: 'series', timeseries: { timeField: 'at' } }, 115],
    ['a view', { create: 'seen', viewOn: 'listings', pipeline: [] }, 115],
    ['a transaction', { insert: 'listings', documents: [{}], txnNumber: Long.fromInt(1) }, 20],
    ['an unknown option', { find: 'listings', frobnicate: true }, 40415],
    ['an unknown cursor', { getMore: Long.fromInt(5), collection: 'listings' }, 43],
    ['an unknown operator', { find: 'listings', filter: { a: { $frobnicate: 1 } } }, 2],
  ])('%s', async (_what, command, code) => {
    const failure = await fixture.db.command(command).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MongoServerError);
    expect(failure).toMatchObject({ code });
  });

  test('an index that contradicts another', async () => {
    await listings().createIndex({ shop: 1 }, { name: 'by_shop' });
    await expect(listings().createIndex({ shop: 1 }, { name: 'other' })).rejects.toMatchObject({ code: 85 });
    await expect(listings().createIndex({ at: 1 }, { name: 'by_shop' })).rejects.toMatchObject({ code: 86 });
  });
});
