import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A program of ours that a test starts, kills and starts again. */
export interface Part {
  readonly pid: number;
  /** Ends it and resolves with its exit code; null when a signal ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

const READY_LIMIT_MS = 30_000;
const POLL_MS = 50;

/** Starts a built program and resolves when it prints a line that matches. */
export async function startPart(program: string, args: readonly string[], ready: RegExp, env = {}): Promise<Part> {
  const script = join(process.cwd(), 'dist/src', program);
  return startProgram(process.execPath, ['--no-warnings', script, ...args], ready, env);
}

async function startProgram(file: string, args: readonly string[], ready: RegExp, env = {}): Promise<Part> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const said: string[] = [];
  const exited = once(child, 'exit').then(([code]): number | null => (typeof code === 'number' ? code : null));
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const up = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      if (ready.test(line)) resolve();
    });
  });
  const given = new AbortController();
  const late = pause(READY_LIMIT_MS, 'late', { signal: given.signal }).catch(() => 'given up');
  const outcome = await Promise.race([up, exited.then((code) => `ended with ${code}`), late]);
  given.abort();
  if (outcome !== undefined) {
    child.kill('SIGKILL');
    throw new Error(`${args.join(' ')}: ${outcome}\n${said.slice(-20).join('\n')}`);
  }
  return { pid: child.pid ?? 0, end: (signal) => end(child, signal, exited) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals, exited: Promise<number | null>) {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  return exited;
}

/** Resolves when the condition holds. Throws with what was seen last when it does not within `limitMs`. */
export async function until<Seen>(limitMs: number, look: () => Promise<Seen>, holds: (seen: Seen) => boolean) {
  const giveUp = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > giveUp) throw new Error(`not within ${limitMs} ms: ${JSON.stringify(seen)}`);
    await pause(POLL_MS);
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

export type PartName = 'database' | 'redis' | 'api' | 'worker';

/** An Ed25519 key and an administrator's key that open nothing but test stores. */
const CHECKPOINT_KEY = 'MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const ADMIN_KEY = 'ts_fault.abcdefghijklmnopqrstuvwxyz0123456789';

/** A whole service in four processes, each of which can be killed and started again where it was. */
export class Troupe {
  readonly #dir: string;
  readonly #ports: Readonly<Record<PartName, number>>;
  readonly #parts = new Map<PartName, Part>();

  private constructor(dir: string, ports: Readonly<Record<PartName, number>>) {
    this.#dir = dir;
    this.#ports = ports;
  }

  static async start(): Promise<Troupe> {
    const dir = await mkdtemp(join(tmpdir(), 'touchstone-fault-'));
    const [database, redis, api, worker] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const troupe = new Troupe(dir, { database, redis, api, worker });
    try {
      await Promise.all([troupe.start('database'), troupe.start('redis')]);
      await troupe.start('api');
      await troupe.start('worker');
      return troupe;
    } catch (error) {
      await troupe.close();
      throw error;
    }
  }

  get mongoUrl(): string {
    return `mongodb://127.0.0.1:${this.#ports.database}/`;
  }

  get redisUrl(): string {
    return `redis://127.0.0.1:${this.#ports.redis}`;
  }

  get adminKey(): string {
    return ADMIN_KEY;
  }

  get checkpointKey(): string {
    return CHECKPOINT_KEY;
  }

  address(name: 'api' | 'worker'): string {
    return `http://127.0.0.1:${this.#ports[name]}`;
  }

  /** Starts a part on the port and the data that it had. */
  async start(name: PartName): Promise<void> {
    this.#parts.set(name, await this.#launch(name));
  }

  async end(name: PartName, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null | undefined> {
    const part = this.#parts.get(name);
    this.#parts.delete(name);
    return part?.end(signal);
  }

  async loseQueue(): Promise<void> {
    const redis = new Redis(this.redisUrl);
    await redis.flushall();
    redis.disconnect();
  }

  /** `{ status, dependencies }` of a part's /readyz. */
  async readiness(name: 'api' | 'worker'): Promise<{ status: number; dependencies: Record<string, string> }> {
    const response = await fetch(`${this.address(name)}/readyz`);
    const body: { dependencies: Record<string, string> } = await response.json();
    return { status: response.status, dependencies: body.dependencies };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#parts.keys()].map((name) => this.end(name, 'SIGKILL')));
    await rm(this.#dir, { recursive: true, force: true });
  }

  #launch(name: PartName): Promise<Part> {
    const port = `${this.#ports[name]}`;
    if (name === 'database') {
      return startPart('infra/embedded/process.js', ['--port', port, '--dir', join(this.#dir, 'database')], /mongodb:/);
    }
    if (name === 'redis') {
      const options = ['--port', port, '--bind', '127.0.0.1', '--dir', this.#dir, '--appendonly', 'yes', '--save', ''];
      return startProgram('redis-server', options, /Ready to accept connections/);
    }
    return startPart('main.js', ['--role', name], /ready on/, {
      MONGO_URL: this.mongoUrl,
      REDIS_URL: this.redisUrl,
      PORT: port,
      DATA_DIR: this.#dir,
      LOG_LEVEL: 'silent',
      RELAY_INTERVAL_MS: '50',
      SWEEP_INTERVAL_MS: '1000',
      CHECKPOINT_INTERVAL_MS: '1000',
      STOP_LIMIT_MS: '8000',
      CHECKPOINT_KEY,
      ...(name === 'api' ? { ADMIN_KEY } : {}),
    });
  }
}
