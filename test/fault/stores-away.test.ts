import { setTimeout as pause } from 'node:timers/promises';
import { faultsOf } from '../support/invariants.ts';
import { LONG_FORM } from './form.ts';
import type { PersistentClient } from './persistent-client.ts';
import { Troupe, until } from './processes.ts';
import { insight, listingNow, saleAgo, settle } from './troupe-world.ts';

const LIMIT_MS = 180_000;
const RECOVERY_MS = 60_000;
const DEADLINE_MS = 600;
/** What a loaded machine may add to the time that the service itself takes. */
const SLACK_MS = 500;
/** Longer than a worker of the queue waits for its next job (5 s) and than it may sleep after an error. */
const REDIS_AWAY_MS = LONG_FORM ? 40_000 : 7_000;

let troupe: Troupe;
let platform: PersistentClient;

beforeAll(async () => {
  troupe = await Troupe.start();
  platform = await settle(troupe);
}, LIMIT_MS);

afterAll(() => troupe.close(), LIMIT_MS);

const goLive = (id: string) => platform.persist('PUT', `/v1/listings/${id}`, { ...listingNow(id), state: 'live' });
const sell = (id: string) =>
  platform.persist('POST', '/v1/price-observations', { observations: [saleAgo(`${id}-1`, id, '5900', 48)] });
const precheck = (id: string, key: string) =>
  platform.once('POST', '/v1/prechecks', listingNow(id), { 'Deadline-Ms': `${DEADLINE_MS}`, 'Idempotency-Key': key });

async function readyWith(name: 'api' | 'worker', status: number, dependencies: object): Promise<void> {
  await until(
    RECOVERY_MS,
    () => troupe.readiness(name),
    (seen) =>
      seen.status === status && Object.entries(dependencies).every(([key, state]) => seen.dependencies[key] === state),
  );
}

async function verdictOf(id: string): Promise<unknown> {
  const { body } = await platform.once('GET', `/v1/listings/${id}`);
  return body.verdict;
}

it(
  'without the database pre-checks are answered in time by the fail policy, and say that they were not noted',
  async () => {
    await goLive('A');
    await sell('A');
    expect(await precheck('A', 'before')).toMatchObject({
      status: 200,
      body: { outcome: 'review', provisional: false },
    });
    await troupe.end('database', 'SIGKILL');
    try {
      await readyWith('api', 503, { mongo: 'down', redis: 'up' });
      await readyWith('worker', 503, { mongo: 'down', redis: 'up' });
      for (const attempt of [1, 2, 3]) {
        const said = await precheck('A', `away-${attempt}`);
        expect(said).toMatchObject({ status: 200, body: { provisional: true, rescore: 'not_noted' } });
        expect(said.body.notEvaluated).toEqual(expect.arrayContaining(['price_history', 'record']));
        expect(said.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
      }
      const refused = await platform.once('PUT', '/v1/listings/B', { ...listingNow('B'), state: 'live' });
      expect(refused).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
    } finally {
      await troupe.start('database');
    }
    await readyWith('api', 200, { mongo: 'up' });
    await readyWith('worker', 200, { mongo: 'up' });
    expect(await precheck('A', 'away-1')).toMatchObject({
      status: 200,
      body: { outcome: 'review', provisional: false },
    });
    await goLive('B');
    await until(
      RECOVERY_MS,
      () => verdictOf('B'),
      (verdict) => verdict !== null,
    );
  },
  LIMIT_MS,
);

it(
  'without Redis the API answers in full, and the worker goes on by itself however long Redis was away',
  async () => {
    await troupe.end('redis', 'SIGKILL');
    try {
      await readyWith('api', 503, { mongo: 'up', redis: 'down' });
      await readyWith('worker', 503, { mongo: 'up', redis: 'down' });
      await goLive('C');
      await sell('C');
      expect(await precheck('C', 'redis-away')).toMatchObject({
        status: 200,
        body: { outcome: 'review', provisional: false, rescore: 'not_needed' },
      });
      await pause(REDIS_AWAY_MS);
    } finally {
      await troupe.start('redis');
    }
    await readyWith('api', 200, { redis: 'up' });
    await readyWith('worker', 200, { redis: 'up', queue: 'up' });
    await until(
      RECOVERY_MS,
      () => verdictOf('C'),
      (verdict) => verdict !== null,
    );
    await goLive('D');
    await until(
      RECOVERY_MS,
      () => verdictOf('D'),
      (verdict) => verdict !== null,
    );
  },
  LIMIT_MS,
);

it(
  'in the end every event was handled once',
  async () => {
    const inside = await insight(troupe);
    try {
      await until(
        RECOVERY_MS,
        () => faultsOf(inside),
        (faults) => faults.length === 0,
      );
    } finally {
      await inside.close();
    }
  },
  LIMIT_MS,
);
