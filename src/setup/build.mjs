// @ts-check
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run, SetupFailure, say } from './command.mjs';

const SOURCES = ['src', 'workers'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/**
 * Compiles to `dist/` when a source changed, appeared or went since the last build that succeeded.
 * @param {string} root
 */
export function build(root) {
  const output = join(root, 'dist');
  const stamp = join(output, '.sources.json');
  const before = readStamp(stamp);
  const now = listSources(root);
  if (JSON.stringify(before) === JSON.stringify(now)) return;
  // The compiler leaves the output of a removed source behind.
  if (Object.keys(before).some((file) => !(file in now))) rmSync(output, { recursive: true, force: true });
  say('building');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { ok, output: messages } = run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root });
  if (!ok) throw new SetupFailure(`the build failed\n${messages}`, 1);
  writeFileSync(`${stamp}.${process.pid}`, JSON.stringify(now));
  renameSync(`${stamp}.${process.pid}`, stamp);
}

/**
 * @param {string} stamp
 * @returns {Record<string, string>}
 */
function readStamp(stamp) {
  return existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
}

/**
 * Path to size and time of change, in the order of the paths.
 * @param {string} root
 * @returns {Record<string, string>}
 */
function listSources(root) {
  const compiled = SOURCES.flatMap((folder) => filesUnder(join(root, folder))).filter((file) => file.endsWith('.ts'));
  const files = [...compiled, ...SETTINGS.map((name) => join(root, name)).filter((file) => existsSync(file))];
  return Object.fromEntries(
    files.sort().map((file) => {
      const { size, mtimeMs } = statSync(file);
      return [relative(root, file), `${size} ${mtimeMs}`];
    }),
  );
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
