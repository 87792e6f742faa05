import { generateKeyPairSync } from 'node:crypto';
import { signCheckpoint } from '../../src/features/journal/commands.ts';
import { signerFrom } from '../../src/infra/checkpoint-key.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { makeListing } from '../support/fixtures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';
import { Workplace } from './touchstone.ts';

const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
const signer = signerFrom(key);

let world: TestWorld;
let place: Workplace;

beforeEach(async () => {
  world = await openWorld();
  place = await Workplace.open({ MONGO_DATABASE: world.queuePrefix, CHECKPOINT_KEY: key });
  const platform = await world.as('platform');
  const merchant = { entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' };
  await platform.put('/v1/merchants/M1').send(merchant).expect(201);
  const shop = { merchantId: 'M1', name: '示例店', zone: 'Asia/Shanghai', jurisdiction: 'CN' };
  await platform.put('/v1/shops/S1').send(shop).expect(201);
  for (const id of ['A', 'B', 'C']) {
    await platform.post('/v1/prechecks').send(makeListing({ id })).expect(200);
  }
  await world.drain();
});

afterEach(async () => {
  await place.close();
  await world.close();
});

function journal() {
  const { connection } = world.composition;
  return connection.getClient().db(connection.name).collection<{ _id: number; facts: object }>('journal');
}

it('says that a journal is whole, what it holds, and how much of it is signed', async () => {
  await signCheckpoint({ ...world.composition, signer, sha256 }, world.now());
  const { code, lines } = await place.run('verify-chain', '--json');
  expect(code).toBe(0);
  const entries = await journal().countDocuments();
  expect(entries).toBeGreaterThanOrEqual(5);
  expect(lines()).toEqual([
    { ok: true, entries, streams: expect.any(Number), checkpoints: 1, signed: entries, broken: null },
  ]);
});

it('names the first entry that was changed', async () => {
  await journal().updateOne({ _id: 2 }, { $set: { facts: { outcome: 'forged' } } });
  const { code, stderr } = await place.run('verify-chain');
  expect(code).toBe(1);
  expect(stderr).toContain('position 2');
  expect(stderr).toContain('the entry was changed');
});

it('names the first entry that is missing, and a cut-off end that a checkpoint covers', async () => {
  await signCheckpoint({ ...world.composition, signer, sha256 }, world.now());
  const last = await journal().countDocuments();
  await journal().deleteOne({ _id: last });
  const cut = await place.run('verify-chain');
  expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining('checkpoint 1')]);
  await journal().deleteOne({ _id: 3 });
  const gap = await place.run('verify-chain');
  expect([gap.code, gap.stderr]).toEqual([1, expect.stringContaining('position 3')]);
});

it('never makes the key that it should check with', async () => {
  const keyless = await Workplace.open({ MONGO_DATABASE: world.queuePrefix });
  const { code, stderr } = await keyless.run('verify-chain');
  await keyless.close();
  expect(code).toBe(2);
  expect(stderr).toContain('CHECKPOINT_KEY');
});

it('says that there is no store where there is none', async () => {
  const empty = await Workplace.open({ MONGO_URL: '' });
  const { code, stderr } = await empty.run('verify-chain');
  await empty.close();
  expect(code).toBe(2);
  expect(stderr).toContain('MONGO_URL');
});
