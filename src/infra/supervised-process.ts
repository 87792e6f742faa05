import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from './logger.ts';

export interface SupervisedOptions {
  readonly name: string;
  /** Built program file, run by this same Node. */
  readonly program: string;
  /** Arguments of a start; `first` is the line that the first start announced itself with, null before it. */
  readonly args: (first: string | null) => readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The process is up when it prints a line that matches. */
  readonly ready: RegExp;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface SupervisedProcess {
  /** The text that matched `ready` at the first start. */
  readonly announced: string;
  readonly pid: () => number | undefined;
  /** Asks the process to end, and ends it after `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

const RESTART_MS = [0, 200, 500, 1_000, 2_000];
const RESTART_MAX_MS = 5_000;
/** A process that ran this long failed anew, not still. */
const STABLE_MS = 30_000;

/**
 * Runs a program of ours in a process of its own and starts it again whenever it ends by itself. The process gets a
 * pipe as its standard input: when this process is gone, however it ended, the pipe closes and the other can end too.
 * Rejects when the first start fails.
 */
export async function supervise(options: SupervisedOptions): Promise<SupervisedProcess> {
  const { name, log } = options;
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  const start = (first: string | null) => launch(options, first, (spawned) => (child = spawned));
  let running = await start(null);
  const first = running.announced;

  async function watch(): Promise<void> {
    for (let failures = 0; ; ) {
      const startedAt = performance.now();
      const code = await running.exited;
      if (stopping.signal.aborted) return;
      failures = performance.now() - startedAt > STABLE_MS ? 0 : failures + 1;
      log.warn({ code, process: name }, 'process ended, starting it again');
      const waited = pause(RESTART_MS[failures] ?? RESTART_MAX_MS, undefined, { signal: stopping.signal });
      await waited.catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        running = await start(first);
      } catch (error) {
        log.error({ process: name, reason: error instanceof Error ? error.message : String(error) }, 'no start');
      }
    }
  }
  const watching = watch();

  return {
    announced: first,
    pid: () => running.child.pid,
    stop: async (limitMs) => {
      stopping.abort();
      // Which may be one that is still starting.
      child?.kill('SIGTERM');
      const late = setTimeout(() => child?.kill('SIGKILL'), limitMs);
      await watching;
      clearTimeout(late);
    },
  };
}

interface Launched {
  readonly child: ChildProcess;
  readonly announced: string;
  readonly exited: Promise<number | null>;
}

async function launch(
  options: SupervisedOptions,
  first: string | null,
  onSpawn: (child: ChildProcess) => void,
): Promise<Launched> {
  const child = spawn(process.execPath, ['--no-warnings', options.program, ...options.args(first)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...options.env },
    // Out of the terminal's process group: a Ctrl-C reaches this process, which ends the others in order.
    detached: true,
  });
  onSpawn(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const announced = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${options.name} ended with ${code} before it was ready`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = options.ready.exec(line);
      if (match === null) process.stdout.write(`${line}\n`);
      else resolve(match[0]);
    });
  });
  return { child, announced: await announced, exited };
}
