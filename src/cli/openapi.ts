import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { ApiDocument } from '../client/generate.ts';
import { API_TYPES, apiTypes } from '../client/write-api.ts';
import { compose } from '../compose.ts';
import { buildOpenApi } from '../http/openapi.ts';
import { systemClock } from '../infra/clock.ts';
import { randomIdentifiers } from '../infra/crypto.ts';
import { unconnectedMongo } from '../infra/mongo/connection.ts';
import { packageRoot } from '../infra/package-root.ts';
import { routesOf } from '../routes.ts';
import { CheckFailed, writeLine } from './output.ts';
import { ruleBookOf } from './rule-book.ts';

const DOCUMENT = 'docs/openapi.json';

interface OpenApiOptions {
  readonly check: boolean;
  readonly stdout: boolean;
  readonly dir: string;
}

/** `touchstone openapi`: the document of the API and the client's types, written, printed or compared. */
export function registerOpenApi(program: Command): void {
  program
    .command('openapi')
    .description(`Write ${DOCUMENT} and ${API_TYPES} from the routes · 由路由生成接口文档`)
    .option('--check', 'write nothing; exit 1 when a file is not what the routes give · 只检查', false)
    .option('--stdout', 'print the document instead · 打印到标准输出', false)
    .option('--dir <directory>', 'checkout that the files are in · 项目目录', packageRoot())
    .action(openApi);
}

async function openApi({ check, stdout, dir }: OpenApiOptions): Promise<void> {
  const text = `${JSON.stringify(await document(), null, 2)}\n`;
  if (stdout) return writeLine(text.trimEnd());
  const parsed: ApiDocument = JSON.parse(text);
  const files = [
    { name: DOCUMENT, content: text },
    { name: API_TYPES, content: apiTypes(parsed, packageRoot()) },
  ];
  const stale: string[] = [];
  for (const { name, content } of files) {
    const path = join(dir, name);
    if ((await contentOf(path)) === content) continue;
    stale.push(name);
    if (check) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  if (check && stale.length > 0) {
    throw new CheckFailed(`${stale.join(' and ')}: not what the routes give; run \`touchstone openapi\``);
  }
  await writeLine(check || stale.length === 0 ? 'the files are what the routes give' : `wrote ${stale.join(' and ')}`);
}

/** The routes describe themselves; none of them is run. */
async function document() {
  const connection = unconnectedMongo();
  try {
    const book = await ruleBookOf();
    const composition = compose({ connection, clock: systemClock, identifiers: randomIdentifiers, book });
    return buildOpenApi(routesOf(composition, { precheckDeadlineMs: 1, onKeyChange: () => undefined }));
  } finally {
    await connection.close();
  }
}

async function contentOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
