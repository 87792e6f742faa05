import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Document } from 'mongodb';
import { type Fixture, startFixture } from '../embedded/server-fixture.ts';
import { differences, summarise } from './report.ts';
import { deploymentOf } from './requirements.ts';
import { type Outcome, runTest } from './runner.ts';
import { testsOf } from './spec-file.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture({ testCommands: true });
});

afterAll(() => fixture.stop());

const ENTITIES = [
  { client: { id: 'client0', observeEvents: ['commandStartedEvent', 'commandSucceededEvent'] } },
  { database: { id: 'database0', client: 'client0', databaseName: 'specs' } },
  { collection: { id: 'collection0', database: 'database0', collectionName: 'fruit' } },
  { session: { id: 'session0', client: 'client0' } },
];
const FRUIT = [
  { _id: 1, name: 'pear' },
  { _id: 2, name: 'plum' },
];

/** Runs one test made of these parts, on a collection with two documents. */
async function outcomeOf(parts: Document): Promise<Outcome> {
  const [only] = testsOf('made.json', {
    createEntities: ENTITIES,
    initialData: [{ databaseName: 'specs', collectionName: 'fruit', documents: FRUIT }],
    tests: [{ description: 'made', operations: [], ...parts }],
  });
  if (only === undefined) throw new Error('The test was lost');
  const target = {
    url: fixture.server.url,
    deployment: await deploymentOf(fixture.client),
    administrator: fixture.client,
  };
  return runTest(only, target);
}

function operation(name: string, parts: Document, object = 'collection0'): Document {
  return { name, object, ...parts };
}

const PASSED = { kind: 'passed' };

describe('the runner of specification tests', () => {
  test('passes a test whose results, events and outcome are as it says', async () => {
    const outcome = await outcomeOf({
      operations: [
        operation('findOneAndUpdate', {
          arguments: {
            filter: { _id: 1 },
            update: { $set: { name: 'fig' } },
            returnDocument: 'After',
            session: 'session0',
          },
          expectResult: { name: 'fig' },
        }),
        operation('insertOne', {
          arguments: { document: { _id: 3 } },
          expectResult: { insertedId: { $$unsetOrMatches: 3 } },
        }),
      ],
      expectEvents: [
        {
          client: 'client0',
          events: [
            {
              commandStartedEvent: {
                commandName: 'findAndModify',
                command: { new: true, lsid: { $$sessionLsid: 'session0' }, collation: { $$exists: false } },
              },
            },
            { commandSucceededEvent: { reply: { ok: { $$type: ['int', 'double'] } } } },
            { commandStartedEvent: { databaseName: 'specs', command: { documents: [{ _id: 3 }] } } },
            { commandSucceededEvent: {} },
          ],
        },
      ],
      outcome: [
        { databaseName: 'specs', collectionName: 'fruit', documents: [{ _id: 1, name: 'fig' }, FRUIT[1], { _id: 3 }] },
      ],
    });
    expect(outcome).toEqual(PASSED);
  });

  test.each([
    [
      'a result with another value',
      [operation('find', { arguments: { filter: {} }, expectResult: [FRUIT[1], FRUIT[0]] })],
    ],
    ['a result with too few documents', [operation('find', { arguments: { filter: {} }, expectResult: [FRUIT[0]] })]],
    [
      'a field that must not be there',
      [operation('findOne', { arguments: { filter: {} }, expectResult: { name: { $$exists: false } } })],
    ],
    [
      'a field of another type',
      [operation('findOne', { arguments: { filter: {} }, expectResult: { name: { $$type: 'int' } } })],
    ],
    [
      'an error that does not come',
      [operation('deleteOne', { arguments: { filter: {} }, expectError: { isError: true } })],
    ],
    ['another error', [operation('insertOne', { arguments: { document: FRUIT[0] }, expectError: { errorCode: 1 } })]],
    ['an unexpected error', [operation('insertOne', { arguments: { document: FRUIT[0] } })]],
    ['an operation that nobody knows', [operation('juggle', { expectError: { isError: true } })]],
  ])('fails on %s', async (_what, operations) => {
    expect(await outcomeOf({ operations })).toMatchObject({ kind: 'failed' });
  });

  test('fails on another outcome, on missing and on surplus events', async () => {
    const find = [operation('find', { arguments: { filter: {} } })];
    const none = { client: 'client0', events: [] };
    expect(await outcomeOf({ operations: find, expectEvents: [none] })).toMatchObject({ kind: 'failed' });
    expect(
      await outcomeOf({ expectEvents: [{ client: 'client0', events: [{ commandStartedEvent: {} }] }] }),
    ).toMatchObject({
      kind: 'failed',
    });
    const documents = [{ ...FRUIT[0], surplus: 1 }, FRUIT[1]];
    const outcome = [{ databaseName: 'specs', collectionName: 'fruit', documents }];
    expect(await outcomeOf({ outcome })).toMatchObject({ kind: 'failed', reason: expect.stringContaining('surplus') });
  });

  test('reads errors, partial results of a bulk write over several collections, and fail points', async () => {
    const models = [
      { insertOne: { namespace: 'specs.other', document: { _id: 9 } } },
      { insertOne: { namespace: 'specs.fruit', document: { _id: 1 } } },
    ];
    const failPoint = {
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['ping'], errorCode: 8 },
    };
    expect(
      await outcomeOf({
        operations: [
          operation(
            'clientBulkWrite',
            {
              arguments: { models, verboseResults: true },
              expectError: { expectResult: { insertedCount: 1 }, writeErrors: { '1': { code: 11000 } } },
            },
            'client0',
          ),
          operation('failPoint', { arguments: { client: 'client0', failPoint } }, 'testRunner'),
          operation('runCommand', { arguments: { command: { ping: 1 } }, expectError: { errorCode: 8 } }, 'database0'),
          operation('runCommand', { arguments: { command: { ping: 1 } }, expectResult: { ok: 1 } }, 'database0'),
        ],
      }),
    ).toEqual(PASSED);
    await fixture.client.db('specs').dropCollection('other');
  });

  test('leaves out what is for other servers, and says what is refused by design', async () => {
    const outcome = await outcomeOf({
      runOnRequirements: [{ topologies: ['sharded'] }, { maxServerVersion: '4.2.99' }],
    });
    expect(outcome).toEqual({ kind: 'inapplicable', reason: 'is for sharded; is for servers up to 4.2.99' });
    const collation = { filter: {}, collation: { locale: 'en' } };
    expect(await outcomeOf({ operations: [operation('find', { arguments: collation })] })).toEqual({
      kind: 'skipped',
      reason: 'refused by design: collation',
    });
  });
});

describe('the list of what does not pass', () => {
  const results = (['passed', 'failed', 'skipped'] as const).flatMap((kind) =>
    testsOf('a.json', { tests: [{ description: kind, operations: [] }] }).map((each) => ({
      test: each,
      outcome: kind === 'passed' ? { kind } : { kind, reason: 'because' },
    })),
  );
  const listed = (name: string, outcome: 'failed' | 'skipped') => ({
    file: 'a.json',
    test: name,
    outcome,
    reason: 'because',
  });

  test('must say of every test what the run says', () => {
    const exceptions = [listed('failed', 'failed'), listed('skipped', 'skipped')];
    expect(differences(results, { files: ['a.json'], exceptions })).toEqual([]);
    expect(differences(results, { files: ['a.json'], exceptions: exceptions.slice(1) })).toHaveLength(1);
    expect(
      differences(results, { files: ['a.json'], exceptions: [...exceptions, listed('passed', 'failed')] }),
    ).toHaveLength(1);
    expect(
      differences(results, { files: ['a.json'], exceptions: [...exceptions, listed('gone', 'failed')] }),
    ).toHaveLength(1);
  });

  test('of a file that it does not speak of, only failures differ', () => {
    expect(differences(results, { files: [], exceptions: [] })).toEqual([
      'a.json > failed: failed, expected passed: because',
    ]);
  });

  test('counts skipped tests apart from those that ran', () => {
    expect(summarise(results)).toMatchObject({ tests: 3, passed: 1, failed: 1, skipped: 1, passedPercent: 50 });
  });
});
