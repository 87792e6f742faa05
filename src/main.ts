import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Config, ConfigError, readConfig } from './config/config.ts';
import { demoCurl, loadDemo } from './demo/load.ts';
import { PackError } from './engine/pack-source.ts';
import { createLogger, type Logger } from './infra/logger.ts';
import { supervise } from './infra/supervised-process.ts';
import { startApi, startWorker } from './service.ts';
import { provideStores, writeRunFile } from './stores.ts';

export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** The settings or the command line cannot be used; the message says what to change. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface Service {
  stop(): Promise<void>;
}

/**
 * Starts a role. `all` starts the stores that the environment does not name, a worker in a process of its own, and the
 * API here. With `demo` an empty store is filled with the demonstration world, and one screen says where everything is.
 */
export async function start(role: Role, demo: boolean, config: Config): Promise<Service> {
  const logger = createLogger(config.logLevel ?? (demo ? 'warn' : 'info'), role);
  if (role === 'all') return startAll(demo, config, logger);
  const { mongoUrl, redisUrl } = config;
  if (mongoUrl === undefined || redisUrl === undefined) {
    throw new StartError(`role ${role} needs MONGO_URL and REDIS_URL; only role all starts stores of its own`);
  }
  const running = await (role === 'api' ? startApi : startWorker)(config, { mongoUrl, redisUrl }, logger);
  say(`touchstone ${role} ready on ${running.address}`);
  return running;
}

async function startAll(demo: boolean, config: Config, logger: Logger): Promise<Service> {
  const stores = await provideStores(config, logger);
  const stops: (() => Promise<void>)[] = [() => stores.stop()];
  const stop = async () => {
    for (const each of stops.reverse()) await each();
  };
  try {
    const api = await startApi(config, stores, logger);
    stops.push(() => api.stop());
    const keys = demo ? await loadDemo(api.composition, config.dataDir, api.composition.clock()) : null;
    const worker = await superviseWorker(config, stores, logger);
    stops.push(() => worker.stop(config.stopLimitMs));
    stops.push(
      await writeRunFile(config.dataDir, {
        pid: process.pid,
        api: api.address,
        mongoUrl: stores.mongoUrl,
        mongoDatabase: config.mongoDatabase,
        redisUrl: stores.redisUrl,
        queuePrefix: config.queuePrefix,
      }),
    );
    if (stores.embedded.length > 0) say(`running on ${stores.embedded.join(' and ')}, on loopback only`);
    say(
      screen(
        api.address,
        worker.announced.split(' ').at(-1) ?? '',
        keys === null ? null : { ...keys },
        api.composition.clock(),
      ),
    );
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function superviseWorker(config: Config, stores: { mongoUrl: string; redisUrl: string }, logger: Logger) {
  return supervise({
    name: 'worker',
    program: fileURLToPath(import.meta.url),
    args: () => ['--role', 'worker', '--exit-with-parent'],
    env: { MONGO_URL: stores.mongoUrl, REDIS_URL: stores.redisUrl, PORT: '0', DATA_DIR: resolve(config.dataDir) },
    ready: /touchstone worker ready on \S+/,
    log: logger,
  });
}

function screen(address: string, worker: string, keys: Readonly<Record<string, string>> | null, now: number): string {
  const lines = [
    '',
    `  API      ${address}/v1`,
    `  Docs     ${address}/docs`,
    `  Console  ${address}/console`,
    `  Health   ${address}/readyz and ${worker}/readyz (worker)`,
  ];
  if (keys !== null) {
    lines.push('', '  Demonstration keys 演示密钥');
    for (const [role, token] of Object.entries(keys)) lines.push(`    ${role.padEnd(9)}${token}`);
    lines.push('', '  Try it 试一试', '', demoCurl(address, keys.platform ?? '', now));
  }
  return `${lines.join('\n')}\n`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      role: { type: 'string', default: 'all' },
      demo: { type: 'boolean', default: false },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const role = ROLES.find((each) => each === values.role);
  if (role === undefined) throw new StartError(`--role must be one of ${ROLES.join(', ')}`);
  const service = await start(role, values.demo, readConfig(process.env));
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (values['exit-with-parent']) process.stdin.on('end', stop).on('error', stop).resume();
}

/** What the operator can mend exits with 2 and a reason; anything else is a defect and shows where. */
function fail(error: unknown): void {
  const mendable = [ConfigError, PackError, StartError].some((kind) => error instanceof kind) || isPortTaken(error);
  const text = error instanceof Error ? ((mendable ? error.message : error.stack) ?? error.message) : String(error);
  process.stderr.write(`touchstone: ${text}\n`);
  process.exit(mendable ? 2 : 1);
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main().catch(fail);
