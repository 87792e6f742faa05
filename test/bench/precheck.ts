import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import mongoose from 'mongoose';
import { COLLECTIONS, compose } from '../../src/compose.ts';
import { emptyBucket, mergeIntoBuckets, monthOf } from '../../src/domain/price/bucket.ts';
import { DAY } from '../../src/domain/time.ts';
import { precheck } from '../../src/features/decisions/commands.ts';
import { createKey } from '../../src/features/keys/commands.ts';
import { putShop } from '../../src/features/shops/commands.ts';
import { systemClock } from '../../src/infra/clock.ts';
import { randomIdentifiers } from '../../src/infra/crypto.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { ensureIndexes } from '../../src/infra/mongo/collection.ts';
import { connectMongo } from '../../src/infra/mongo/connection.ts';
import { openQueues } from '../../src/infra/queue/queues.ts';
import { connectRedis } from '../../src/infra/redis.ts';
import { startRedis } from '../../src/infra/redis-server.ts';
import { supervise } from '../../src/infra/supervised-process.ts';
import { loadRuleBook } from '../../src/service.ts';
import { startDatabase } from '../../src/stores.ts';
import { listingSnapshot, toSnapshot, toWire } from '../../src/wire/listing.ts';

const run = promisify(execFile);
const log = createLogger('error', 'bench');
const PREFIX = 'bench';
const DATABASE = 'bench';

interface Load {
  readonly requestsPerSecond: number;
  readonly total: number;
  readonly p50: number;
  readonly p97_5: number;
  readonly p99: number;
  readonly max: number;
  readonly failures: number;
}

/** The optimising compiler takes some ten thousand requests to settle; shorter runs measure it and not the service. */
const WARM_UP = 4;
const seconds = Number(process.env.BENCH_SECONDS ?? 8);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const few = Number(process.env.BENCH_FEW ?? 10_000);
const many = Number(process.env.BENCH_MANY ?? 1_000_000);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 16);

const dir = await mkdtemp(join(tmpdir(), 'touchstone-bench-'));
const stops: (() => Promise<void>)[] = [() => rm(dir, { recursive: true, force: true })];
try {
  process.stdout.write(`${JSON.stringify(await bench(), null, 2)}\n`);
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function bench() {
  const database = await startDatabase(join(dir, 'database'), log);
  stops.push(() => database.stop(5_000));
  const redis = await startRedis({ dir, log });
  stops.push(() => redis.stop());
  const env = {
    MONGO_URL: database.announced,
    REDIS_URL: redis.url,
    MONGO_DATABASE: DATABASE,
    QUEUE_PREFIX: PREFIX,
    DATA_DIR: dir,
    PORT: '0',
    LOG_LEVEL: 'error',
  };
  const connection = await connectMongo(database.announced, DATABASE);
  stops.push(() => connection.close());
  await ensureIndexes(connection, COLLECTIONS);
  const book = await loadRuleBook(undefined);
  const composition = compose({ connection, clock: systemClock, identifiers: randomIdentifiers, book });
  const now = Date.now();
  await putShop(
    composition.shops,
    {
      id: 'S1',
      body: {
        merchantId: 'M1',
        name: 'bench',
        zone: 'Asia/Shanghai',
        jurisdiction: 'CN',
        pricesCompleteSince: now - 200 * DAY,
      },
    },
    now,
  );
  const secret = 'b'.repeat(32);
  const { token } = await createKey(
    composition.keys,
    { id: 'bench', secret, body: { subject: 'bench', role: 'admin' } },
    now,
  );
  await seed(0, few);

  const api = await child('api', 'dist/src/main.js', ['--role', 'api', '--exit-with-parent'], /http:\/\/\S+/);
  await child('worker', 'dist/src/main.js', ['--role', 'worker', '--exit-with-parent'], /http:\/\/\S+/);
  const bare = await child('bare', 'dist/test/bench/bare-server.js', [], /http:\/\/\S+/);

  const target = { url: `${api}/v1/prechecks`, authorization: `Bearer ${token}` };
  await load(target, few, seconds * WARM_UP);
  await load({ url: bare, authorization: '' }, few, seconds);
  await quiet();
  const pairs: { bare: Load; precheck: Load; backlogAtEnd: number; secondsToEmpty: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bareLoad = await load({ url: bare, authorization: '' }, few, seconds);
    const precheckLoad = await load(target, few, seconds);
    pairs.push({ bare: bareLoad, precheck: precheckLoad, ...(await quiet()) });
  }
  const roundTrips = await countRoundTrips(database.announced);
  const quietLoads = { few: await steady(target, few), many: null as Load | null };
  if (many > few) {
    await seed(few, many);
    await load(target, many, 3);
    await quiet();
    quietLoads.many = await steady(target, many);
  }
  return {
    connections,
    seconds,
    throughputRatio: median(pairs.map((pair) => pair.precheck.requestsPerSecond / pair.bare.requestsPerSecond)),
    pairs,
    roundTrips,
    history: {
      listings: [few, many],
      ...quietLoads,
      p99Ratio: quietLoads.many === null ? null : quietLoads.many.p99 / quietLoads.few.p99,
    },
  };

  async function child(name: string, program: string, args: readonly string[], ready: RegExp): Promise<string> {
    const started = await supervise({ name, program: join(process.cwd(), program), args: () => args, env, ready, log });
    stops.push(() => started.stop(5_000));
    return started.announced;
  }

  /** Listings with an offer two months ago and a few sales last week, in buckets as the service writes them. */
  async function seed(from: number, to: number): Promise<void> {
    const chunk = 2_000;
    for (let start = from; start < to; start += chunk) {
      const writes = [];
      for (let index = start; index < Math.min(start + chunk, to); index += 1) {
        const listingId = `B${index}`;
        const base = {
          sku: null,
          currency: 'CNY',
          recordedAt: now,
          quantity: 1,
          layer: 'public' as const,
          platformSubsidy: 0n,
          refunded: false,
          brushed: false,
          corrects: null,
          retracted: false,
        };
        const { changed } = mergeIntoBuckets(
          listingId,
          [emptyBucket(listingId, monthOf(now))],
          [
            { ...base, id: `${listingId}-o`, kind: 'offer', price: 9_900n, at: now - 60 * DAY },
            { ...base, id: `${listingId}-1`, kind: 'sale', price: 9_900n, at: now - 5 * DAY },
            { ...base, id: `${listingId}-2`, kind: 'sale', price: 8_900n, at: now - 2 * DAY },
          ],
        );
        writes.push(...changed.map((bucket) => ({ bucket, previous: null, subject: null })));
      }
      await composition.prices.write(writes, now);
    }
  }

  /** Waits until every outbox and queue is empty. */
  async function quiet(): Promise<{ backlogAtEnd: number; secondsToEmpty: number }> {
    const producer = connectRedis(redis.url, 'request', log);
    await new Promise((resolve) => producer.once('ready', resolve));
    const queues = openQueues(producer, PREFIX);
    const backlog = async () => {
      const counts = await queues.counts();
      const pending = await connection
        .getClient()
        .db(DATABASE)
        .collection('decisions')
        .countDocuments({ pending: true });
      return pending + counts.fast.waiting + counts.fast.active + counts.bulk.waiting + counts.bulk.active;
    };
    const started = performance.now();
    const backlogAtEnd = await backlog();
    while ((await backlog()) > 0) {
      if (performance.now() - started > 300_000) throw new Error('the backlog does not empty');
      await pause(50);
    }
    await queues.close();
    producer.disconnect();
    return { backlogAtEnd, secondsToEmpty: (performance.now() - started) / 1_000 };
  }

  /** Latency below saturation: few connections, so that queueing does not hide the read. */
  async function steady(at: { url: string; authorization: string }, listings: number): Promise<Load> {
    const loads: Load[] = [];
    for (let round = 0; round < rounds; round += 1) {
      loads.push(await load(at, listings, seconds, 2));
      await quiet();
    }
    return loads.sort((left, right) => left.p99 - right.p99)[Math.floor(loads.length / 2)] ?? never();
  }

  async function countRoundTrips(url: string): Promise<Record<string, number>> {
    const watched = await mongoose
      .createConnection(url, {
        dbName: DATABASE,
        useBigInt64: true,
        monitorCommands: true,
        autoIndex: false,
        autoCreate: false,
      })
      .asPromise();
    const counts: Record<string, number> = {};
    const { decisionDeps } = compose({ connection: watched, clock: systemClock, identifiers: randomIdentifiers, book });
    const at = new Date(now).toISOString();
    const wire = toWire(
      listingSnapshot.parse({
        id: 'B1',
        shopId: 'S1',
        merchantId: 'M1',
        jurisdiction: 'CN',
        category: 'home',
        title: 'x',
        currency: 'CNY',
        price: '7900',
        claims: [{ kind: 'own', reference: '12900', startsAt: at }],
        at,
      }),
    );
    const snapshot = toSnapshot(listingSnapshot.parse(wire));
    const once = (id: string) =>
      precheck(
        decisionDeps,
        { id, snapshot, wire: JSON.parse(JSON.stringify(wire)), bodyHash: null },
        Date.now(),
        Date.now() + 60_000,
      );
    await once('round-trip-warm');
    watched.getClient().on('commandStarted', ({ commandName }) => {
      counts[commandName] = (counts[commandName] ?? 0) + 1;
    });
    await once('round-trip-counted');
    await watched.close();
    return counts;
  }
}

async function load(
  target: { url: string; authorization: string },
  listings: number,
  duration: number,
  width = connections,
): Promise<Load> {
  const plan = JSON.stringify({ ...target, seconds: duration, connections: width, listings });
  const { stdout } = await run(process.execPath, ['--no-warnings', 'dist/test/bench/load.js', plan]);
  const result: Load = JSON.parse(stdout);
  if (result.failures > 0) throw new Error(`${result.failures} requests failed at ${target.url}`);
  return result;
}

function median(values: number[]): number {
  return values.sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? never();
}

function never(): never {
  throw new Error('nothing was measured');
}
