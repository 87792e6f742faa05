// @ts-check
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, run, SetupFailure, say } from './command.mjs';

const SERVERS = ['redis-server', 'valkey-server'];
const SYSTEM_PORT = 6379;

/**
 * Makes sure that a Redis can be used: one at `REDIS_URL`, or a server program that the service starts for itself.
 * @param {NodeJS.ProcessEnv} env
 */
export async function provideRedis(env) {
  if (env.REDIS_URL || SERVERS.some((name) => findProgram(name, env.PATH))) return;
  const privileges = aptPrivileges(env);
  if (privileges === undefined) throw new SetupFailure(howToInstall(process.platform, env));
  say('installing redis-server (apt-get), as a program, not as a service');
  const portWasOpen = await isOpen(SYSTEM_PORT);
  const script = join(dirname(fileURLToPath(import.meta.url)), 'install-redis.sh');
  const [program, ...args] = [...privileges, 'sh', script];
  const { ok, output } = run(program ?? 'sh', args, { env });
  if (!ok || !findProgram('redis-server', env.PATH)) {
    throw new SetupFailure(`apt-get could not install redis-server\n${output}\n${howToInstall(process.platform, env)}`);
  }
  if (!portWasOpen && (await isOpen(SYSTEM_PORT))) {
    throw new SetupFailure(
      'the installed redis-server runs as a system service; stop it: systemctl disable --now redis-server',
    );
  }
}

/**
 * The words to put before a command that needs root, or undefined where apt-get cannot be used without asking.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[] | undefined}
 */
function aptPrivileges(env) {
  if (process.platform !== 'linux' || !findProgram('apt-get', env.PATH)) return undefined;
  if (process.getuid?.() === 0) return [];
  return findProgram('sudo', env.PATH) && run('sudo', ['-n', 'true'], { env }).ok ? ['sudo', '-n'] : undefined;
}

/**
 * @param {NodeJS.Platform} platform
 * @param {NodeJS.ProcessEnv} env
 */
function howToInstall(platform, env) {
  return [
    'Redis is needed: no REDIS_URL is set and neither redis-server nor valkey-server is on the PATH.',
    '       需要 Redis:未设置 REDIS_URL,PATH 中也没有 redis-server 或 valkey-server。',
    `       Install it, then run the command again / 安装后重新运行:  ${installCommand(platform, env)}`,
    '       Or point to a running one / 或指向已运行的实例:  REDIS_URL=redis://host:6379',
  ].join('\n');
}

/**
 * @param {NodeJS.Platform} platform
 * @param {NodeJS.ProcessEnv} env
 */
function installCommand(platform, env) {
  if (platform === 'darwin') return 'brew install redis';
  if (platform === 'win32')
    return 'wsl --install   (then work inside WSL / 然后在 WSL 中:  sudo apt-get install redis-server)';
  if (findProgram('apt-get', env.PATH)) return 'sudo apt-get install redis-server';
  if (findProgram('dnf', env.PATH)) return 'sudo dnf install redis   (or / 或 valkey)';
  if (findProgram('pacman', env.PATH)) return 'sudo pacman -S valkey';
  if (findProgram('apk', env.PATH)) return 'apk add redis';
  return 'Debian, Ubuntu: sudo apt-get install redis-server · Fedora: sudo dnf install redis · macOS: brew install redis';
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (/** @type {boolean} */ open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
