import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from './logger.ts';

/** A Redis server of our own on the loopback interface. */
export interface RedisServer {
  /** Carries the password. Stays the same when the server is restarted after a crash. */
  readonly url: string;
  readonly port: number;
  /** The server's process; another one after a crash. */
  readonly pid: number;
  /** Writes what is pending to disk and ends the server. May be called more than once. */
  stop(): Promise<void>;
}

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

const stateSchema = z.object({
  /** The process that started the server. */
  owner: z.number().int().positive(),
  server: z.number().int().positive().nullable(),
  port: z.number().int().positive(),
  password: z.string().min(1),
});
/** What tells our server from any other: only ours knows the password. */
type State = z.infer<typeof stateSchema>;

interface Running {
  readonly pid: number;
  readonly exited: Promise<number | null>;
}

const HOST = '127.0.0.1';
const PROGRAMS = ['redis-server', 'valkey-server'];
const PORT_ATTEMPTS = 5;
/** Reading back a large append-only file takes its time. */
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 10_000;
/** A process that had this id and does not answer for so long is not our server. */
const LEFTOVER_LIMIT_MS = 3_000;
const POLL_MS = 25;
const RESTART_DELAYS_MS = [0, 200, 500, 1_000, 2_000];
const LONGEST_RESTART_DELAY_MS = 5_000;

/**
 * Redis cannot watch its parent, so a shell stands between: when our end of its standard input closes, however this
 * process ended, Redis is told to stop. The first line of output is the process id of Redis.
 */
const WATCHDOG = `
exec 3<&0
"$1" ./redis.conf </dev/null >/dev/null 2>&1 3<&- &
server=$!
echo "$server"
( while read -r _; do :; done; kill -TERM "$server" ) <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill "$watcher"
exit "$code"
`;

/**
 * Starts `redis-server` or `valkey-server` of the PATH on a free loopback port with its data in `<dir>/redis`,
 * restarts it on the same port when it dies, and resolves when it answers. It ends with this process, whatever ends
 * this process, but not with a Ctrl-C, so that the service can finish first. A server that an earlier process left
 * behind on the same data is stopped before.
 * @throws when no server program is installed, a live process uses the data, or the server does not start.
 */
export async function startRedis(options: { readonly dir: string; readonly log: Log }): Promise<RedisServer> {
  const program = await findServerProgram();
  const folder = join(options.dir, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const data = await realpath(folder);
  await stopLeftover(data, options.log);
  await rm(join(data, 'redis.log'), { force: true });
  for (let attempt = 1; ; attempt += 1) {
    const state: State = {
      owner: process.pid,
      server: null,
      port: await freePort(),
      password: randomBytes(24).toString('hex'),
    };
    await writePrivate(join(data, 'redis.conf'), configuration(state));
    try {
      return supervise(program, data, state, await launch(program, data, state), options.log);
    } catch (error) {
      // Another program may have taken the port that was free.
      if (attempt === PORT_ATTEMPTS || !(await logTail(data)).includes('Address already in use')) throw error;
    }
  }
}

function supervise(program: string, data: string, state: State, first: Running, log: Log): RedisServer {
  const stopping = new AbortController();
  let running = first;

  async function relaunch(): Promise<Running | undefined> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      try {
        await pause(RESTART_DELAYS_MS[failures] ?? LONGEST_RESTART_DELAY_MS, undefined, { signal: stopping.signal });
        await shutDown(state);
        return await launch(program, data, state);
      } catch (error) {
        if (!stopping.signal.aborted) log.error({ err: error, port: state.port }, 'redis does not restart');
      }
    }
    return undefined;
  }

  async function watch(): Promise<void> {
    for (;;) {
      const code = await running.exited;
      if (stopping.signal.aborted) return;
      log.warn({ code, port: state.port }, 'redis ended, restarting it');
      const next = await relaunch();
      if (next === undefined) return;
      running = next;
      if (stopping.signal.aborted) return end(running, state);
      log.info({ pid: running.pid, port: state.port }, 'redis restarted');
    }
  }

  const watching = watch();

  async function stop(): Promise<void> {
    stopping.abort();
    await end(running, state);
    await watching;
    await rm(join(data, 'server.json'), { force: true });
  }

  let stopped: Promise<void> | undefined;
  return {
    url: `redis://:${state.password}@${HOST}:${state.port}`,
    port: state.port,
    get pid() {
      return running.pid;
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** One server process, from its start until it answers. */
async function launch(program: string, data: string, state: State): Promise<Running> {
  // Detached: a Ctrl-C on the terminal reaches the service only, which stops Redis when it has finished.
  const shell = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', program], {
    cwd: data,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = new Promise<number | null>((resolve) => {
    shell.once('error', () => resolve(null));
    shell.once('exit', (code) => {
      shell.stdin.destroy();
      shell.stdout.destroy();
      resolve(code);
    });
  });
  const ended = exited.then(async (code) => {
    throw new Error(`${program} ended with code ${code}\n${await logTail(data)}`);
  });
  const pid = Number(await Promise.race([firstLine(shell.stdout), ended]));
  await writePrivate(join(data, 'server.json'), JSON.stringify({ ...state, server: pid }));
  const client = connection(state, () => POLL_MS);
  const given = new AbortController();
  const late = pause(START_LIMIT_MS, undefined, { signal: given.signal }).then(() => {
    throw new Error(`${program} does not answer after ${START_LIMIT_MS / 1000} s\n`);
  });
  try {
    await Promise.race([client.ping(), ended, late]);
    return { pid, exited };
  } catch (error) {
    shell.stdin.destroy();
    throw error;
  } finally {
    given.abort();
    client.disconnect();
  }
}

async function end(running: Running, state: State): Promise<void> {
  const late = setTimeout(() => signal(running.pid, 'SIGKILL'), STOP_LIMIT_MS);
  await shutDown(state);
  await running.exited;
  clearTimeout(late);
}

/** Tells the server that answers to our password, if one does, to write everything to disk and end. */
async function shutDown(state: State): Promise<void> {
  const client = connection(state, () => null);
  try {
    await client.call('SHUTDOWN');
  } catch {
    // The connection closes instead of an answer; or no server was there.
  } finally {
    client.disconnect();
  }
}

async function stopLeftover(data: string, log: Log): Promise<void> {
  const state = await readState(data);
  if (state === undefined || state.server === null) return;
  const giveUp = Date.now() + LEFTOVER_LIMIT_MS;
  while (isAlive(state.server) && Date.now() < giveUp) {
    if ((await dataFolderOf(state)) === data) {
      if (isAlive(state.owner)) throw new Error(`${data} is in use by process ${state.owner}; stop that process first`);
      log.warn({ pid: state.server }, 'stopping the redis that an earlier run left behind');
      await shutDown(state);
    }
    await pause(POLL_MS);
  }
}

/** The data folder of the server that answers to our password, undefined when none does. */
async function dataFolderOf(state: State): Promise<string | undefined> {
  const client = connection(state, () => null);
  try {
    const answer = await client.config('GET', 'dir');
    return z.tuple([z.string(), z.string()]).parse(answer)[1];
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}

function connection(state: State, retryStrategy: () => number | null): Redis {
  const client = new Redis({
    host: HOST,
    port: state.port,
    password: state.password,
    retryStrategy,
    maxRetriesPerRequest: null,
    // Disconnecting a connection that is closed already keeps the process up for this long, ms.
    disconnectTimeout: 50,
  });
  // Each command reports its own failure.
  client.on('error', () => undefined);
  return client;
}

function configuration(state: State): string {
  return [
    `bind ${HOST}`,
    'protected-mode yes',
    `port ${state.port}`,
    `requirepass ${state.password}`,
    'dir ./',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'logfile redis.log',
    '',
  ].join('\n');
}

async function findServerProgram(): Promise<string> {
  for (const name of PROGRAMS) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const file = join(folder, name);
      if (folder !== '' && (await isProgram(file))) return file;
    }
  }
  throw new Error(`neither ${PROGRAMS.join(' nor ')} is on the PATH and REDIS_URL is not set; run: npm run setup`);
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, HOST, resolve);
  });
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  return '';
}

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
}

async function readState(data: string): Promise<State | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(join(data, 'server.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

async function logTail(data: string): Promise<string> {
  const text = await readFile(join(data, 'redis.log'), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

/** False when there is no such process, or it belongs to somebody else. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
