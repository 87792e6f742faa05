import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startRedis } from '../../src/infra/redis-server.ts';
import { onTeardown, tearDown } from './shared-stores.ts';

/**
 * One embedded database and one private Redis for the whole run, at `MONGO_URL` and `REDIS_URL` of every test file.
 * Where these are set already, the run uses what they point to.
 */
export default async function globalSetup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'touchstone-test-'));
  onTeardown(() => rm(dir, { recursive: true, force: true }));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => void tearDown().finally(() => process.exit(1)));
  }
  try {
    await Promise.all([provideRedis(dir), provideDatabase(dir)]);
  } catch (error) {
    await tearDown();
    throw error;
  }
}

async function provideRedis(dir: string): Promise<void> {
  if (process.env.REDIS_URL) return;
  const silent = () => undefined;
  const server = await startRedis({ dir, log: { info: silent, warn: silent, error: silent } });
  onTeardown(() => server.stop());
  process.env.REDIS_URL = server.url;
}

async function provideDatabase(dir: string): Promise<void> {
  const program = join(process.cwd(), 'dist/src/infra/embedded/process.js');
  if (process.env.MONGO_URL || !existsSync(program)) return;
  const child = spawn(
    process.execPath,
    ['--no-warnings', program, '--port', '0', '--dir', join(dir, 'mongo'), '--exit-with-parent'],
    {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  onTeardown(() => endChild(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /mongodb:\/\/\S+/.exec(line)?.[0];
    if (url === undefined) continue;
    process.env.MONGO_URL = url;
    child.stdout.resume();
    return;
  }
  throw new Error('the embedded database ended before it was ready');
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(late);
}
