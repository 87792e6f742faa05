import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Collection, Long, MongoServerError } from 'mongodb';
import { type Fixture, startFixture } from './server-fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await fixture.db.collection('things').insertOne({ at: [1, 2], name: 'pear' });
});

afterAll(() => fixture.stop());

async function codeOf(action: (things: Collection) => Promise<unknown>): Promise<unknown> {
  try {
    await action(fixture.db.collection('things'));
    return 'accepted';
  } catch (error) {
    return error instanceof MongoServerError ? error.code : error;
  }
}

const ENGLISH = { collation: { locale: 'en' } };
const SCRIPT = { $function: { body: 'function() {}', args: [], lang: 'js' } };

describe('what the embedded database does not do is refused by its code', () => {
  test.each<[string, number, (things: Collection) => Promise<unknown>]>([
    [
      'a statement of a transaction',
      20,
      () =>
        fixture.db.command({
          insert: 'things',
          documents: [{}],
          txnNumber: Long.ONE,
          startTransaction: true,
          autocommit: false,
        }),
    ],
    ['a commit', 20, () => fixture.client.db('admin').command({ commitTransaction: 1 })],
    ['an abort', 20, () => fixture.client.db('admin').command({ abortTransaction: 1 })],
    ['a change stream', 40573, (things) => things.watch().next()],
    ['a change stream of a database', 40573, () => fixture.db.watch().next()],
    ['a text search', 115, (things) => things.findOne({ $text: { $search: 'pear' } })],
    ['a text index', 67, (things) => things.createIndex({ name: 'text' })],
    ['a geo query', 115, (things) => things.findOne({ at: { $near: [1, 2] } })],
    ['a geo shape', 115, (things) => things.findOne({ at: { $geoWithin: { $center: [[0, 0], 1] } } })],
    ['a geo stage', 115, (things) => things.aggregate([{ $geoNear: { near: [1, 2], distanceField: 'd' } }]).toArray()],
    ['a geo index', 67, (things) => things.createIndex({ at: '2dsphere' })],
    ['collation of a query', 115, (things) => things.find({ name: 'PEAR' }, ENGLISH).toArray()],
    ['collation of an update', 115, (things) => things.updateOne({ name: 'PEAR' }, { $set: { n: 1 } }, ENGLISH)],
    ['collation of a deletion', 115, (things) => things.deleteOne({ name: 'PEAR' }, ENGLISH)],
    ['collation of an aggregation', 115, (things) => things.aggregate([], ENGLISH).toArray()],
    ['collation of an index', 115, (things) => things.createIndex({ name: 1 }, ENGLISH)],
    ['collation of a collection', 115, () => fixture.db.createCollection('english', ENGLISH)],
    ['a time series', 115, () => fixture.db.createCollection('series', { timeseries: { timeField: 'at' } })],
    ['a view', 115, () => fixture.db.createCollection('view', { viewOn: 'things', pipeline: [] })],
    ['a capped collection', 115, () => fixture.db.createCollection('capped', { capped: true, size: 4096 })],
    ['$where', 115, (things) => things.findOne({ $where: 'true' })],
    ['$function in a filter', 115, (things) => things.findOne({ $expr: SCRIPT })],
    ['$function in a stage', 115, (things) => things.aggregate([{ $project: { n: SCRIPT } }]).toArray()],
    ['map and reduce', 59, () => fixture.db.command({ mapReduce: 'things', map: '', reduce: '', out: { inline: 1 } })],
    ['a snapshot', 123, (things) => things.findOne({}, { readConcern: 'snapshot' })],
    ['two acknowledging members', 2, (things) => things.insertOne({}, { writeConcern: { w: 2 } })],
    ['an unknown field of a command', 40415, () => fixture.db.command({ find: 'things', fitler: {} })],
    ['an unknown command', 59, () => fixture.db.command({ juggle: 1 })],
  ])('%s: %i', async (_what, code, action) => {
    expect(await codeOf(action)).toBe(code);
  });

  test('and none of it has left anything behind', async () => {
    const names = (await fixture.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    expect(names).toEqual(['things']);
    expect(await fixture.db.collection('things').countDocuments()).toBe(1);
    expect(await fixture.db.collection('things').indexes()).toHaveLength(1);
  });

  test('an _id of null is one like any other', async () => {
    await fixture.db.command({ insert: 'nulls', documents: [{ _id: null }] });
    expect(await fixture.db.collection('nulls').countDocuments({ _id: { $type: 'null' } })).toBe(1);
    await expect(fixture.db.command({ insert: 'nulls', documents: [{ _id: null }] })).resolves.toMatchObject({
      writeErrors: [{ code: 11000 }],
    });
  });
});
