// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A setup step that cannot go on. Exit code 2: this machine lacks something; 1: the project does not build. */
export class SetupFailure extends Error {
  /**
   * @param {string} message
   * @param {1 | 2} [exitCode]
   */
  constructor(message, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * One line a step, on stderr: stdout belongs to the command that follows.
 * @param {string} step
 */
export function say(step) {
  process.stderr.write(`setup: ${step}\n`);
}

/**
 * Runs a program to its end, without a terminal.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {{ ok: boolean, output: string }} `output` holds stdout and stderr.
 */
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = [done.stdout ?? '', done.stderr ?? '', done.error?.message ?? ''].join('').trim();
  return { ok: done.status === 0, output };
}

/**
 * The file that a shell would run, or undefined.
 * @param {string} name
 * @param {string | undefined} searchPath
 * @returns {string | undefined}
 */
export function findProgram(name, searchPath) {
  for (const folder of (searchPath ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder: the search goes on.
    }
  }
  return undefined;
}
