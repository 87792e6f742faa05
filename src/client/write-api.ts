import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ApiDocument, generateApi } from './generate.ts';

/**
 * Writes src/client/api.ts from docs/openapi.json; with `--check` writes nothing and exits 1 when the file is not what
 * the document gives. Runs in the root of the project.
 */
const DOCUMENT = 'docs/openapi.json';
const TARGET = 'src/client/api.ts';

const document: ApiDocument = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
const formatted = spawnSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${TARGET}`], {
  input: generateApi(document),
  encoding: 'utf8',
});
if (formatted.status !== 0) {
  process.stderr.write(formatted.stderr);
  process.exitCode = 2;
} else if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, formatted.stdout);
} else if (readFileSync(TARGET, 'utf8') !== formatted.stdout) {
  process.stderr.write(`${TARGET} is not what ${DOCUMENT} gives; run the generator and commit its output\n`);
  process.exitCode = 1;
}
