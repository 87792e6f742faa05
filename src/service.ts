import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import type { Redis } from 'ioredis';
import { createWorker } from '../workers/main.ts';
import { COLLECTIONS, type Composition, compose } from './compose.ts';
import type { Config } from './config/config.ts';
import { makeRuleBook, type RuleBook } from './features/decisions/rule-book.ts';
import { ensureAdminKey } from './features/keys/commands.ts';
import { keyStore } from './features/keys/repo.ts';
import { createApp } from './http/app.ts';
import { Authenticator } from './http/auth.ts';
import { closerOf } from './http/close-server.ts';
import type { ReadinessCheck } from './http/health.ts';
import type { Route } from './http/route.ts';
import { keptSigner, signerFrom } from './infra/checkpoint-key.ts';
import { systemClock } from './infra/clock.ts';
import { randomIdentifiers } from './infra/crypto.ts';
import type { Logger } from './infra/logger.ts';
import { createMetrics, type Metrics } from './infra/metrics.ts';
import { ensureIndexes } from './infra/mongo/collection.ts';
import { connectMongo, pingMongo } from './infra/mongo/connection.ts';
import { packageRoot } from './infra/package-root.ts';
import { connectRedis } from './infra/redis.ts';
import { readRules } from './infra/rules-directory.ts';
import { ownershipOf, routesOf } from './routes.ts';

/** Where a process of the service finds its stores. */
export interface StoreUrls {
  readonly mongoUrl: string;
  readonly redisUrl: string;
}

export interface Running {
  readonly composition: Composition;
  /** Where it listens, `http://host:port`. */
  readonly address: string;
  /** Finishes what is under way, then lets go of everything. */
  stop(): Promise<void>;
}

/** Reads and checks all rules. Throws PackError naming file, line and reason of everything that is wrong. */
export async function loadRuleBook(rulesDir: string | undefined): Promise<RuleBook> {
  const folder = rulesDir === undefined ? join(packageRoot(), 'rules') : resolve(rulesDir);
  const [packs, policies] = await Promise.all([readRules(folder, 'packs'), readRules(folder, 'policies')]);
  const below = (name: string) => policies.filter(({ path }) => path.startsWith(join('rules', 'policies', name)));
  return makeRuleBook({
    pack: [...packs, ...below('decision')],
    pricePolicies: below('price'),
    payablePolicies: below('payable'),
  });
}

/** Share of the time for stopping that jobs under way may take. */
const JOBS_SHARE = 0.8;

async function openComposition(config: Config, urls: StoreUrls): Promise<Composition> {
  const book = await loadRuleBook(config.rulesDir);
  const connection = await connectMongo(urls.mongoUrl, config.mongoDatabase);
  await ensureIndexes(connection, COLLECTIONS);
  return compose({ connection, clock: systemClock, identifiers: randomIdentifiers, book });
}

/** The HTTP side of the service. */
export async function startApi(config: Config, urls: StoreUrls, logger: Logger): Promise<Running> {
  const composition = await openComposition(config, urls);
  const { connection, keys } = composition;
  if (config.adminKey !== undefined) await ensureAdminKey(keys, config.adminKey, systemClock());
  const redis = connectRedis(urls.redisUrl, 'request', logger);
  const metrics = createMetrics();
  const authenticator = new Authenticator(keyStore(keys), systemClock);
  const routes = routesOf(composition, {
    precheckDeadlineMs: config.precheckDeadlineMs,
    onKeyChange: (id) => authenticator.invalidate(id),
  });
  const readiness = {
    mongo: () => pingMongo(connection),
    redis: async () => {
      await redis.ping();
    },
  };
  const server = listener(routes, composition, { logger, metrics, readiness, authenticator, redis });
  const close = closerOf(server);
  const address = await listen(server, config.host, config.port);
  return {
    composition,
    address,
    stop: async () => {
      await close(config.stopLimitMs);
      redis.disconnect();
      await connection.close();
    },
  };
}

/** The side that relays, handles, sweeps and signs; it listens for health checks alone. */
export async function startWorker(config: Config, urls: StoreUrls, logger: Logger): Promise<Running> {
  const composition = await openComposition(config, urls);
  const { connection, keys } = composition;
  const signer =
    config.checkpointKey === undefined ? await keptSigner(config.dataDir) : signerFrom(config.checkpointKey);
  const metrics = createMetrics();
  const worker = createWorker({
    composition,
    redisUrl: urls.redisUrl,
    queuePrefix: config.queuePrefix,
    signer,
    metrics,
    logger,
  });
  worker.start({
    concurrency: config.workerConcurrency,
    relayIntervalMs: config.relayIntervalMs,
    sweepIntervalMs: config.sweepIntervalMs,
    checkpointIntervalMs: config.checkpointIntervalMs,
  });
  const authenticator = new Authenticator(keyStore(keys), systemClock);
  const readiness = {
    mongo: () => pingMongo(connection),
    redis: () => worker.ping(),
    queue: () => worker.assertConsuming(),
  };
  const server = listener([], composition, { logger, metrics, readiness, authenticator, redis: null });
  const close = closerOf(server);
  const address = await listen(server, config.host, config.port);
  return {
    composition,
    address,
    stop: async () => {
      await worker.stop(config.stopLimitMs * JOBS_SHARE);
      await close(config.stopLimitMs);
      await connection.close();
    },
  };
}

interface ListenerParts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly authenticator: Authenticator;
  /** Shares rate limits among processes; null counts in this one alone. */
  readonly redis: Redis | null;
}

function listener(routes: readonly Route[], composition: Composition, parts: ListenerParts): Server {
  const { logger, metrics, readiness, authenticator, redis } = parts;
  const app = createApp({
    routes,
    deps: {
      logger,
      clock: composition.clock,
      keys: authenticator,
      ownership: ownershipOf(composition),
      metrics: metrics.registry,
      redis,
      readiness,
    },
  });
  return createServer(app);
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolveAddress, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const bound = server.address();
      const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
      resolveAddress(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`);
    });
  });
}
