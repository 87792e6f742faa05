import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type Config, ConfigError, readConfig } from '../config/config.ts';
import { createLogger } from '../infra/logger.ts';
import { type Connection, connectMongo } from '../infra/mongo/connection.ts';
import { startDatabase } from '../stores.ts';
import { UsageError } from './output.ts';

const runFile = z.object({ pid: z.int(), mongoUrl: z.string(), mongoDatabase: z.string() });

export interface OpenStore {
  readonly connection: Connection;
  readonly config: Config;
  /** The same for the same data, whatever port they are served on. */
  readonly identity: string;
}

/** The settings of the environment; what is wrong with them is a matter of usage. */
export function configOrUsageError(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

/**
 * Runs `work` on the store that the environment means: that of MONGO_URL, else that of the service that runs in the data
 * directory, else the data directory's embedded database, started for as long as the work takes.
 * @throws UsageError where there is none and `create` is not set.
 */
export async function withStore<Value>(
  work: (store: OpenStore) => Promise<Value>,
  { create = false }: { readonly create?: boolean } = {},
): Promise<Value> {
  const config = configOrUsageError();
  const { url, database, identity, stop } = await findStore(config, create);
  const connection = await connectMongo(url, database);
  try {
    return await work({ connection, config, identity });
  } finally {
    await connection.close();
    await stop();
  }
}

interface FoundStore {
  readonly url: string;
  readonly database: string;
  readonly identity: string;
  stop(): Promise<void>;
}

async function findStore(config: Config, create: boolean): Promise<FoundStore> {
  const nothing = async () => undefined;
  const { mongoUrl, mongoDatabase } = config;
  if (mongoUrl !== undefined) {
    return { url: mongoUrl, database: mongoDatabase, identity: `${mongoUrl} ${mongoDatabase}`, stop: nothing };
  }
  const running = await runningIn(config.dataDir);
  const directory = resolve(config.dataDir, 'database');
  if (running !== null) {
    const database = running.mongoDatabase;
    return { url: running.mongoUrl, database, identity: `${directory} ${database}`, stop: nothing };
  }
  if (!create && !(await exists(directory))) {
    throw new UsageError(
      `no store: MONGO_URL is not set, no service runs in ${config.dataDir}, and no database is kept there`,
    );
  }
  const server = await startDatabase(directory, createLogger('warn', 'cli'));
  return {
    url: server.announced,
    database: mongoDatabase,
    identity: `${directory} ${mongoDatabase}`,
    stop: () => server.stop(10_000),
  };
}

/** What the service that runs in this data directory says of itself; null when none does. */
async function runningIn(dataDir: string): Promise<z.output<typeof runFile> | null> {
  const file = join(dataDir, 'run.json');
  if (!(await exists(file))) return null;
  const parsed = runFile.safeParse(JSON.parse(await readFile(file, 'utf8')));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
