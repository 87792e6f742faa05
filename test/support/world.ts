import { randomBytes } from 'node:crypto';
import type { Express } from 'express';
import { type Agent, agent } from 'supertest';
import { COLLECTIONS, type Composition, compose } from '../../src/compose.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { ContextLoaders } from '../../src/features/decisions/contexts.ts';
import { createKey } from '../../src/features/keys/commands.ts';
import { keyStore } from '../../src/features/keys/repo.ts';
import { createApp } from '../../src/http/app.ts';
import { Authenticator } from '../../src/http/auth.ts';
import type { Role } from '../../src/http/scopes.ts';
import { signerFrom } from '../../src/infra/checkpoint-key.ts';
import { type Identifiers, randomIdentifiers } from '../../src/infra/crypto.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { createMetrics } from '../../src/infra/metrics.ts';
import { type CollectionSpec, ensureIndexes } from '../../src/infra/mongo/collection.ts';
import { connectMongo, pingMongo } from '../../src/infra/mongo/connection.ts';
import { ownershipOf, routesOf } from '../../src/routes.ts';
import { loadRuleBook } from '../../src/service.ts';
import { createWorker, type WorkerProcess } from '../../workers/main.ts';
import { observable, watchQueries } from './query-shapes.ts';

/** A fixed Ed25519 key that signs nothing but tests. */
const TEST_KEY = 'MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';

/** When a world's clock stands still at first: a Sunday in March 2026, 08:00 in Shanghai. */
export const START: Instant = Date.UTC(2026, 2, 15);

/** One whole service on the run's stores, in a database and a queue prefix of its own, with a clock that tests move. */
export interface TestWorld {
  readonly composition: Composition;
  readonly worker: WorkerProcess;
  readonly app: Express;
  readonly identifiers: Identifiers;
  readonly signer: ReturnType<typeof signerFrom>;
  readonly redisUrl: string;
  readonly queuePrefix: string;
  now(): Instant;
  moveClock(ms: number): void;
  /** Makes a key and returns an agent that sends it with every request. */
  as(role: Role, merchantId?: string): Promise<Agent>;
  token(role: Role, merchantId?: string): Promise<string>;
  /** Relays and handles until nothing is left to do. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Wraps how the API reads price history: to make a store slow or absent for a while. */
  readonly history?: (load: ContextLoaders['history']) => ContextLoaders['history'];
}

export async function openWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const mongoUrl = required('MONGO_URL');
  const redisUrl = required('REDIS_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  let now = START;
  const clock = () => now;
  const logger = createLogger('silent', 'test');
  const metrics = createMetrics();
  const connection = await connectMongo(observable(mongoUrl), name);
  // What tests look at themselves is no query of the product.
  const unwatched = await connectMongo(mongoUrl, name);
  const undeclared = watchQueries(connection.getClient(), COLLECTIONS);
  await ensureIndexes(connection, COLLECTIONS.map(lasting));
  const book = await loadRuleBook(undefined);
  const composition = compose({ connection, clock, identifiers: randomIdentifiers, book });
  const signer = signerFrom(TEST_KEY);
  const worker = createWorker({ composition, redisUrl, queuePrefix: name, signer, metrics, logger });
  const authenticator = new Authenticator(keyStore(composition.keys), clock);
  const { decisionDeps } = composition;
  const { loaders } = decisionDeps;
  const served = {
    ...composition,
    decisionDeps: {
      ...decisionDeps,
      loaders: { ...loaders, history: options.history?.(loaders.history) ?? loaders.history },
    },
  };
  const app = createApp({
    routes: routesOf(served, { precheckDeadlineMs: 5_000, onKeyChange: (id) => authenticator.invalidate(id) }),
    deps: {
      logger,
      clock,
      keys: authenticator,
      ownership: ownershipOf(composition),
      metrics: metrics.registry,
      redis: null,
      readiness: { mongo: () => pingMongo(connection), redis: () => worker.ping() },
    },
    checkResponses: true,
  });
  let keys = 0;
  const token = async (role: Role, merchantId?: string): Promise<string> => {
    keys += 1;
    const body = { subject: `test ${role}`, role, ...(merchantId === undefined ? {} : { merchantId }) };
    const secret = randomBytes(24).toString('base64url');
    return (await createKey(composition.keys, { id: `key-${keys}`, secret, body }, now)).token;
  };
  return {
    composition: { ...composition, connection: unwatched },
    worker,
    app,
    identifiers: randomIdentifiers,
    signer,
    redisUrl,
    queuePrefix: name,
    now: clock,
    moveClock: (ms) => {
      now += ms;
    },
    token,
    as: async (role, merchantId) => agent(app).set('Authorization', `Bearer ${await token(role, merchantId)}`),
    drain: () => worker.drain(),
    close: async () => {
      await worker.stop();
      await connection.dropDatabase();
      await Promise.all([connection.close(), unwatched.close()]);
      if (undeclared.length > 0) throw new Error(`Queries that no repository declares: ${undeclared.join('; ')}`);
    },
  };
}

/** A world's clock stands in the past, and the store would let go at once of what expires by it. */
function lasting(spec: CollectionSpec): CollectionSpec {
  return { ...spec, indexes: spec.indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds === undefined) };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run through jest, whose setup starts the stores`);
  return value;
}
