// @ts-check
// Runs before `npm start` and `npm test`, on plain Node, before any package is installed.
// Usage: node src/setup/setup.mjs [--build] [--no-redis]
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupFailure } from './command.mjs';
import { requireNode } from './node-version.mjs';

/** @param {readonly string[]} flags */
async function setup(flags) {
  const unknown = flags.find((flag) => flag !== '--build' && flag !== '--no-redis');
  if (unknown !== undefined) throw new SetupFailure(`unknown option ${unknown}; known: --build, --no-redis`);
  requireNode(process.versions.node);
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  const { installPackages } = await import('./packages.mjs');
  const { build } = await import('./build.mjs');
  const { provideRedis } = await import('./redis.mjs');
  installPackages(root);
  if (flags.includes('--build')) build(root);
  if (!flags.includes('--no-redis')) await provideRedis(process.env);
}

try {
  await setup(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  process.stderr.write(`setup: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
