import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { sha256 } from '../crypto.ts';
import { type Job, LANES, type Lane } from './job.ts';

/** Keeps the failed jobs that an operator may want to see; what was lost to this limit the sweeper enqueues again. */
const FAILED_KEPT = 10_000;

/** One entry to put on a queue. */
export interface Enqueue<Payload> {
  readonly job: Job<Payload>;
  readonly payload: Payload;
  /** Counts up when the queue lost or gave up the entry before; part of the identifier. */
  readonly generation: number;
}

export interface LaneCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

export interface Queues {
  enqueue<Payload>(entries: readonly Enqueue<Payload>[]): Promise<void>;
  /** Whether the queue still means to run this entry. */
  isAlive<Payload>(entry: Enqueue<Payload>): Promise<boolean>;
  counts(): Promise<Record<Lane, LaneCounts>>;
  close(): Promise<void>;
}

/**
 * The queue refuses `:` in identifiers and ignores one that is still among its failed jobs, hence a hash and the
 * generation.
 */
export function jobId<Payload>({ job, payload, generation }: Enqueue<Payload>): string {
  return sha256(`${job.name}|${job.key(payload)}|${generation}`).slice(0, 40);
}

const ALIVE = new Set(['waiting', 'active', 'delayed', 'prioritized', 'waiting-children']);

/** The writing side of all lanes. `prefix` keeps worlds in one Redis apart. */
export function openQueues(redis: Redis, prefix: string): Queues {
  const queues = new Map(LANES.map((lane) => [lane, new Queue(lane, { connection: redis, prefix })]));
  const queueOf = (lane: Lane): Queue => {
    const queue = queues.get(lane);
    if (queue === undefined) throw new RangeError(`no lane ${lane}`);
    return queue;
  };
  return {
    enqueue: async (entries) => {
      for (const lane of LANES) {
        const bulk = entries
          .filter((entry) => entry.job.lane === lane)
          .map((entry) => ({ name: entry.job.name, data: entry.payload, opts: optionsOf(entry) }));
        if (bulk.length > 0) await queueOf(lane).addBulk(bulk);
      }
    },
    isAlive: async (entry) => ALIVE.has(await queueOf(entry.job.lane).getJobState(jobId(entry))),
    counts: async () => {
      const [fast, bulk] = await Promise.all([countsOf(queueOf('fast')), countsOf(queueOf('bulk'))]);
      return { fast, bulk };
    },
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function optionsOf<Payload>(entry: Enqueue<Payload>): JobsOptions {
  return {
    jobId: jobId(entry),
    attempts: entry.job.attempts,
    backoff: { type: 'exponential', delay: entry.job.backoffMs },
    removeOnComplete: true,
    removeOnFail: { count: FAILED_KEPT },
  };
}

async function countsOf(queue: Queue): Promise<LaneCounts> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
  return { waiting, active, delayed, failed };
}
