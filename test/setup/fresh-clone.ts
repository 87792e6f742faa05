import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A clone in a temporary folder on a machine whose programs are all stubs in `bin`. */
export class FreshClone {
  readonly root = mkdtempSync(join(tmpdir(), 'touchstone-clone-'));
  readonly bin = join(this.root, 'bin');

  constructor() {
    chmodSync(this.root, 0o755);
    mkdirSync(this.bin);
    chmodSync(this.bin, 0o777);
    cpSync('src/setup', join(this.root, 'src/setup'), { recursive: true });
    this.write('calls', '');
    chmodSync(join(this.root, 'calls'), 0o666);
  }

  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** A program on the PATH that notes its call, then runs `body` as a shell script. */
  stub(name: string, body = ''): void {
    const file = join(this.bin, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >>"${this.root}/calls"\n${body}\n`);
    chmodSync(file, 0o755);
  }

  /** The calls of stubs since the last question. */
  calls(): string[] {
    const lines = this.read('calls').split('\n').filter(Boolean);
    writeFileSync(join(this.root, 'calls'), '');
    return lines;
  }

  /** Runs the setup script; never as root, who could really install something. */
  setup(
    flags: readonly string[],
    env: Readonly<Record<string, string>> = {},
    nodeFlags: readonly string[] = [],
  ): Outcome {
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    return this.run(
      process.execPath,
      [...nodeFlags, 'src/setup/setup.mjs', ...flags],
      { PATH: this.bin, ...env },
      nobody,
    );
  }

  run(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    user: { uid?: number; gid?: number } = {},
  ): Outcome {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: this.root, env, encoding: 'utf8', ...user });
    return { status, stdout, stderr };
  }

  discard(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
