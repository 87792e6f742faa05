import { MINUTE, SECOND } from '../../src/domain/time.ts';
import { type ApiKeyRecord, Authenticator, type KeyStore, mintKey } from '../../src/http/auth.ts';

const SECRET = 'a-secret-that-is-long-enough';
const { token, secretHash } = mintKey('K1', SECRET);
const header = `Bearer ${token}`;

/** A store that can be away or silent, with one key in it. */
function storeWithKey() {
  const key: ApiKeyRecord = {
    id: 'K1',
    secretHash,
    subject: 'platform',
    role: 'platform',
    scopes: null,
    merchantId: null,
    expiresAt: null,
    revokedAt: null,
  };
  const state = { key, mode: 'up' as 'up' | 'away' | 'silent', asked: 0 };
  const store: KeyStore = {
    find: async () => {
      state.asked += 1;
      if (state.mode === 'away') throw new Error('the store is away');
      if (state.mode === 'silent') return new Promise(() => undefined);
      return state.key;
    },
  };
  let now = 1_000_000;
  const authenticator = new Authenticator(store, () => now);
  return {
    state,
    authenticator,
    wait: (ms: number) => {
      now += ms;
    },
    isLetIn: () =>
      authenticator.authenticate(header).then(
        ({ subject }) => subject === 'platform',
        () => false,
      ),
  };
}

it('a key that was good a moment ago stays good while the store is away, for ten minutes', async () => {
  const { state, wait, isLetIn } = storeWithKey();
  expect(await isLetIn()).toBe(true);
  state.mode = 'away';
  wait(9 * MINUTE);
  expect(await isLetIn()).toBe(true);
  wait(MINUTE);
  expect(await isLetIn()).toBe(false);
});

it('a key that the store has never vouched for is not let in while the store is away', async () => {
  const { state, isLetIn } = storeWithKey();
  state.mode = 'away';
  expect(await isLetIn()).toBe(false);
});

it('a store that is away is asked once a second, not by every request', async () => {
  const { state, wait, isLetIn } = storeWithKey();
  await isLetIn();
  state.mode = 'away';
  wait(31 * SECOND);
  for (let request = 0; request < 100; request += 1) expect(await isLetIn()).toBe(true);
  expect(state.asked).toBe(2);
  wait(SECOND);
  await isLetIn();
  expect(state.asked).toBe(3);
});

it('a store that does not answer holds nobody up for long', async () => {
  const { state, wait, isLetIn } = storeWithKey();
  await isLetIn();
  state.mode = 'silent';
  wait(31 * SECOND);
  expect(await isLetIn()).toBe(true);
});

it('a revoked key is never let in again, whether the store is there or away', async () => {
  const { state, authenticator, wait, isLetIn } = storeWithKey();
  await isLetIn();
  authenticator.invalidate('K1');
  state.mode = 'away';
  expect(await isLetIn()).toBe(false);

  state.mode = 'up';
  state.key = { ...state.key, revokedAt: 1_000_000 };
  wait(SECOND);
  expect(await isLetIn()).toBe(false);
  state.mode = 'away';
  wait(31 * SECOND);
  expect(await isLetIn()).toBe(false);
});

it('an answer of the store from before a revocation is not kept', async () => {
  const { state, authenticator, isLetIn } = storeWithKey();
  const asked = isLetIn();
  authenticator.invalidate('K1');
  await asked;
  state.key = { ...state.key, revokedAt: 1 };
  expect(await isLetIn()).toBe(false);
});

it('the grace ends with the key itself', async () => {
  const { state, wait, isLetIn } = storeWithKey();
  state.key = { ...state.key, expiresAt: 1_000_000 + MINUTE };
  expect(await isLetIn()).toBe(true);
  state.mode = 'away';
  wait(MINUTE);
  expect(await isLetIn()).toBe(false);
});
