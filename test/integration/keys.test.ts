import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import request, { type Agent, agent } from 'supertest';
import { DAY } from '../../src/domain/time.ts';
import { keyStore } from '../../src/features/keys/repo.ts';
import { createApp } from '../../src/http/app.ts';
import { instantText } from '../../src/http/primitives.ts';
import { ownershipOf, routesOf } from '../../src/routes.ts';
import { daysBefore, makeListing } from '../support/fixtures.ts';
import { type FeedWorld, openFeed, storedIn } from './feed.ts';

let world: FeedWorld;
let admin: Agent;

beforeAll(async () => {
  world = await openFeed();
  admin = await world.as('admin');
});

afterAll(() => world.close());

const holderOf = (token: string) => agent(world.app).set('Authorization', `Bearer ${token}`);

async function makeKey(more: object = {}): Promise<{ id: string; token: string }> {
  const { body } = await admin
    .post('/v1/keys')
    .send({ subject: 'order service', role: 'platform', ...more })
    .expect(201);
  return body;
}

describe('an API key', () => {
  it('is shown once, opens what its scopes say, and is kept as a hash', async () => {
    const made = await makeKey({ scopes: ['shops:read'] });
    expect(made.token).toMatch(/^ts_[0-9a-f]{16}\.[\w-]{43}$/);
    await holderOf(made.token).get('/v1/shops/S1').expect(200);
    const narrow = await holderOf(made.token).get('/v1/events').expect(403);
    expect(narrow.body.detail).toBe('the scope events:read is needed');
    const { body, text } = await admin.get(`/v1/keys/${made.id}`).expect(200);
    expect(body).toMatchObject({ id: made.id, role: 'platform', scopes: ['shops:read'], revokedAt: null });
    expect(text).not.toMatch(/secret|token/i);
    const stored = await world.composition.keys.find(made.id);
    expect(JSON.stringify(stored, (_, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toContain(
      made.token.split('.')[1],
    );
  });

  it('gives no more than its role has, whatever scopes it names', async () => {
    const { token } = await makeKey({ role: 'auditor', scopes: ['shops:write', 'shops:read'] });
    await holderOf(token).get('/v1/shops/S1').expect(200);
    await holderOf(token).put('/v1/shops/S1').send({}).expect(403);
  });

  it('opens nothing from the moment of its revocation on', async () => {
    const { id, token } = await makeKey();
    await holderOf(token).get('/v1/shops/S1').expect(200);
    const revoked = await admin.delete(`/v1/keys/${id}`).expect(200);
    expect(revoked.body.revokedAt).toBe(instantText(world.now()));
    await holderOf(token).get('/v1/shops/S1').expect(401);
    world.moveClock(1_000);
    const again = await admin.delete(`/v1/keys/${id}`).expect(200);
    expect(again.body).toEqual(revoked.body);
    await admin.delete('/v1/keys/none').expect(404);
    await admin.get('/v1/keys/none').expect(404);
  });

  it('ends when it was said to end', async () => {
    const { token } = await makeKey({ expiresAt: instantText(world.now() + DAY) });
    await holderOf(token).get('/v1/shops/S1').expect(200);
    world.moveClock(DAY);
    await holderOf(token).get('/v1/shops/S1').expect(401);
  });

  it.each([
    ['that has expired already', { expiresAt: daysBefore(1) }, '/expiresAt'],
    ['of a merchant that it does not name', { role: 'merchant' }, '/merchantId'],
    ['of a merchant for another role', { merchantId: 'M1' }, '/merchantId'],
    ['with no scope', { scopes: [] }, '/scopes'],
    ['with a scope that does not exist', { scopes: ['world:end'] }, '/scopes/0'],
    ['for nobody', { subject: '' }, '/subject'],
    ['of a role that does not exist', { role: 'root' }, '/role'],
  ])('%s is not made', async (_, more, pointer) => {
    const before = await storedIn(world);
    const { body } = await admin
      .post('/v1/keys')
      .send({ subject: 'x', role: 'platform', ...more })
      .expect(422);
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    expect(await storedIn(world)).toEqual(before);
  });

  it('stands neither in a log nor in an answer, whatever goes wrong', async () => {
    const lines: string[] = [];
    const logger = pino(
      { level: 'trace' },
      new Writable({ write: (chunk, _, done) => done(void lines.push(`${chunk}`)) }),
    );
    const { composition } = world;
    const app = createApp({
      routes: routesOf(composition, { precheckDeadlineMs: 5_000, onKeyChange: () => undefined }),
      deps: {
        logger,
        clock: world.now,
        keys: {
          find: (id) =>
            id === 'crash' ? Promise.reject(new Error(`cannot find ${id}`)) : keyStore(composition.keys).find(id),
        },
        ownership: ownershipOf(composition),
        metrics: new Registry(),
        redis: null,
        readiness: {},
      },
    });
    const { token } = await makeKey();
    const secret = token.split('.')[1] ?? '';
    const wrong = `${token.slice(0, -6)}AAAAAA`;
    const answers = [
      await request(app).get('/v1/shops/S1').auth(token, { type: 'bearer' }),
      await request(app).get('/v1/shops/S1').auth(wrong, { type: 'bearer' }),
      await request(app).get('/v1/shops/S1').set('Authorization', `Basic ${token}`),
      await request(app).get('/v1/shops/S1').auth(`ts_crash.${secret}`, { type: 'bearer' }),
      await request(app).get(`/v1/shops/${token}`).auth(token, { type: 'bearer' }),
      await request(app).get(`/v1/events?after=${token}`).auth(token, { type: 'bearer' }),
      await request(app)
        .post('/v1/prechecks')
        .auth(token, { type: 'bearer' })
        .send({ ...makeListing(), [token]: token }),
      await request(app).post('/v1/keys').auth(token, { type: 'bearer' }).send({}),
      await request(app).get(`/${token}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 500, 404, 422, 422, 403, 404]);
    expect(lines).toHaveLength(answers.length);
    expect(lines.join('')).not.toContain(secret);
    const said = answers.filter((_, index) => index !== 6).map(({ text, headers }) => text + JSON.stringify(headers));
    expect(said.join('')).not.toContain(secret);
    expect(lines.join('')).toContain(token.slice(3, 19));
  });
});
