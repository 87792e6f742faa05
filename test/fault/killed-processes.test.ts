import { setTimeout as pause } from 'node:timers/promises';
import { decisionsSpec } from '../../src/features/decisions/repo.ts';
import { collectionOf } from '../../src/infra/mongo/collection.ts';
import { faultsOf } from '../support/invariants.ts';
import { LONG_FORM, randomFrom } from './form.ts';
import type { PersistentClient } from './persistent-client.ts';
import { Troupe, until } from './processes.ts';
import { insight, listingNow, saleAgo, settle } from './troupe-world.ts';

const CLIENTS = 4;
const LISTINGS_EACH = LONG_FORM ? 60 : 8;
const FAULTS = LONG_FORM ? 40 : 6;
/** A killed worker's jobs come back after 20 s; what Redis lost, after 15 s and a sweep, twice as long the second time. */
const RECOVERY_MS = 120_000;

const FAULT_KINDS = ['kill worker', 'kill api', 'flush redis', 'kill redis', 'kill database'] as const;

/** Breaks one thing after the other and makes it whole again, while others work. */
async function havoc(troupe: Troupe, seed: number): Promise<string[]> {
  const random = randomFrom(seed);
  const log: string[] = [];
  for (let count = 0; count < FAULTS; count += 1) {
    await pause(100 + random(600));
    const kind = FAULT_KINDS[count < FAULT_KINDS.length ? count : random(FAULT_KINDS.length)] ?? 'kill worker';
    log.push(kind);
    if (kind === 'flush redis') await troupe.loseQueue();
    else {
      const part =
        kind === 'kill worker' ? 'worker' : kind === 'kill api' ? 'api' : kind === 'kill redis' ? 'redis' : 'database';
      await troupe.end(part, 'SIGKILL');
      await troupe.start(part);
    }
  }
  return log;
}

/** Everything that one client was told is done. */
async function work(platform: PersistentClient, client: number): Promise<{ id: string; decision: string }[]> {
  const done: { id: string; decision: string }[] = [];
  for (let number = 0; number < LISTINGS_EACH; number += 1) {
    const id = `L${client}-${number}`;
    const listing = listingNow(id);
    await platform.persist('PUT', `/v1/listings/${id}`, { ...listing, state: 'live' });
    const observations = [saleAgo(`${id}-1`, id, '9900', 72), saleAgo(`${id}-2`, id, '5900', 24 * 40)];
    await platform.persist('POST', '/v1/price-observations', { observations });
    const { body } = await platform.persist('POST', '/v1/prechecks', listing, `key-${id}`);
    await platform.persist('POST', '/v1/price-observations', { observations: [saleAgo(`${id}-3`, id, '4900', 48)] });
    if (body.rescore !== 'not_noted') done.push({ id, decision: String(body.id) });
    else done.push({ id, decision: '' });
  }
  return done;
}

it(
  'processes and stores killed at random under load lose nothing that was acknowledged and repeat nothing',
  async () => {
    const troupe = await Troupe.start();
    try {
      const platform = await settle(troupe);
      const clients = Array.from({ length: CLIENTS }, (_, client) => work(platform, client));
      const [done] = await Promise.all([Promise.all(clients), havoc(troupe, 7)]);
      const inside = await insight(troupe);
      try {
        await until(
          RECOVERY_MS,
          () => faultsOf(inside).catch((error: unknown) => [String(error)]),
          (faults) => faults.length === 0,
        );
        const { listings, connection } = inside.composition;
        const decisions = collectionOf<{ _id: string }>(connection, decisionsSpec);
        for (const { id, decision } of done.flat()) {
          const stored = await listings.find(id);
          expect({ id, verdict: stored?.body.verdict?.outcome }).toEqual({ id, verdict: 'review' });
          const standing = await inside.composition.decisions.find(stored?.body.verdict?.decisionId ?? '');
          expect(JSON.parse(standing?.answer ?? '{}').price).toMatchObject([{ cap: '4900', evidence: [`${id}-3`] }]);
          if (decision !== '') expect(await decisions.findOne({ _id: decision })).not.toBeNull();
        }
      } finally {
        await inside.close();
      }
    } finally {
      await troupe.close();
    }
  },
  RECOVERY_MS + 180_000,
);
