import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1).max(600_000);

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  MONGO_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional(),
  MONGO_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,38}$/, 'must be 1 to 38 letters, digits, underscores or hyphens')
    .default('touchstone'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .optional(),
  QUEUE_PREFIX: z.string().min(1).max(64).default('touchstone'),
  DATA_DIR: z.string().min(1).default('.touchstone'),
  RULES_DIR: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).optional(),
  CHECKPOINT_KEY: z.string().min(1).optional(),
  ADMIN_KEY: z
    .string()
    .regex(
      /^ts_[A-Za-z0-9]{1,32}\.[A-Za-z0-9_-]{32,128}$/,
      'must have the form ts_ID.SECRET with 32 characters or more',
    )
    .optional(),
  PRECHECK_DEADLINE_MS: milliseconds.default(1_500),
  RELAY_INTERVAL_MS: milliseconds.default(250),
  SWEEP_INTERVAL_MS: milliseconds.default(5_000),
  CHECKPOINT_INTERVAL_MS: milliseconds.default(60_000),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(8),
  STOP_LIMIT_MS: milliseconds.default(15_000),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absent: the embedded database is started. */
  readonly mongoUrl: string | undefined;
  readonly mongoDatabase: string;
  /** Absent: a private Redis is started. */
  readonly redisUrl: string | undefined;
  readonly queuePrefix: string;
  readonly dataDir: string;
  /** Absent: the `rules` folder of the installation. */
  readonly rulesDir: string | undefined;
  /** Absent: `info`, and `warn` with the demonstration world, whose screen should stay readable. */
  readonly logLevel: string | undefined;
  /** PKCS#8 PEM or base64 DER of an Ed25519 private key. Absent: one is kept in the data directory. */
  readonly checkpointKey: string | undefined;
  /** A first administrator's key for a store that has none. */
  readonly adminKey: string | undefined;
  readonly precheckDeadlineMs: number;
  readonly relayIntervalMs: number;
  readonly sweepIntervalMs: number;
  readonly checkpointIntervalMs: number;
  readonly workerConcurrency: number;
  readonly stopLimitMs: number;
}

/** All that is wrong with the environment, one line a key. Values are never repeated: they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the settings from environment variables; empty ones count as absent. Throws ConfigError naming every bad key. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`the environment cannot be used:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    mongoUrl: values.MONGO_URL,
    mongoDatabase: values.MONGO_DATABASE,
    redisUrl: values.REDIS_URL,
    queuePrefix: values.QUEUE_PREFIX,
    dataDir: values.DATA_DIR,
    rulesDir: values.RULES_DIR,
    logLevel: values.LOG_LEVEL,
    checkpointKey: values.CHECKPOINT_KEY,
    adminKey: values.ADMIN_KEY,
    precheckDeadlineMs: values.PRECHECK_DEADLINE_MS,
    relayIntervalMs: values.RELAY_INTERVAL_MS,
    sweepIntervalMs: values.SWEEP_INTERVAL_MS,
    checkpointIntervalMs: values.CHECKPOINT_INTERVAL_MS,
    workerConcurrency: values.WORKER_CONCURRENCY,
    stopLimitMs: values.STOP_LIMIT_MS,
  };
}
