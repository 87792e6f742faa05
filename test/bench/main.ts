import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs every benchmark one after the other, each in a process of its own that prints one JSON object, and keeps it all. */
const run = promisify(execFile);
const ALL = ['engine', 'price', 'claims', 'precheck', 'import', 'score', 'embedded'];
const OUTPUT = 'docs/bench.json';

const asked = process.argv.slice(2);
const results: Record<string, unknown> = {};
for (const name of ALL.filter((each) => asked.length === 0 || asked.includes(each))) {
  process.stderr.write(`bench ${name} ...\n`);
  const { stdout } = await run(process.execPath, ['--no-warnings', join('dist/test/bench', `${name}.js`)]);
  results[name] = JSON.parse(stdout);
}
const machine = {
  node: process.version,
  kernel: release(),
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
};
const text = `${JSON.stringify({ at: new Date().toISOString(), machine, ...results }, null, 2)}\n`;
if (asked.length === 0) await writeFile(OUTPUT, text);
process.stdout.write(text);
