import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Collection, MongoClient } from 'mongodb';
import { type ChildServer, endChildren, ended, startChild } from '../embedded/child-server.ts';
import { LONG_FORM, randomFrom } from './form.ts';

const ROUNDS = LONG_FORM ? 50 : 3;
const WRITERS = 8;
const SEED = 20_260_315;

interface Row {
  _id: string;
  version: number;
  /** Repeats the version, so that half an update shows. */
  pair: number;
  /** Unique. */
  name: string;
  text: string;
  sum: string;
}

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-crash-'));
});

afterAll(async () => {
  await endChildren();
  rmSync(directory, { recursive: true, force: true });
});

function contents(id: string, version: number) {
  const text = `${id} ${version} `.repeat((version * 37) % 400);
  return { version, pair: version, text, sum: createHash('sha256').update(text).digest('base64') };
}

/** Eight clients insert, update and delete until the server is gone; notes what was acknowledged, by document. */
async function writeUntilKilled(
  { child, url }: ChildServer,
  round: number,
  killAfter: number,
  acknowledged: Map<string, number | 'deleted'>,
): Promise<void> {
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 300, retryWrites: false });
  const rows = client.db('shop').collection<Row>('rows');
  await rows.createIndexes([
    { key: { version: 1, pair: 1 }, name: 'version' },
    { key: { name: 1 }, name: 'name', unique: true },
  ]);
  let written = 0;
  const note = (id: string, state: number | 'deleted') => {
    acknowledged.set(id, state);
    written += 1;
    if (written === killAfter) child.kill('SIGKILL');
  };
  const writer = async (name: number) => {
    for (let at = 0; written < killAfter; at += 1) {
      const _id = `r${round}-w${name}-${at}`;
      await rows.insertOne({ _id, name: `name of ${_id}`, ...contents(_id, 0) });
      note(_id, 0);
      await rows.updateOne({ _id, version: 0 }, { $set: contents(_id, at + 1) });
      note(_id, at + 1);
      if (at % 5 !== 0) continue;
      // Deleted or not when the answer does not come: either is right.
      acknowledged.delete(_id);
      await rows.deleteOne({ _id });
      note(_id, 'deleted');
    }
  };
  await Promise.allSettled(Array.from({ length: WRITERS }, (_unused, name) => writer(name)));
  await ended(child);
  await client.close();
}

async function expectNothingLost(
  rows: Collection<Row>,
  acknowledged: ReadonlyMap<string, number | 'deleted'>,
): Promise<void> {
  const scanned = await rows.find().hint({ $natural: 1 }).toArray();
  const stored = new Map(scanned.map((row) => [row._id, row]));
  const lost = [...acknowledged].filter(([id, state]) =>
    state === 'deleted' ? stored.has(id) : !((stored.get(id)?.version ?? -1) >= state),
  );
  expect(lost).toEqual([]);
  const torn = scanned.filter(({ _id, name, ...row }) => {
    const { _id: _, ...whole } = { _id, ...contents(_id, row.version) };
    return name !== `name of ${_id}` || JSON.stringify({ ...row }) !== JSON.stringify({ ...row, ...whole });
  });
  expect(torn).toEqual([]);
  for (const hint of ['version', 'name']) {
    const indexed = await rows
      .find({}, { projection: { version: 1 } })
      .hint(hint)
      .toArray();
    expect(indexed).toHaveLength(stored.size);
    expect(indexed.every(({ _id, version }) => stored.get(_id)?.version === version)).toBe(true);
  }
  expect(await rows.estimatedDocumentCount()).toBe(stored.size);
}

describe('the embedded database, killed under load', () => {
  test(
    `has every acknowledged write after each of ${ROUNDS} kills, no torn document, and indexes that agree`,
    async () => {
      const random = randomFrom(SEED);
      const acknowledged = new Map<string, number | 'deleted'>();
      for (let round = 0; round < ROUNDS; round += 1) {
        await writeUntilKilled(await startChild(directory), round, 20 + random(300), acknowledged);
        const { child, url } = await startChild(directory);
        const client = await MongoClient.connect(url);
        await expectNothingLost(client.db('shop').collection<Row>('rows'), acknowledged);
        await client.close();
        child.kill('SIGTERM');
        expect(await ended(child)).toBe(0);
      }
      expect(acknowledged.size).toBeGreaterThan(ROUNDS * 8);
    },
    LONG_FORM ? 900_000 : 120_000,
  );
});
