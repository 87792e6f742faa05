import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TouchstoneError } from '../../domain/errors.ts';

/** Start time of a process in clock ticks since boot, where the platform tells; it sets a reused id apart. */
function startOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** The name of a system error. Errors of other realms are no instances of this one's `Error`. */
function systemCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  return start === '' || startOf(pid) === start;
}

/**
 * Takes the directory for this process until the returned function is called. A lock whose owner is gone is
 * taken over. Throws `conflict` when another process has it.
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'server.lock');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid} ${startOf(process.pid)}\n`);
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    refuseIfOwned(path, directory);
  }
  throw new TouchstoneError('conflict', `Another embedded database is starting in ${directory}`);
}

function refuseIfOwned(path: string, directory: string): void {
  if (!existsSync(path)) return;
  const [pid = '', start = ''] = readFileSync(path, 'utf8').trim().split(' ');
  if (pid !== '' && isAlive(Number(pid), start)) {
    throw new TouchstoneError(
      'conflict',
      `The data in ${directory} is in use by the embedded database with process id ${pid}; stop it or choose another directory`,
    );
  }
  rmSync(path, { force: true });
}
