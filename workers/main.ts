import { randomUUID } from 'node:crypto';
import type { Composition } from '../src/compose.ts';
import { SECOND } from '../src/domain/time.ts';
import { completeDecisionJob, scoreListingJob } from '../src/features/decisions/jobs.ts';
import { runImportJob } from '../src/features/imports/jobs.ts';
import { CHECKPOINT_LIMIT, signCheckpoint } from '../src/features/journal/commands.ts';
import { settlePricesJob } from '../src/features/prices/jobs.ts';
import type { CheckpointSigner } from '../src/infra/checkpoint-key.ts';
import type { Clock } from '../src/infra/clock.ts';
import { sha256 } from '../src/infra/crypto.ts';
import type { Logger } from '../src/infra/logger.ts';
import type { Metrics } from '../src/infra/metrics.ts';
import type { Leases } from '../src/infra/mongo/coordination.ts';
import { type EventJob, LANES } from '../src/infra/queue/job.ts';
import { openQueues, type Queues } from '../src/infra/queue/queues.ts';
import { connectRedis } from '../src/infra/redis.ts';
import type { Handler } from './handler.ts';
import { completeProvisional } from './handlers/complete-decision.ts';
import { workOffImport } from './handlers/run-import.ts';
import { scoreListing } from './handlers/score-listing.ts';
import { settlePrices } from './handlers/settle-prices.ts';
import { createRelay, type Relay } from './relay.ts';
import { createRunner, type Runner } from './runner.ts';
import { createTimers, type Schedule } from './schedules.ts';
import { createSweeper, type Sweeper } from './sweeper.ts';

/** Every job that an event can cause. */
export const EVENT_JOBS: readonly EventJob[] = [completeDecisionJob, scoreListingJob, settlePricesJob, runImportJob];

export interface WorkerParts {
  readonly composition: Composition;
  readonly redisUrl: string;
  readonly queuePrefix: string;
  readonly signer: CheckpointSigner;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface WorkerSettings {
  readonly concurrency: number;
  readonly relayIntervalMs: number;
  readonly sweepIntervalMs: number;
  readonly checkpointIntervalMs: number;
}

export interface WorkerProcess {
  readonly relay: Relay;
  readonly sweeper: Sweeper;
  readonly runner: Runner;
  readonly queues: Queues;
  /** Begins to relay, to handle, to sweep and to sign. */
  start(settings: WorkerSettings): void;
  /** Moves and handles events until nothing is left to do. For tests and tools: no waiting, no timers. */
  drain(): Promise<void>;
  /** Rejects when the queue's server does not answer. */
  ping(): Promise<void>;
  /** Rejects when jobs wait and this process takes none. */
  assertConsuming(): Promise<void>;
  /** Finishes what is under way, for as long as `limitMs` at the most. */
  stop(limitMs?: number): Promise<void>;
}

/** A lease outlives this many missed renewals. */
const LEASE_MS = 5 * SECOND;
const QUEUE_LOOK_MS = 5 * SECOND;
const STOP_LIMIT_MS = 10 * SECOND;

export function createWorker(parts: WorkerParts): WorkerProcess {
  const { composition, redisUrl, queuePrefix, metrics, logger } = parts;
  const { journal, markers, watermarks, outboxes, leases, clock } = composition;
  const owner = randomUUID();
  const writing = connectRedis(redisUrl, 'request', logger);
  const reading = connectRedis(redisUrl, 'worker', logger);
  const queues = openQueues(writing, queuePrefix);
  const relay = createRelay({ outboxes, journal, queues, jobs: EVENT_JOBS });
  const sweeper = createSweeper({ journal, markers, watermarks, queues, jobs: EVENT_JOBS });
  const runner = createRunner({
    handlers: handlersOf(composition),
    markers,
    redis: reading,
    prefix: queuePrefix,
    clock,
    logger,
    observe: metrics.jobRan,
  });
  const keeper = leaseKeeper(leases, owner, clock);
  let timers: ReturnType<typeof createTimers> | null = null;

  return {
    relay,
    sweeper,
    runner,
    queues,
    start: (settings) => {
      runner.start(settings.concurrency);
      timers = createTimers({
        schedules: schedulesOf(parts, settings, { relay, sweeper, queues }),
        mayRun: keeper.mayRun,
        logger,
      });
      timers.start();
    },
    drain: async () => {
      while ((await relay.pass()) + (await runner.drain()) > 0);
    },
    ping: async () => {
      await Promise.all([writing.ping(), reading.ping()]);
    },
    assertConsuming: async () => {
      const { fast, bulk } = await queues.counts();
      runner.assertConsuming({ fast: fast.waiting, bulk: bulk.waiting });
    },
    stop: async (limitMs = STOP_LIMIT_MS) => {
      await Promise.all([timers?.stop(), runner.stop(limitMs)]);
      await keeper.release();
      await queues.close();
      writing.disconnect();
      reading.disconnect();
    },
  };
}

/** Renews a held lease only after a third of its time, so that an idle loop writes nothing. */
function leaseKeeper(leases: Leases, owner: string, clock: Clock) {
  const renewAt = new Map<string, number>();
  return {
    mayRun: async ({ name, lease }: Schedule): Promise<boolean> => {
      const now = clock();
      if (!lease || now < (renewAt.get(name) ?? 0)) return true;
      const held = await leases.hold(name, owner, now, LEASE_MS);
      if (held) renewAt.set(name, now + LEASE_MS / 3);
      else renewAt.delete(name);
      return held;
    },
    /** Lets another process go on at once. Where the store is away the leases run out by themselves. */
    release: async (): Promise<void> => {
      await Promise.allSettled([...renewAt.keys()].map((name) => leases.release(name, owner)));
    },
  };
}

function handlersOf(composition: Composition): Handler[] {
  const { decisionDeps, listingDeps, priceDeps, imports } = composition;
  return [
    completeProvisional(decisionDeps),
    scoreListing({ ...decisionDeps, ...listingDeps }),
    settlePrices({ ...decisionDeps, ...listingDeps, ...priceDeps }),
    workOffImport({ ...listingDeps, imports }),
  ];
}

interface Workings {
  readonly relay: Relay;
  readonly sweeper: Sweeper;
  readonly queues: Queues;
}

/** Every timer of the product, on one page. */
function schedulesOf(parts: WorkerParts, settings: WorkerSettings, { relay, sweeper, queues }: Workings): Schedule[] {
  const { composition, metrics, signer } = parts;
  const { journal, checkpoints, clock } = composition;
  return [
    {
      name: 'relay',
      everyMs: settings.relayIntervalMs,
      lease: true,
      run: async () => {
        const moved = await relay.pass();
        metrics.eventsRelayed(moved);
        return moved > 0;
      },
    },
    {
      name: 'sweep',
      everyMs: settings.sweepIntervalMs,
      lease: true,
      run: async () => {
        metrics.eventsSwept(await sweeper.pass(clock()));
        return false;
      },
    },
    {
      name: 'checkpoint',
      everyMs: settings.checkpointIntervalMs,
      lease: true,
      run: async () => {
        const signed = await signCheckpoint({ journal, checkpoints, signer, sha256 }, clock());
        return signed !== null && signed.to - signed.from + 1 === CHECKPOINT_LIMIT;
      },
    },
    {
      name: 'measure-queues',
      everyMs: QUEUE_LOOK_MS,
      lease: false,
      run: async () => {
        const counts = await queues.counts();
        for (const lane of LANES) metrics.queueSeen(lane, counts[lane]);
        return false;
      },
    },
  ];
}
