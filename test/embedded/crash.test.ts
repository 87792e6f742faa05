import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { lockDirectory } from '../../src/infra/embedded/lock.ts';
import { startEmbeddedServer } from '../../src/infra/embedded/server.ts';

let directory: string;
const children = new Set<ChildProcess>();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-crash-'));
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** The server as the process that it is in use; TypeScript is stripped by SWC on the way in. */
function startChild(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      './test/embedded/typescript-loader.mjs',
      'src/infra/embedded/process.ts',
      '--dir',
      dir,
      '--exit-with-parent',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  children.add(child);
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The server did not start')));
    child.stdout?.once('data', (line: Buffer) => resolve({ child, url: line.toString().trim() }));
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Eight clients insert and update until the server is gone; gives the highest acknowledged state per document. */
async function writeUntilKilled(
  url: string,
  child: ChildProcess,
  round: number,
  acknowledged: Map<string, number>,
): Promise<void> {
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 300 });
  const events = client.db('shop').collection<{ _id: string; n: number; pair: number }>('events');
  await events.createIndex({ n: 1, pair: 1 });
  let killed = false;
  let written = 0;
  const writer = async (name: number) => {
    for (let at = 0; !killed; at += 1) {
      const _id = `r${round}-w${name}-${at}`;
      try {
        await events.insertOne({ _id, n: 0, pair: 0 });
        acknowledged.set(_id, 0);
        await events.updateOne({ _id }, { $inc: { n: 1, pair: 1 } });
        acknowledged.set(_id, 1);
      } catch {
        return;
      }
      written += 1;
      if (written === 150 + round * 37) {
        killed = true;
        child.kill('SIGKILL');
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_unused, name) => writer(name)));
  await ended(child);
  await client.close();
}

describe('after kill -9 under load', () => {
  test('every acknowledged write is there, and the index agrees with the documents', async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      const { child, url } = await startChild(directory);
      await writeUntilKilled(url, child, round, acknowledged);
    }
    const server = await startEmbeddedServer({ dir: directory, port: 0 });
    const client = await MongoClient.connect(server.url);
    const events = client.db('shop').collection<{ _id: string; n: number; pair: number }>('events');
    const stored = new Map((await events.find().hint({ $natural: 1 }).toArray()).map((row) => [row._id, row]));
    for (const [id, n] of acknowledged) expect(stored.get(id)?.n).toBeGreaterThanOrEqual(n);
    for (const row of stored.values()) expect(row.pair).toBe(row.n);
    const indexed = await events
      .find({ n: { $gte: 0 } })
      .hint({ n: 1, pair: 1 })
      .toArray();
    expect(new Map(indexed.map((row) => [row._id, row]))).toEqual(stored);
    expect(await events.estimatedDocumentCount()).toBe(stored.size);
    expect(acknowledged.size).toBeGreaterThan(400);
    await client.close();
    await server.close();
  });

  test('a directory in use is refused by name, and a lock whose owner is gone is taken over', async () => {
    const dir = join(directory, 'locked');
    const { child } = await startChild(dir);
    await expect(startEmbeddedServer({ dir, port: 0 })).rejects.toThrow(`process id ${child.pid}`);
    child.kill('SIGKILL');
    await ended(child);
    lockDirectory(dir)();
  });

  test('the process ends when its parent lets go, and when it is told to', async () => {
    const first = await startChild(join(directory, 'parent'));
    first.child.stdin?.end();
    expect(await ended(first.child)).toBe(0);
    const second = await startChild(join(directory, 'parent'));
    second.child.kill('SIGTERM');
    expect(await ended(second.child)).toBe(0);
  });
});
