import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const packages = ['bullmq', 'express', 'ioredis', 'mongodb', 'mongoose', 'yaml', 'zod'];

let folder: string;

/** A small project of empty packages under the real rules. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-imports-'));
  cpSync('.dependency-cruiser.cjs', join(folder, '.dependency-cruiser.cjs'));
  write('package.json', JSON.stringify({ dependencies: Object.fromEntries(packages.map((name) => [name, '1.0.0'])) }));
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function check(files: Readonly<Record<string, string>>): { ok: boolean; output: string } {
  for (const [path, text] of Object.entries(files)) write(path, text);
  const program = join(process.cwd(), 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', 'src', 'workers'];
  const done = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { ok: done.status === 0, output: done.stdout + done.stderr };
}

test('what the folders are for is allowed', () => {
  const { ok, output } = check({
    'src/main.ts': "import './infra/embedded/process.ts'; import './features/listings/routes.ts';",
    'src/infra/embedded/process.ts': "import 'mongodb';",
    'src/domain/money.ts': "import type { Code } from './errors.ts'; export type Money = Code;",
    'src/domain/errors.ts': 'export type Code = string;',
    'src/detect/text.ts': "import type { Money } from '../domain/money.ts'; import 'yaml'; export type T = Money;",
    'src/engine/pack.ts': "import type { Money } from '../domain/money.ts'; import 'yaml'; export type T = Money;",
    'src/features/listings/routes.ts': "import 'express'; import './commands.ts'; import '../prices/views.ts';",
    'src/features/listings/commands.ts': "import './repo.ts'; import '../prices/jobs.ts';",
    'src/features/listings/repo.ts': "import 'mongoose';",
    'src/features/prices/views.ts': '',
    'src/features/prices/jobs.ts': "import 'zod';",
    'src/console/page.ts': "import '../client/client.ts';",
    'src/client/client.ts': "import 'zod';",
    'workers/main.ts': "import '../src/infra/embedded/process.ts';",
  });
  expect(output).toContain('no dependency violations');
  expect(ok).toBe(true);
});

test('each rule is broken by what it forbids, by type imports and dynamic imports too', () => {
  const { ok, output } = check({
    'src/client/client.ts': 'export type Client = 1;',
    'src/console/page.ts': "import '../domain/plain.ts';",
    'src/detect/cache.ts': "import 'ioredis';",
    'src/domain/dynamic.ts': "export const engine = await import('../engine/files.ts');",
    'src/domain/files.ts': "import { readFileSync } from 'node:fs';",
    'src/domain/library.ts': "import 'zod';",
    'src/domain/plain.ts': '',
    'src/engine/files.ts': "import 'fs/promises';",
    'src/engine/upward.ts': "import type { Client } from '../client/client.ts';",
    'src/features/x/commands.ts': "import type { Request } from 'express'; import { Queue } from 'bullmq';",
    'src/features/x/routes.ts': "import type { Row } from '../y/repo.ts';",
    'src/features/x/views.ts': "import mongoose from 'mongoose';",
    'src/features/y/repo.ts': 'export type Row = 1;',
    'src/http/first.ts': "import './second.ts';",
    'src/http/lost.ts': "import './nowhere.ts';",
    'src/http/second.ts': "import type { First } from './first.ts';",
    'src/infra/embedded/process.ts': '',
    'workers/relay.ts': "import '../src/infra/embedded/process.ts';",
  });
  expect(ok).toBe(false);
  const expected = [
    'commands-know-no-transport-and-no-store: src/features/x/commands.ts → node_modules/bullmq/index.js',
    'commands-know-no-transport-and-no-store: src/features/x/commands.ts → node_modules/express/index.js',
    'console-imports-only-client: src/console/page.ts → src/domain/plain.ts',
    'detect-and-engine-do-no-input-output: src/detect/cache.ts → node_modules/ioredis/index.js',
    'detect-and-engine-do-no-input-output: src/engine/files.ts → fs/promises',
    'detect-and-engine-import-domain-and-libraries: src/engine/files.ts → fs/promises',
    'detect-and-engine-import-domain-and-libraries: src/engine/upward.ts → src/client/client.ts',
    'domain-imports-only-domain: src/domain/dynamic.ts → src/engine/files.ts',
    'domain-imports-only-domain: src/domain/files.ts → fs',
    'domain-imports-only-domain: src/domain/library.ts → node_modules/zod/index.js',
    'embedded-database-only-from-entry-points: workers/relay.ts → src/infra/embedded/process.ts',
    'every-import-resolves: src/http/lost.ts → ./nowhere.ts',
    'features-meet-through-views-and-jobs: src/features/x/routes.ts → src/features/y/repo.ts',
    'mongoose-only-in-repositories: src/features/x/views.ts → node_modules/mongoose/index.js',
    'no-cycles: src/http/first.ts →',
  ];
  const reported = output.split('\n').flatMap((line) => /^ *error (.*?) *$/.exec(line)?.[1] ?? []);
  expect(reported.toSorted()).toEqual(expected);
});
