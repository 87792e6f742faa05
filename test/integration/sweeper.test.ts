import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts';
import { scoreListingJob } from '../../src/features/decisions/jobs.ts';
import type { JournalEntry } from '../../src/features/journal/repo.ts';
import { putRow } from '../../src/features/listings/commands.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { markerKey } from '../../src/infra/mongo/markers.ts';
import { LANES } from '../../src/infra/queue/job.ts';
import { listingRow } from '../../src/wire/listing.ts';
import type { Handler } from '../../workers/handler.ts';
import { EVENT_JOBS } from '../../workers/main.ts';
import { createRunner, type Runner } from '../../workers/runner.ts';
import { createSweeper } from '../../workers/sweeper.ts';
import { makeListing } from '../support/fixtures.ts';
import { faultsOf, journalOf } from '../support/invariants.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let redis: Redis;

beforeEach(async () => {
  world = await openWorld();
  redis = new Redis(world.redisUrl, { maxRetriesPerRequest: null });
});

afterEach(async () => {
  redis.disconnect();
  await world.close();
});

async function putListings(...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const row = listingRow.parse({ ...makeListing({ id }), state: 'live' });
    await putRow(world.composition.listingDeps, row, null, world.now());
  }
}

async function loseTheQueue(): Promise<void> {
  const keys = await redis.keys(`${world.queuePrefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
}

/** Jobs of the fast lane in the queue, whatever their state. */
async function queued(): Promise<{ ready: number; failed: number }> {
  const { fast } = await world.worker.queues.counts();
  return { ready: fast.waiting + fast.active + fast.delayed, failed: fast.failed };
}

/** A runner whose score-listing handler does what the test says. */
function runnerWith(handle: Handler['handle']): Runner {
  const { markers, clock } = world.composition;
  const logger = createLogger('silent', 'test');
  return createRunner({
    handlers: [{ job: scoreListingJob, handle }],
    markers,
    redis,
    prefix: world.queuePrefix,
    clock,
    logger,
    observe: () => undefined,
  });
}

/** Makes delayed attempts ready at once and runs them, until none is left. Returns how often jobs ran. */
async function runOut(runner: Runner): Promise<number> {
  let ran = 0;
  for (;;) {
    for (const lane of LANES) {
      const queue = new Queue(lane, { connection: redis, prefix: world.queuePrefix });
      await queue.promoteJobs();
      await queue.close();
    }
    const now = await runner.drain();
    if (now === 0) return ran;
    ran += now;
  }
}

it('enqueues again what Redis has lost, after some patience', async () => {
  await putListings('L1', 'L2');
  await world.worker.relay.pass();
  await loseTheQueue();
  world.moveClock(14 * SECOND);
  expect(await world.worker.sweeper.pass(world.now())).toBe(0);
  world.moveClock(SECOND);
  expect(await world.worker.sweeper.pass(world.now())).toBe(2);
  await world.drain();
  expect(await faultsOf(world)).toEqual([]);
});

it('leaves alone what waits in the queue, however long it waits', async () => {
  await putListings('L1', 'L2', 'L3');
  await world.worker.relay.pass();
  const before = await queued();
  for (let pass = 1; pass <= 5; pass += 1) {
    world.moveClock(HOUR);
    expect(await world.worker.sweeper.pass(world.now())).toBe(0);
  }
  expect(await queued()).toEqual(before);
  expect(before.ready).toBe(3);
});

it('looks at a long backlog a bounded part at a time, in few questions to the queue', async () => {
  const { journal, markers, watermarks, outboxes } = world.composition;
  await putListings('L1');
  const [document] = await outboxes.pending(1);
  const event = document?.outbox[0];
  if (event === undefined) throw new Error('no event');
  const backlog = Array.from({ length: 12_000 }, (_, index): JournalEntry => {
    const position = index + 1;
    return { position, event: { ...event, id: `e${position}` }, work: [scoreListingJob.name] };
  });
  for (let from = 0; from < backlog.length; from += 2_000) await journal.append(backlog.slice(from, from + 2_000));
  let questions = 0;
  const asked = new Set<string>();
  const queues = {
    ...world.worker.queues,
    enqueue: async () => undefined,
    alive: async (entries: readonly { payload: unknown }[]) => {
      questions += 1;
      for (const { payload } of entries) asked.add(JSON.stringify(payload));
      return entries.map(() => true);
    },
  };
  const sweeper = createSweeper({ journal, markers, watermarks, queues, jobs: EVENT_JOBS });
  world.moveClock(MINUTE);
  expect(await sweeper.pass(world.now())).toBe(0);
  expect({ questions, asked: asked.size }).toEqual({ questions: 20, asked: 10_000 });
  await sweeper.pass(world.now());
  expect({ questions, asked: asked.size }).toEqual({ questions: 24, asked: 12_000 });
});

describe('a job that never succeeds', () => {
  it('has a bounded number of attempts, and the jobs behind it go on', async () => {
    await putListings('poison', 'sound');
    await world.worker.relay.pass();
    const handled: (string | undefined)[] = [];
    const runner = runnerWith(async ({ subject }) => {
      handled.push(subject.listingId);
      if (subject.listingId === 'poison') throw new Error('cannot be handled');
    });
    await runOut(runner);
    await runner.stop(1_000);
    expect(handled.filter((id) => id === 'poison').length).toBe(scoreListingJob.attempts);
    expect(handled.filter((id) => id === 'sound').length).toBe(1);
    expect(await queued()).toEqual({ ready: 0, failed: 1 });
  });

  it('is tried again by the sweeper with growing patience, and done when it can be', async () => {
    await putListings('poison');
    await world.worker.relay.pass();
    let broken = true;
    let tried = 0;
    const runner = runnerWith(async () => {
      tried += 1;
      if (broken) throw new Error('cannot be handled');
    });
    const rounds: number[] = [];
    const start = world.now();
    await runOut(runner);
    for (let look = 1; look <= 400; look += 1) {
      world.moveClock(15 * SECOND);
      if ((await world.worker.sweeper.pass(world.now())) === 0) continue;
      rounds.push((world.now() - start) / SECOND);
      if (rounds.length === 9) break;
      await runOut(runner);
    }
    const waits = rounds.map((at, index) => at - (rounds[index - 1] ?? 0));
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 960, 1_800, 1_800]);
    broken = false;
    await runOut(runner);
    await runner.stop(1_000);
    expect(tried).toBe(9 * scoreListingJob.attempts + 1);
    world.moveClock(HOUR);
    expect(await world.worker.sweeper.pass(world.now())).toBe(0);
  });

  it('does not hold up the watermark, so that a pass never gets longer', async () => {
    await putListings('poison', 'L1', 'L2', 'L3');
    const runner = runnerWith(async ({ subject }) => {
      if (subject.listingId === 'poison') throw new Error('cannot be handled');
    });
    await world.worker.relay.pass();
    await runOut(runner);
    await runner.stop(1_000);
    world.moveClock(MINUTE);
    expect(await world.worker.sweeper.pass(world.now())).toBe(1);
    expect(await world.worker.sweeper.pass(world.now())).toBe(0);
    const last = (await journalOf(world)).at(-1)?.position;
    expect(await world.composition.watermarks.read('sweeper')).toBe(last);
  });
});

it('an entry of the queue that cannot be read fails at once, alone, and is enqueued again in its true form', async () => {
  await putListings('L1', 'L2');
  await world.worker.relay.pass();
  const queue = new Queue('fast', { connection: redis, prefix: world.queuePrefix });
  const [job] = await queue.getJobs(['waiting'], 0, 0);
  await job?.updateData({ nonsense: true });
  await queue.close();
  await world.drain();
  expect(await queued()).toEqual({ ready: 0, failed: 1 });
  world.moveClock(MINUTE);
  expect(await world.worker.sweeper.pass(world.now())).toBe(1);
  await world.drain();
  expect(await faultsOf(world)).toEqual([]);
});

it('a job that ends between being found lost and being noted stays done', async () => {
  await putListings('L1');
  await world.drain();
  const [entry] = await journalOf(world);
  const key = markerKey(entry?.event.id ?? '', scoreListingJob.name);
  const { markers } = world.composition;
  await markers.renew([{ key, position: 1, job: scoreListingJob.name, generation: 1, dueAt: world.now() }]);
  expect((await markers.find([key])).get(key)?.done).toBe(true);
  expect(await markers.due(world.now() + HOUR, 10)).toEqual([]);
});
