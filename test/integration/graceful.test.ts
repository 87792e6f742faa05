import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { persistentClient } from '../fault/persistent-client.ts';
import { freePort, startPart, Troupe, until } from '../fault/processes.ts';
import { insight, listingNow, settle } from '../fault/troupe-world.ts';
import { faultsOf } from '../support/invariants.ts';

const LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 7_000;

/** Processes that stand under this one, at any depth. */
function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      parents.set(Number(entry), Number(fields[1]));
    } catch {
      // It ended in the meantime.
    }
  }
  const under = (child: number): boolean => {
    const parent = parents.get(child) ?? 0;
    return parent === pid || (parent > 1 && under(parent));
  };
  return [...parents.keys()].filter((child) => child !== pid && under(child));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Everything that the other side sends until it closes. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

function refused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(false));
    socket.once('error', () => resolve(true));
    socket.unref();
  });
}

describe('roles apart', () => {
  let troupe: Troupe;

  beforeAll(async () => {
    troupe = await Troupe.start();
  }, LIMIT_MS);

  afterAll(() => troupe.close(), LIMIT_MS);

  it(
    'an api that is told to stop answers what it has begun to read, takes no new connection, and exits with 0',
    async () => {
      await settle(troupe);
      const port = Number(new URL(troupe.address('api')).port);
      const body = JSON.stringify({ subject: 'half', role: 'platform' });
      const idle = connect(port, '127.0.0.1');
      const socket = connect(port, '127.0.0.1');
      const answered = readAll(socket);
      const dropped = readAll(idle);
      await once(socket, 'connect');
      const head = [
        'POST /v1/keys HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${troupe.adminKey}`,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Expect: 100-continue',
        '',
        '',
      ];
      socket.write(head.join('\r\n'));
      await once(socket, 'data');
      socket.write(body.slice(0, 10));
      const asked = performance.now();
      const exited = troupe.end('api', 'SIGTERM');
      await until(
        10_000,
        () => refused(port),
        (no) => no,
      );
      socket.write(body.slice(10));
      expect(await answered).toMatch(/HTTP\/1\.1 201 /);
      await dropped;
      expect(await exited).toBe(0);
      // Not because it was cut: a silent connection is not waited for until the limit.
      expect(performance.now() - asked).toBeLessThan(STOP_LIMIT_MS);
      await troupe.start('api');
    },
    LIMIT_MS,
  );

  it(
    'a worker that is told to stop ends its jobs, leaves none behind, and exits with 0',
    async () => {
      const platform = await settle(troupe);
      const listings = Array.from({ length: 150 }, (_, number) => ({ ...listingNow(`I${number}`), state: 'live' }));
      const { body } = await platform.persist('POST', '/v1/imports', { listings }, 'feed');
      await until(
        30_000,
        () => platform.once('GET', '/v1/listings/I0'),
        ({ status }) => status === 200,
      );
      expect(await troupe.end('worker', 'SIGTERM')).toBe(0);
      const stopped = await platform.once('GET', `/v1/imports/${String(body.id)}`);
      await troupe.start('worker');
      const finished = await until(
        60_000,
        () => platform.once('GET', `/v1/imports/${String(body.id)}`),
        ({ body: seen }) => seen.status === 'finished',
      );
      // The job under way was not cut: the worker that came after it found its rows counted.
      expect(stopped.body.done).toBeGreaterThan(0);
      expect(finished.body).toMatchObject({ created: 150, unchanged: 0, rejected: 0 });
      const inside = await insight(troupe);
      try {
        await until(
          90_000,
          () => faultsOf(inside),
          (faults) => faults.length === 0,
        );
      } finally {
        await inside.close();
      }
    },
    LIMIT_MS + 90_000,
  );

  it(
    'neither waits for ever when the stores are away',
    async () => {
      await Promise.all([troupe.end('redis', 'SIGKILL'), troupe.end('database', 'SIGKILL')]);
      const codes = await Promise.all([troupe.end('api', 'SIGTERM'), troupe.end('worker', 'SIGTERM')]);
      expect(codes).toEqual([0, 0]);
    },
    LIMIT_MS,
  );
});

it(
  'the whole service in one command exits with 0 and leaves no process behind',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'touchstone-graceful-'));
    const port = await freePort();
    const env = { DATA_DIR: dir, PORT: `${port}`, LOG_LEVEL: 'silent', MONGO_URL: '', REDIS_URL: '' };
    const service = await startPart('main.js', ['--role', 'all'], /readyz/, env);
    try {
      const below = descendantsOf(service.pid);
      expect(below.length).toBeGreaterThanOrEqual(3);
      const anyone = persistentClient(`http://127.0.0.1:${port}`, 'ts_nobody.aaaaaaaaaaaaaaaaaaaaaaaa');
      expect(await anyone.once('GET', '/readyz')).toMatchObject({ status: 200 });
      expect(await service.end('SIGTERM')).toBe(0);
      await until(
        10_000,
        async () => below.filter(isAlive),
        (left) => left.length === 0,
      );
      expect(await refused(port)).toBe(true);
    } finally {
      await service.end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);
