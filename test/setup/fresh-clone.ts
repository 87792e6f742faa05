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
    mkdirSync(this.bin);
    cpSync('src/setup', join(this.root, 'src/setup'), { recursive: true });
    this.write('calls', '');
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

  /** Runs the setup script as a user who is not root, who could really install something. */
  setup(flags: readonly string[], env: Readonly<Record<string, string>> = {}, pretence = ''): Outcome {
    const preload = `data:text/javascript,process.getuid = () => 1000;${pretence}`;
    return this.run(process.execPath, ['--import', preload, 'src/setup/setup.mjs', ...flags], {
      PATH: this.bin,
      ...env,
    });
  }

  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Outcome {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: this.root, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  discard(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
