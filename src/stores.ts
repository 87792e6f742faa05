import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from './config/config.ts';
import type { Logger } from './infra/logger.ts';
import { packageRoot } from './infra/package-root.ts';
import { startRedis } from './infra/redis-server.ts';
import { supervise } from './infra/supervised-process.ts';

/** Where the truth and the queues are, and how to let go of them. */
export interface Stores {
  readonly mongoUrl: string;
  readonly redisUrl: string;
  /** What this process runs itself, for the one line that says so. */
  readonly embedded: readonly string[];
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 10_000;

/** Uses the stores that the environment names, and starts those that it does not on the loopback interface. */
export async function provideStores(config: Config, log: Logger): Promise<Stores> {
  const dir = resolve(config.dataDir);
  await mkdir(dir, { recursive: true });
  const database = config.mongoUrl === undefined ? await startDatabase(join(dir, 'database'), log) : null;
  try {
    const redis = config.redisUrl === undefined ? await startRedis({ dir, log }) : null;
    return {
      mongoUrl: config.mongoUrl ?? database?.announced ?? '',
      redisUrl: config.redisUrl ?? redis?.url ?? '',
      embedded: [
        ...(database === null ? [] : [`embedded database (${join(config.dataDir, 'database')})`]),
        ...(redis === null ? [] : [`private Redis (${join(config.dataDir, 'redis')})`]),
      ],
      stop: async () => {
        await redis?.stop();
        await database?.stop(STOP_LIMIT_MS);
      },
    };
  } catch (error) {
    await database?.stop(STOP_LIMIT_MS);
    throw error;
  }
}

/** The embedded database in a process of its own, on the same port after a crash. */
export function startDatabase(dir: string, log: Logger) {
  return supervise({
    name: 'embedded database',
    program: join(packageRoot(), 'dist/src/infra/embedded/process.js'),
    args: (first) => ['--dir', dir, '--exit-with-parent', '--port', first === null ? '0' : portOf(first)],
    ready: /mongodb:\/\/\S+/,
    log,
  });
}

function portOf(url: string): string {
  return /:(\d+)/.exec(url.slice('mongodb://'.length))?.[1] ?? '0';
}

/** What a running service tells the command line: where its stores and its API are. Readable by its owner alone. */
export interface RunFile {
  readonly pid: number;
  readonly api: string;
  readonly mongoUrl: string;
  readonly mongoDatabase: string;
  readonly redisUrl: string;
  readonly queuePrefix: string;
}

export async function writeRunFile(dataDir: string, content: RunFile): Promise<() => Promise<void>> {
  const file = join(dataDir, 'run.json');
  await writeFile(file, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  return () => rm(file, { force: true });
}
