import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ChildServer {
  readonly child: ChildProcess;
  readonly url: string;
}

const running = new Set<ChildProcess>();

const BUILT = 'dist/src/infra/embedded/process.js';
const FROM_SOURCE = ['--import', './test/embedded/typescript-loader.mjs', 'src/infra/embedded/process.ts'];

/** The server as the process that it is in use; where nothing is built, SWC strips the types on the way in. */
export async function startChild(directory: string): Promise<ChildServer> {
  const program = ['--no-warnings', ...(existsSync(BUILT) ? [BUILT] : FROM_SOURCE)];
  const child = spawn(process.execPath, [...program, '--dir', directory, '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return { child, url: line.trim() };
  }
  await ended(child);
  throw new Error(complaint);
}

export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** For the end of a test file: nothing of it goes on running. */
export async function endChildren(): Promise<void> {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all([...running].map(ended));
}
