// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupFailure, say } from './command.mjs';

const QUIET = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Installs the packages of the lock file when `node_modules` does not hold them. Needs the npm registry and nothing else.
 * @param {string} root
 */
export function installPackages(root) {
  const lock = join(root, 'package-lock.json');
  const locked = existsSync(lock);
  if (locked ? holds(join(root, 'node_modules'), lock) : existsSync(join(root, 'node_modules'))) return;
  say('installing packages');
  const exact = locked ? npm(root, ['ci', ...QUIET]) : undefined;
  if (exact?.ok) return;
  // `npm ci` refuses a lock that lacks a package for another platform; `npm install` keeps to the same versions.
  if (exact !== undefined && !exact.output.includes('EUSAGE')) throw new SetupFailure(`npm ci failed\n${exact.output}`);
  const { ok, output } = npm(root, ['install', '--no-save', ...QUIET]);
  if (!ok) throw new SetupFailure(`npm install failed\n${output}`);
}

/**
 * Whether every package of the lock is installed at its version. npm keeps its own record of what it installed;
 * optional packages may be absent, because they belong to other platforms.
 * @param {string} modules
 * @param {string} lock
 */
function holds(modules, lock) {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(lock)).every(([path, wanted]) => {
    if (path === '' || wanted.link === true) return true;
    const found = installed[path];
    return found === undefined ? wanted.optional === true : found.version === wanted.version;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/**
 * The npm that runs this script, if one does: on some platforms `npm` is no program that can be started directly.
 * @param {string} root
 * @param {readonly string[]} args
 */
function npm(root, args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js')
    ? run(process.execPath, [script, ...args], { cwd: root })
    : run('npm', args, { cwd: root });
}
