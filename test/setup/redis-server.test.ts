import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../../src/infra/redis-server.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let dir: string;
const servers: RedisServer[] = [];
const clients: Redis[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'touchstone-redis-')));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 10 });
});

async function start(): Promise<RedisServer> {
  const server = await startRedis({ dir, log: silent });
  servers.push(server);
  return server;
}

function connect(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, disconnectTimeout: 50 });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** Polls until `holds`; the test's own time limit ends a wait in vain. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process of its own that starts a Redis on `dir` and then waits; it tells the URL and the process id of Redis. */
async function startInAnotherProcess(): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const program = `
    import { startRedis } from './dist/src/infra/redis-server.js';
    const log = { info() {}, warn() {}, error() {} };
    const { url, pid } = await startRedis({ dir: process.argv[1], log });
    console.log(JSON.stringify({ url, pid }));`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, ...JSON.parse(line) };
  throw new Error('no redis was started');
}

test('the server is durable, never evicts, and listens on loopback for those who know the password', async () => {
  const server = await start();
  const client = connect(server.url);
  const settings = (name: string) => client.config('GET', name);
  expect(await settings('appendonly')).toEqual(['appendonly', 'yes']);
  expect(await settings('appendfsync')).toEqual(['appendfsync', 'everysec']);
  expect(await settings('maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  expect(await settings('bind')).toEqual(['bind', '127.0.0.1']);
  expect(await settings('dir')).toEqual(['dir', join(dir, 'redis')]);
  const stranger = connect(`redis://127.0.0.1:${server.port}`);
  await expect(stranger.get('anything')).rejects.toThrow('NOAUTH');
});

test('what was written is there after a stop and a start', async () => {
  const first = await start();
  await connect(first.url).set('greeting', 'kept');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  const second = await start();
  expect(await connect(second.url).get('greeting')).toBe('kept');
});

test('a killed server comes back on the same address, and its clients with it', async () => {
  const server = await start();
  const client = connect(server.url);
  await client.set('greeting', 'kept');
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  await until(() => server.pid !== pid);
  expect(await client.get('greeting')).toBe('kept');
});

test('a server that is stopped while it is being restarted stays stopped', async () => {
  const server = await start();
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
  await server.stop();
  const client = new Redis(server.url, { retryStrategy: () => null, lazyConnect: true, disconnectTimeout: 50 });
  await expect(client.connect()).rejects.toThrow();
});

test('the server ends with the process that started it, however that ended', async () => {
  const { child, pid } = await startInAnotherProcess();
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

test('two live processes cannot share the data', async () => {
  const { child, url } = await startInAnotherProcess();
  await expect(start()).rejects.toThrow(`in use by process ${child.pid}`);
  expect(await connect(url).ping()).toBe('PONG');
});

test('a server that outlived its process is stopped before a new one takes the data', async () => {
  const first = await start();
  const state = JSON.parse(await readFile(join(dir, 'redis', 'server.json'), 'utf8'));
  await first.stop();
  const leftover = spawn('redis-server', ['./redis.conf'], { cwd: join(dir, 'redis'), stdio: 'ignore' });
  children.push(leftover);
  const client = connect(first.url);
  await client.set('greeting', 'from the leftover');
  const finished = spawn('true');
  await once(finished, 'exit');
  const left = { ...state, owner: finished.pid, server: leftover.pid };
  await writeFile(join(dir, 'redis', 'server.json'), JSON.stringify(left));

  const second = await start();
  expect(isAlive(leftover.pid ?? 0)).toBe(false);
  expect(await connect(second.url).get('greeting')).toBe('from the leftover');
});

test('a damaged record of the last run does not prevent a start', async () => {
  const first = await start();
  await first.stop();
  await writeFile(join(dir, 'redis', 'server.json'), '{"owner":');
  expect(await connect((await start()).url).ping()).toBe('PONG');
});

describe('when the server program', () => {
  const path = process.env.PATH;

  afterEach(() => {
    process.env.PATH = path;
  });

  test('is missing, the start says what to run', async () => {
    process.env.PATH = dir;
    await expect(start()).rejects.toThrow('npm run setup');
  });

  test('fails, the start tells why', async () => {
    const program = join(dir, 'redis-server');
    await writeFile(program, '#!/bin/sh\necho "Fatal: no memory" > redis.log\nexit 3\n', { mode: 0o755 });
    process.env.PATH = `${dir}:${path}`;
    await expect(start()).rejects.toThrow(/redis-server ended with code 3\nFatal: no memory/);
  });

  test('is called valkey-server, it does as well', async () => {
    const bin = join(dir, 'bin');
    await mkdir(bin);
    const real = (path ?? '').split(':').map((folder) => join(folder, 'redis-server'));
    const found = real.find((file) => existsSync(file));
    if (found === undefined) throw new Error('this test needs a redis-server');
    await symlink(found, join(bin, 'valkey-server'));
    process.env.PATH = bin;
    expect(await connect((await start()).url).ping()).toBe('PONG');
  });
});
