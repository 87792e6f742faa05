import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of stdout as JSON. */
  lines(): Record<string, unknown>[];
}

/** A folder of its own to run commands in, with its data directory and, where given, a database. */
export class Workplace {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  private constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    this.folder = folder;
    this.#env = env;
  }

  static async open(env: Readonly<Record<string, string | undefined>> = {}): Promise<Workplace> {
    const folder = await mkdtemp(join(tmpdir(), 'touchstone-cli-'));
    return new Workplace(folder, { DATA_DIR: join(folder, 'data'), ...env });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): Promise<void> {
    return writeFile(this.path(name), content);
  }

  async json(name: string): Promise<Record<string, unknown>[]> {
    return jsonLines(await readFile(this.path(name), 'utf8'));
  }

  /** Names of the resume points of imports, in no order. */
  resumePoints(): Promise<string[]> {
    return readdir(this.path('data/imports'));
  }

  /** Runs the built command in the folder. */
  async run(...args: string[]): Promise<Ran> {
    const program = join(process.cwd(), 'dist/src/cli/main.js');
    const env = { ...process.env, NODE_OPTIONS: '', ...this.#env };
    const child = spawn(process.execPath, ['--no-warnings', program, ...args], { cwd: this.folder, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout, stderr, lines: () => jsonLines(stdout) };
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
