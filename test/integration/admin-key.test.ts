import { ensureAdminKey, revokeKey } from '../../src/features/keys/commands.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

const TOKEN = `ts_operator.${'k'.repeat(40)}`;
let world: TestWorld;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

it('the operator’s key opens an empty store, is made once, and stays revoked', async () => {
  const { keys } = world.composition;
  await Promise.all([ensureAdminKey(keys, TOKEN, world.now()), ensureAdminKey(keys, TOKEN, world.now())]);
  const made = await keys.find('operator');
  expect(made).toMatchObject({ version: 1, body: { role: 'admin', revokedAt: null } });
  expect(JSON.stringify(made)).not.toContain('k'.repeat(40));

  await revokeKey(keys, 'operator', world.now());
  await ensureAdminKey(keys, TOKEN, world.now());
  expect((await keys.find('operator'))?.body.revokedAt).toBe(world.now());
});

it('a text that is not a key is refused', async () => {
  await expect(ensureAdminKey(world.composition.keys, 'secret', world.now())).rejects.toThrow('ADMIN_KEY');
});
