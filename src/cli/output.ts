import { once } from 'node:events';

/** Bad usage or bad input: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command did its work, and what it checked does not hold: exit code 1. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/**
 * Ends the command with exit code 2.
 * @param line 1 for the first line; undefined when the reason concerns the whole file.
 */
export function fail(file: string, line: number | undefined, reason: string): never {
  throw new UsageError(line === undefined ? `${file}: ${reason}` : `${file}:${line}: ${reason}`);
}

/** One JSON value, one line; a bigint becomes a decimal string. Await it: it waits for a slow reader. */
export async function writeJsonLine(value: unknown): Promise<void> {
  await writeLine(JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner)));
}

/** One line of text on stdout. Await it: it waits for a slow reader. */
export async function writeLine(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

/** A remark for the person at the terminal; stdout stays clean. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `touchstone ... | head` closes our output early: that ends the command, and is no failure. */
export function endWhenReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

export interface Progress {
  /** @param by units done since the last call */
  advance(by: number): void;
  finish(): void;
}

const noProgress: Progress = { advance: () => undefined, finish: () => undefined };

/** A progress bar on stderr where a person can see it, and nothing anywhere else. `total` is in the unit of `advance`. */
export async function startProgress(label: string, total: number): Promise<Progress> {
  if (!process.stderr.isTTY) return noProgress;
  const { SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    format: `${label} {bar} {percentage}% {eta_formatted}`,
  });
  bar.start(total, 0);
  return { advance: (by) => bar.increment(by), finish: () => bar.stop() };
}
