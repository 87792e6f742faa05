import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Composition } from '../../src/compose.ts';
import { DAY, MINUTE } from '../../src/domain/time.ts';
import { type DecisionDeps, precheck } from '../../src/features/decisions/commands.ts';
import { requestFrom } from '../../src/features/decisions/rescore.ts';
import { acceptImport } from '../../src/features/imports/commands.ts';
import { signCheckpoint } from '../../src/features/journal/commands.ts';
import { putRow } from '../../src/features/listings/commands.ts';
import { recordPrices } from '../../src/features/prices/commands.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { createMetrics } from '../../src/infra/metrics.ts';
import { LANES } from '../../src/infra/queue/job.ts';
import { type ListingWire, listingRow, listingSnapshot, toWire } from '../../src/wire/listing.ts';
import { createWorker, EVENT_JOBS, type WorkerProcess } from '../../workers/main.ts';
import { createRelay } from '../../workers/relay.ts';
import { createSweeper } from '../../workers/sweeper.ts';
import { makeListing } from '../support/fixtures.ts';
import { START, type TestWorld } from '../support/world.ts';
import { breakable, type Fuse } from './fuse.ts';

/** One command of the story; to be repeated until it is acknowledged, like any request with an Idempotency-Key. */
type Command = (composition: Composition) => Promise<unknown>;

/** What happens to listing `name`: it goes live, is sold cheap, is pre-checked in an outage, and friends are imported. */
export function commandsOf(name: string, now: number): readonly Command[] {
  const listing = makeListing({ id: name });
  const row = listingRow.parse({ ...listing, state: 'live' });
  const sale = (id: string, price: bigint, at: number) => ({
    listingId: name,
    shopId: 'S1',
    observation: {
      id: `${name}-${id}`,
      sku: null,
      kind: 'sale' as const,
      price,
      currency: 'CNY',
      at,
      recordedAt: now,
      quantity: 1,
      layer: 'public' as const,
      platformSubsidy: 0n,
      refunded: false,
      brushed: false,
      corrects: null,
      retracted: false,
    },
  });
  const friends = [1, 2, 3].map((number) => ({
    line: number,
    text: JSON.stringify({ ...wireOf(makeListing({ id: friendOf(name, number) })), state: 'live' }),
  }));
  return [
    ({ listingDeps }) => putRow(listingDeps, row, null, now),
    ({ priceDeps }) =>
      recordPrices(priceDeps, [sale('1', 9900n, START - DAY), sale('2', 5900n, START - 40 * DAY)], now),
    ({ decisionDeps }) => precheck(outage(decisionDeps), requestOf(name), now, now + 60_000),
    ({ priceDeps }) => recordPrices(priceDeps, [sale('3', 6900n, START - 2 * DAY)], now),
    ({ imports }) =>
      acceptImport(imports, { id: importOf(name), rows: friends, rejected: [], rejectedRows: 0, bodyHash: null }, now),
  ];
}

export function importOf(name: string): string {
  return `import-${name}`;
}

export function precheckOf(name: string): string {
  return `precheck-${name}`;
}

export function friendOf(name: string, number: number): string {
  return `${name}-friend-${number}`;
}

function wireOf(listing: ListingWire): ListingWire {
  return toWire(listingSnapshot.parse(listing));
}

function requestOf(name: string) {
  return requestFrom(precheckOf(name), JSON.parse(JSON.stringify(wireOf(makeListing({ id: name })))));
}

/** The history cannot be read, so the answer is provisional. */
function outage(deps: DecisionDeps): DecisionDeps {
  return { ...deps, loaders: { history: () => Promise.reject(new Error('the store is away')) } };
}

/** The parts of a service, each of which can break. */
export function breakableComposition(healthy: Composition, fuse: Fuse): Composition {
  const broken = <Port extends object>(port: Port, name: string) => breakable(port, name, fuse);
  const listings = broken(healthy.listings, 'listings');
  const decisions = broken(healthy.decisions, 'decisions');
  return {
    ...healthy,
    listings,
    decisions,
    imports: broken(healthy.imports, 'imports'),
    journal: broken(healthy.journal, 'journal'),
    markers: broken(healthy.markers, 'markers'),
    watermarks: broken(healthy.watermarks, 'watermarks'),
    outboxes: broken(healthy.outboxes, 'outboxes'),
    checkpoints: broken(healthy.checkpoints, 'checkpoints'),
    listingDeps: { ...healthy.listingDeps, listings },
    priceDeps: { ...healthy.priceDeps, prices: broken(healthy.priceDeps.prices, 'prices') },
    decisionDeps: { ...healthy.decisionDeps, decisions },
  };
}

export interface Staff {
  readonly worker: WorkerProcess;
  /** Relays, handles, sweeps and signs, one after the other, until there is nothing left to do. */
  work(): Promise<void>;
  /** Makes jobs that wait for their next attempt ready at once. */
  promote(): Promise<void>;
  dismiss(): Promise<void>;
}

/** A round may leave work for the next; one that never ends is a defect. */
const ROUNDS = 20;

/** The worker process of one life, on a composition that may break. */
export function hire(world: TestWorld, composition: Composition, queuePrefix: string, fuse: Fuse): Staff {
  const logger = createLogger('silent', 'test');
  const { redisUrl, signer } = world;
  const worker = createWorker({ composition, redisUrl, queuePrefix, signer, metrics: createMetrics(), logger });
  const queues = breakable(worker.queues, 'queues', fuse);
  const { journal, markers, watermarks, outboxes, checkpoints } = composition;
  const relay = createRelay({ outboxes, journal, queues, jobs: EVENT_JOBS });
  const sweeper = createSweeper({ journal, markers, watermarks, queues, jobs: EVENT_JOBS });
  return {
    worker,
    work: async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        let done = 0;
        for (let moved = 1; moved > 0; done += moved) moved = (await relay.pass()) + (await worker.runner.drain());
        await signCheckpoint({ journal, checkpoints, signer, sha256 }, world.now());
        world.moveClock(MINUTE);
        done += await sweeper.pass(world.now());
        if (fuse.dead || done === 0) return;
      }
      throw new Error(`there is still work after ${ROUNDS} rounds`);
    },
    promote: async () => {
      const connection = new Redis(redisUrl);
      for (const lane of LANES) {
        const queue = new Queue(lane, { connection, prefix: queuePrefix });
        await queue.promoteJobs();
        await queue.close();
      }
      connection.disconnect();
    },
    dismiss: () => worker.stop(),
  };
}
