import { execFileSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { backUp } from '../../src/infra/embedded/backup.ts';
import { startEmbeddedServer } from '../../src/infra/embedded/server.ts';
import { endChildren, startChild } from './child-server.ts';
import { type Fixture, startFixture } from './server-fixture.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-faults-'));
});

afterAll(async () => {
  await endChildren();
  rmSync(directory, { recursive: true, force: true });
});

interface Row {
  _id: number;
  n: number;
  text: string;
}

async function fill(url: string, from: number, count: number): Promise<void> {
  const client = await MongoClient.connect(url);
  const rows = client.db('shop').collection<Row>('rows');
  await rows.createIndex({ n: 1 });
  await rows.insertMany(
    Array.from({ length: count }, (_unused, at) => ({ _id: from + at, n: at % 7, text: 'x'.repeat(at % 5000) })),
  );
  await client.close();
}

/** Every document is found by its index and the other way round. */
async function expectWhole(url: string, count: number): Promise<void> {
  const client = await MongoClient.connect(url);
  const rows = client.db('shop').collection<Row>('rows');
  const scanned = await rows.find().hint({ $natural: 1 }).toArray();
  const indexed = await rows
    .find({ n: { $gte: 0 } })
    .hint({ n: 1 })
    .toArray();
  expect(scanned).toHaveLength(count);
  expect(new Set(indexed.map(({ _id }) => _id))).toEqual(new Set(scanned.map(({ _id }) => _id)));
  await client.close();
}

describe('a data file that is not whole', () => {
  let whole: string;
  let dataFile: string;

  beforeAll(async () => {
    whole = join(directory, 'whole');
    const server = await startEmbeddedServer({ dir: whole, port: 0 });
    await fill(server.url, 0, 1_200);
    await server.close();
    dataFile = join('data', 'data.mdb');
  });

  const pageSize = 4096;
  const overwrite = (path: string, offset: number, bytes: Buffer) => {
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, offset);
    closeSync(file);
  };

  test.each<[string, (path: string) => void]>([
    ['cut in half', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
    ['without its last page', (path) => truncateSync(path, statSync(path).size - pageSize)],
    ['cut to a piece of its header', (path) => truncateSync(path, 100)],
    ['empty', (path) => truncateSync(path, 0)],
    ['missing', (path) => rmSync(path)],
    ['something else', (path) => writeFileSync(path, Buffer.alloc(200_000, 'no database '))],
    ['with a header of zeros', (path) => overwrite(path, 0, Buffer.alloc(pageSize))],
    [
      'with zeros in its middle',
      (path) => overwrite(path, Math.floor(statSync(path).size / 2 / pageSize) * pageSize, Buffer.alloc(40 * pageSize)),
    ],
  ])('%s: is refused, with what to do, and left as it is', async (name, damage) => {
    const dir = join(directory, name.replaceAll(' ', '-'));
    cpSync(whole, dir, { recursive: true });
    damage(join(dir, dataFile));
    const before = name === 'missing' ? '' : readFileSync(join(dir, dataFile)).toString('latin1');
    await expect(startEmbeddedServer({ dir, port: 0 })).rejects.toThrow(/is damaged: .*Restore a backup/);
    if (name !== 'missing') expect(readFileSync(join(dir, dataFile)).toString('latin1') === before).toBe(true);
  });

  test('is told from one that is: that one starts, again and again', async () => {
    for (let round = 1; round <= 2; round += 1) {
      const server = await startEmbeddedServer({ dir: whole, port: 0 });
      await expectWhole(server.url, 1_200 * round);
      await fill(server.url, round * 1_200, 1_200);
      await server.close();
    }
  });
});

describe('a backup', () => {
  test('holds what was committed when it was made, while the server goes on, and starts like any other', async () => {
    const from = join(directory, 'live');
    const to = join(directory, 'backup');
    const server = await startEmbeddedServer({ dir: from, port: 0 });
    await fill(server.url, 0, 500);
    await backUp(from, to);
    await fill(server.url, 500, 500);
    await expectWhole(server.url, 1_000);
    const restored = await startEmbeddedServer({ dir: to, port: 0 });
    await expectWhole(restored.url, 500);
    await restored.close();
    await server.close();
    await expect(backUp(from, to)).rejects.toMatchObject({ code: 'conflict' });
    await expect(backUp(join(directory, 'nowhere'), join(directory, 'b2'))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a disk that is full', () => {
  const limit = (pid: number | undefined, bytes: string) =>
    execFileSync('prlimit', [`--fsize=${bytes}:`, '--pid', String(pid)]);

  test('writes are refused, reads go on, and nothing is lost when there is space again', async () => {
    const dir = join(directory, 'full');
    const { child, url } = await startChild(dir);
    await fill(url, 0, 300);
    limit(child.pid, String(statSync(join(dir, 'data', 'data.mdb')).size + 300_000));
    const client = await MongoClient.connect(url);
    const rows = client.db('shop').collection<Row>('rows');
    let stored = 300;
    let refusal: unknown;
    while (refusal === undefined && stored < 5_000) {
      try {
        await rows.insertOne({ _id: stored, n: 1, text: 'y'.repeat(8_000) });
        stored += 1;
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ code: 14031 });
    await expectWhole(url, stored);
    limit(child.pid, 'unlimited');
    await fill(url, 5_000, 300);
    await expectWhole(url, stored + 300);
    child.kill('SIGKILL');
    const again = await startChild(dir);
    await expectWhole(again.url, stored + 300);
    await client.close();
  });
});

describe('clients that do not behave', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture();
  });

  afterAll(() => fixture.stop());

  function open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(fixture.server.port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
    });
  }

  function closed(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
    });
  }

  function header(length: number, opCode = 2013): Buffer {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(length, 0);
    bytes.writeInt32LE(opCode, 12);
    return bytes;
  }

  const message = (body: Buffer, opCode = 2013) => Buffer.concat([header(16 + body.length, opCode), body]);

  test.each<[string, Buffer]>([
    ['text', Buffer.from('GET / HTTP/1.1\r\nHost: shop\r\n\r\n')],
    ['one byte more than 48 MB', header(48_000_001)],
    ['a length below that of a header', header(15)],
    ['a negative length', header(-1)],
    ['an unknown operation', message(Buffer.alloc(8), 2001)],
    ['no section', message(Buffer.alloc(4))],
    ['a section of an unknown kind', message(Buffer.from([0, 0, 0, 0, 7, 5, 0, 0, 0, 0]))],
    ['a document that is longer than its message', message(Buffer.from([0, 0, 0, 0, 0, 200, 0, 0, 0, 0]))],
    ['a document with a broken element', message(Buffer.from([0, 0, 0, 0, 0, 8, 0, 0, 0, 99, 65, 0, 0]))],
    ['a sequence without an end', message(Buffer.from([0, 0, 0, 0, 1, 90, 0, 0, 0, 65]))],
  ])('%s ends that connection and no other', async (_what, bytes) => {
    const socket = await open();
    const over = closed(socket);
    socket.write(bytes);
    await over;
    expect(await fixture.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  test('half a message keeps nobody else waiting, and a connection that ends in it is forgotten', async () => {
    const socket = await open();
    socket.write(header(1_000));
    socket.write(Buffer.alloc(100));
    expect(await fixture.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    const over = closed(socket);
    socket.end();
    await over;
    expect(await fixture.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  test('a thousand idle connections leave the others served', async () => {
    const idle = await Promise.all(Array.from({ length: 1_000 }, open));
    const current = async () => (await fixture.db.command({ serverStatus: 1 })).connections.current;
    for (let look = 0; look < 1_000 && (await current()) < 1_000; look += 1) await fixture.db.command({ ping: 1 });
    expect(await current()).toBeGreaterThanOrEqual(1_000);
    await fixture.db.collection('busy').insertOne({ n: 1 });
    expect(await fixture.db.collection('busy').countDocuments()).toBe(1);
    for (const socket of idle) socket.destroy();
  });

  test('it listens on loopback only, unless it is told otherwise', async () => {
    expect(fixture.server.url).toContain('//127.0.0.1:');
    const outside = connect(fixture.server.port, '127.0.0.2');
    await expect(
      new Promise((resolve, reject) => {
        outside.once('connect', resolve);
        outside.once('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const everywhere = await startEmbeddedServer({ dir: join(directory, 'open'), port: 0, host: '0.0.0.0' });
    const client = await MongoClient.connect(`mongodb://127.0.0.2:${everywhere.port}/?directConnection=true`);
    await client.close();
    await everywhere.close();
  });
});
