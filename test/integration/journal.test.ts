import { checkpointsSpec } from '../../src/features/journal/checkpoint-repo.ts';
import { CHECKPOINT_LIMIT, signCheckpoint } from '../../src/features/journal/commands.ts';
import { journalSpec } from '../../src/features/journal/repo.ts';
import { verifyChain } from '../../src/features/journal/verify.ts';
import { putMerchant } from '../../src/features/merchants/commands.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { collectionOf } from '../../src/infra/mongo/collection.ts';
import { chainOf, faultsOf, journalOf } from '../support/invariants.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await openWorld();
});

afterEach(() => world.close());

const body = { entityType: 'company', zone: 'Asia/Shanghai', standing: 'good' } as const;

async function happen(...regions: readonly string[]): Promise<void> {
  for (const region of regions) {
    await putMerchant(world.composition.merchants, { id: 'M1', body: { ...body, region } }, world.now());
  }
  await world.drain();
}

function sign() {
  const { journal, checkpoints } = world.composition;
  return signCheckpoint({ journal, checkpoints, signer: world.signer, sha256 }, world.now());
}

const journal = () => collectionOf<{ _id: number }>(world.composition.connection, journalSpec);
const checkpoints = () => collectionOf<{ _id: number }>(world.composition.connection, checkpointsSpec);

it('holds, signed up to the last checkpoint', async () => {
  await happen('CN-11', 'CN-12');
  await sign();
  await happen('CN-13');
  expect(await chainOf(world)).toEqual({ entries: 3, streams: 1, checkpoints: 1, signed: 2, broken: null });
});

it('shows an entry that was changed', async () => {
  await happen('CN-11', 'CN-12', 'CN-13');
  await journal().updateOne({ _id: 2 }, { $set: { 'facts.standing': 'closed' } });
  expect((await chainOf(world)).broken?.at).toContain('position 2');
});

it('shows an entry that was taken out', async () => {
  await happen('CN-11', 'CN-12', 'CN-13');
  await journal().deleteOne({ _id: 2 });
  expect((await chainOf(world)).broken?.at).toContain('position 2');
});

it('shows that the end was cut off', async () => {
  await happen('CN-11', 'CN-12', 'CN-13');
  await sign();
  await journal().deleteOne({ _id: 3 });
  expect((await chainOf(world)).broken?.at).toContain('checkpoint 1');
});

it('shows a checkpoint that was taken out or signed anew', async () => {
  await happen('CN-11');
  await sign();
  await happen('CN-12');
  await sign();
  await checkpoints().updateOne({ _id: 2 }, { $set: { at: 1 } });
  expect((await chainOf(world)).broken?.at).toContain('checkpoint 2');
  await checkpoints().deleteOne({ _id: 1 });
  expect((await chainOf(world)).broken).not.toBeNull();
});

it('holds while entries and checkpoints are added during the check', async () => {
  await happen('CN-11', 'CN-12');
  const { journal: entries, checkpoints: seals } = world.composition;
  let looks = 0;
  const growing = {
    ...entries,
    after: async (position: number, limit: number) => {
      const found = await entries.after(position, limit);
      looks += 1;
      if (looks <= 3) {
        await happen(`CN-2${looks}`);
        await sign();
      }
      return found;
    },
  };
  const report = await verifyChain({ journal: growing, checkpoints: seals, signer: world.signer, sha256 });
  expect(report).toMatchObject({ broken: null, entries: 5 });
});

it('two processes that sign at once sign each entry once', async () => {
  await happen('CN-11', 'CN-12', 'CN-13');
  const signed = await Promise.all([sign(), sign(), sign()]);
  expect(signed.filter((checkpoint) => checkpoint !== null).length).toBe(1);
  expect(await sign()).toBeNull();
  expect(await faultsOf(world)).toEqual([]);
  expect((await journalOf(world)).length).toBeLessThan(CHECKPOINT_LIMIT);
});
