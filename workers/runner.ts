import { randomUUID } from 'node:crypto';
import { type Job as QueuedJob, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
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
  /** Takes no new job, finishes those under way, closes the connections. */
  stop(): Promise<void>;
}

export function createRunner(parts: RunnerParts): Runner {
  const { handlers, markers, redis, prefix, clock, logger, observe } = parts;
  const byName = new Map(handlers.map((handler) => [handler.job.name, handler]));
  const workers = new Map<Lane, Worker>();

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
    const worker = new Worker(lane, run, { connection: redis, prefix, autorun: false });
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

  return {
    start: (concurrency) => {
      for (const lane of LANES) {
        const worker = workerOf(lane);
        worker.concurrency = concurrency;
        worker.run().catch((error: unknown) => logger.error({ code: 'queue_stopped', lane, error }, 'queue stopped'));
      }
    },
    drain: async () => {
      let ran = 0;
      for (const lane of LANES) ran += await drainLane(workerOf(lane), run);
      return ran;
    },
    stop: async () => {
      await Promise.all([...workers.values()].map((worker) => worker.close()));
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
