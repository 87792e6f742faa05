import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Job as QueuedJob, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Instant } from '../src/domain/time.ts';
import type { Clock } from '../src/infra/clock.ts';
import type { Logger } from '../src/infra/logger.ts';
import { type Markers, markerKey } from '../src/infra/mongo/markers.ts';
import { LANES, type Lane } from '../src/infra/queue/job.ts';
import type { Handler } from './handler.ts';

export interface RunnerParts {
  readonly handlers: readonly Handler[];
  readonly markers: Markers;
  readonly redis: Redis;
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: (job: string, outcome: 'done' | 'failed', seconds: number) => void;
}

export interface Runner {
  /** Takes jobs as they come, `concurrency` at a time in each lane. */
  start(concurrency: number): void;
  /** Runs what is queued now until nothing is ready, one job after the other. Returns how many ran. */
  drain(): Promise<number>;
  /** Throws when a lane has had jobs waiting for a while and this process takes none. */
  assertConsuming(waiting: Readonly<Record<Lane, number>>): void;
  /** Takes no new job, finishes those under way, closes the connections. Does not wait longer than `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

/** A process that dies gives its jobs back after this long, ms. Handlers bear running twice, so it may be short. */
const LOCK_MS = 15_000;
const STALLED_LOOK_MS = 5_000;
/** How often a job may be given back before it counts as failed and is left to the sweeper. */
const STALLED_LIMIT = 3;
/** After the queue's server was away, ms. */
const RETRY_MS = 1_000;
/** A lane that has jobs waiting and takes none for so long is stuck, ms. */
const STUCK_MS = 30_000;

export function createRunner(parts: RunnerParts): Runner {
  const { handlers, markers, redis, prefix, clock, logger, observe } = parts;
  const byName = new Map(handlers.map((handler) => [handler.job.name, handler]));
  const workers = new Map<Lane, Worker>();
  const lastTaken = new Map<Lane, Instant>();
  let stopping = false;

  async function run(queued: QueuedJob): Promise<void> {
    const handler = byName.get(queued.name);
    if (handler === undefined) throw new UnrecoverableError(`no handler for ${queued.name}`);
    const payload = handler.job.payload.safeParse(queued.data);
    if (!payload.success) throw new UnrecoverableError(`payload of ${queued.name}: ${payload.error.message}`);
    const started = clock();
    await handler.handle(payload.data, started);
    await markers.done(markerKey(payload.data.id, queued.name), clock());
    observe(queued.name, 'done', (clock() - started) / 1_000);
  }

  function workerOf(lane: Lane): Worker {
    const existing = workers.get(lane);
    if (existing !== undefined) return existing;
    const take = (queued: QueuedJob) => {
      lastTaken.set(lane, clock());
      return run(queued);
    };
    const worker = new Worker(lane, take, {
      connection: redis,
      prefix,
      autorun: false,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_LOOK_MS,
      maxStalledCount: STALLED_LIMIT,
      runRetryDelay: RETRY_MS,
    });
    worker.on('error', (error) =>
      logger.warn({ code: 'queue_error', lane, reason: error.message }, 'queue connection'),
    );
    worker.on('failed', (queued, error) => {
      observe(queued?.name ?? 'unknown', 'failed', 0);
      logger.error(
        { code: 'job_failed', job: queued?.name, attempt: queued?.attemptsMade, reason: error.message },
        'job failed',
      );
    });
    workers.set(lane, worker);
    return worker;
  }

  /** A loop that ends by itself would leave its lane to nobody. */
  async function keepRunning(lane: Lane, worker: Worker): Promise<void> {
    while (!stopping) {
      const reason = await worker.run().then(
        () => 'ended',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (stopping) return;
      logger.error({ code: 'queue_stopped', lane, reason }, 'queue stopped, starting it again');
      await pause(RETRY_MS);
    }
  }

  return {
    start: (concurrency) => {
      for (const lane of LANES) {
        const worker = workerOf(lane);
        worker.concurrency = concurrency;
        lastTaken.set(lane, clock());
        void keepRunning(lane, worker);
      }
    },
    assertConsuming: (waiting) => {
      for (const [lane, taken] of lastTaken) {
        if (waiting[lane] === 0) lastTaken.set(lane, clock());
        else if (clock() - taken > STUCK_MS) throw new Error(`lane ${lane} has jobs waiting and takes none`);
      }
    },
    drain: async () => {
      let ran = 0;
      for (const lane of LANES) ran += await drainLane(workerOf(lane), run);
      return ran;
    },
    stop: async (limitMs) => {
      stopping = true;
      const closed = Promise.all([...workers.values()].map((worker) => worker.close())).then(() => true);
      // A job that hangs, or a server that is away, would keep the process for ever; another one takes the job over.
      const given = new AbortController();
      const late = pause(limitMs, false, { signal: given.signal }).catch(() => false);
      if (!(await Promise.race([closed, late]))) {
        logger.warn({ code: 'jobs_cut_short' }, 'jobs under way are left to be taken up again');
        closed.catch(() => undefined);
      }
      given.abort();
    },
  };
}

async function drainLane(worker: Worker, run: (queued: QueuedJob) => Promise<void>): Promise<number> {
  const token = randomUUID();
  let ran = 0;
  for (;;) {
    const queued = await worker.getNextJob(token, { block: false });
    if (queued === undefined) return ran;
    ran += 1;
    try {
      await run(queued);
      await queued.moveToCompleted(null, token, false);
    } catch (error) {
      await queued.moveToFailed(error instanceof Error ? error : new Error(String(error)), token, false);
      worker.emit('failed', queued, error instanceof Error ? error : new Error(String(error)), 'active');
    }
  }
}
