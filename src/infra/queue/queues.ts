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
  /** Of each entry, whether the queue still means to run it. One round trip, whatever the length of the queue. */
  alive<Payload>(entries: readonly Enqueue<Payload>[]): Promise<boolean[]>;
  counts(): Promise<Record<Lane, LaneCounts>>;
  close(): Promise<void>;
}

/**
 * The queue refuses `:` in identifiers and ignores one that is still among its failed jobs, hence a hash and the
 * generation.
 */
function jobId<Payload>({ job, payload, generation }: Enqueue<Payload>): string {
  return sha256(`${job.name}|${job.key(payload)}|${generation}`).slice(0, 40);
}

/** The writing side of all lanes. `prefix` keeps worlds in one Redis apart. */
export function openQueues(redis: Redis, prefix: string): Queues {
  const queues = new Map(LANES.map((lane) => [lane, new Queue(lane, { connection: redis, prefix })]));
  // Each command reports its own failure, and the connection is watched where it is made.
  for (const queue of queues.values()) queue.on('error', () => undefined);
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
    alive: async (entries) => {
      const questions = redis.pipeline();
      for (const entry of entries) {
        const id = jobId(entry);
        const queue = queueOf(entry.job.lane);
        questions.exists(queue.toKey(id)).zscore(queue.toKey('failed'), id);
      }
      const answers = (await questions.exec()) ?? [];
      return entries.map((_, index) => answerAt(answers, 2 * index) === 1 && answerAt(answers, 2 * index + 1) === null);
    },
    counts: async () => {
      const [fast, bulk] = await Promise.all([countsOf(queueOf('fast')), countsOf(queueOf('bulk'))]);
      return { fast, bulk };
    },
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

/** A job that is done leaves nothing behind, so one that is there and not among the failed is still to be run. */
function answerAt(answers: readonly [Error | null, unknown][], index: number): unknown {
  const [error, answer] = answers[index] ?? [new Error('Redis gave fewer answers than it was asked questions'), null];
  if (error !== null) throw error;
  return answer;
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
