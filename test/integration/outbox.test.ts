import { putRow } from '../../src/features/listings/commands.ts';
import { putMerchant } from '../../src/features/merchants/commands.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { createMetrics } from '../../src/infra/metrics.ts';
import type { Outboxes } from '../../src/infra/mongo/outbox.ts';
import { listingRow } from '../../src/wire/listing.ts';
import { createWorker, EVENT_JOBS } from '../../workers/main.ts';
import { createRelay } from '../../workers/relay.ts';
import { makeListing } from '../support/fixtures.ts';
import { faultsOf, journalOf } from '../support/invariants.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await openWorld();
});

afterEach(() => world.close());

const body = { entityType: 'company', zone: 'Asia/Shanghai', standing: 'good' } as const;

/** States a merchant; another region is another version of it. */
function state(id: string, region: string, now = world.now()) {
  return putMerchant(world.composition.merchants, { id, body: { ...body, region } }, now);
}

function relayOver(outboxes: Outboxes) {
  const { journal } = world.composition;
  return createRelay({ outboxes, journal, queues: world.worker.queues, jobs: EVENT_JOBS });
}

it('keeps a stream in order although the clocks of two processes differ', async () => {
  await state('M1', 'CN-11');
  world.moveClock(-5_000);
  await state('M1', 'CN-12');
  await state('M1', 'CN-13');
  await world.drain();
  const entries = await journalOf(world);
  expect(entries.map(({ event }) => event.sequence)).toEqual([1, 2, 3]);
  expect(await faultsOf(world)).toEqual([]);
});

it('empties the outbox of a document that is written during every pass', async () => {
  const { outboxes, merchants } = world.composition;
  let writes = 0;
  const busy: Outboxes = {
    ...outboxes,
    pending: async (limit) => {
      const found = await outboxes.pending(limit);
      writes += 1;
      await state('M1', `CN-${writes}`);
      return found;
    },
  };
  const relay = relayOver(busy);
  await state('M1', 'CN-11');
  for (let pass = 1; pass <= 20; pass += 1) await relay.pass();
  expect((await merchants.find('M1'))?.outbox.length).toBeLessThanOrEqual(2);
  await world.drain();
  expect((await journalOf(world)).length).toBe(21);
  expect(await faultsOf(world)).toEqual([]);
});

it('gives each event one place when several relays and workers run at once', async () => {
  const { composition, redisUrl, queuePrefix, signer } = world;
  const logger = createLogger('silent', 'test');
  const others = [1, 2, 3].map(() =>
    createWorker({ composition, redisUrl, queuePrefix, signer, metrics: createMetrics(), logger }),
  );
  const listings = Array.from({ length: 60 }, (_, index) => `L${index}`);
  const write = async () => {
    for (const id of listings) {
      await putRow(
        composition.listingDeps,
        listingRow.parse({ ...makeListing({ id }), state: 'live' }),
        null,
        world.now(),
      );
    }
  };
  try {
    await Promise.all([
      write(),
      ...others.map(async (worker) => {
        for (let pass = 0; pass < 40; pass += 1) {
          await worker.relay.pass();
          await worker.runner.drain();
        }
      }),
    ]);
    await Promise.all(others.map((worker) => worker.drain()));
  } finally {
    await Promise.all(others.map((worker) => worker.stop()));
  }
  await world.drain();
  const entries = await journalOf(world);
  const counted = (type: string) => entries.filter(({ event }) => event.type === type).length;
  expect({
    changed: counted('listing.changed'),
    decided: counted('decision.made'),
    verdicts: counted('verdict.changed'),
  }).toEqual({
    changed: 60,
    decided: 60,
    verdicts: 60,
  });
  expect(await faultsOf(world)).toEqual([]);
});
