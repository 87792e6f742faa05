import type { Agent } from 'supertest';
import { makeListing, makeObservation } from '../support/fixtures.ts';
import { type FeedWorld, MERCHANT, makeShop, openFeed, storedIn } from './feed.ts';

let world: FeedWorld;
let own: Agent;
let other: Agent;

beforeAll(async () => {
  world = await openFeed();
  own = await world.as('merchant', 'M1');
  other = await world.as('merchant', 'M2');
  for (const [id, shopId, merchantId] of [
    ['L1', 'S1', 'M1'],
    ['L2', 'S2', 'M2'],
  ] as const) {
    await world.platform
      .put(`/v1/listings/${id}`)
      .send({ ...makeListing({ id, shopId, merchantId }), state: 'live' })
      .expect(201);
    await world.platform
      .post('/v1/price-observations')
      .send([makeObservation({ id: `O${id}`, listingId: id, shopId })])
      .expect(200);
  }
  await world.drain();
});

afterAll(() => world.close());

/** What a problem says, without what differs from request to request. */
const sayingOf = ({ requestId: _, ...said }: { requestId: string }) => said;

describe('a merchant', () => {
  it.each([
    ['/v1/merchants/M1', '/v1/merchants/M2', '/v1/merchants/M3'],
    ['/v1/shops/S1', '/v1/shops/S2', '/v1/shops/S3'],
    ['/v1/listings/L1', '/v1/listings/L2', '/v1/listings/L3'],
    ['/v1/listings/L1/price-history', '/v1/listings/L2/price-history', '/v1/listings/L3/price-history'],
  ])('reads %s and cannot tell what is another’s from what is not there', async (mine, foreign, absent) => {
    await own.get(mine).expect(200);
    const first = await own.get(foreign).expect(404);
    const second = await own.get(absent).expect(404);
    expect(sayingOf(first.body)).toEqual(sayingOf(second.body));
    await own.get(foreign).set('If-None-Match', '"v1"').expect(404);
  });

  it('reads the own decisions with their reasons, never the signals behind them', async () => {
    const made = await own
      .post('/v1/prechecks')
      .send(makeListing({ id: 'L1' }))
      .expect(200);
    expect(made.body).toMatchObject({ outcome: 'review', price: [{ cap: '8900' }] });
    const mine = await own.get(`/v1/decisions/${made.body.id}`).expect(200);
    expect(mine.body).not.toHaveProperty('signals');
    const platforms = await world.platform.get(`/v1/decisions/${made.body.id}`).expect(200);
    expect(platforms.body).toHaveProperty('signals');
    const foreign = await other.get(`/v1/decisions/${made.body.id}`).expect(404);
    const absent = await other.get('/v1/decisions/none').expect(404);
    expect(sayingOf(foreign.body)).toEqual(sayingOf(absent.body));
  });

  it.each([
    ['another’s listing', { id: 'L2' }, '/id'],
    ['another’s shop', { id: 'L9', shopId: 'S2' }, '/shopId'],
    ['a shop that is not there', { id: 'L9', shopId: 'S3' }, '/shopId'],
    ['another merchant', { id: 'L9', merchantId: 'M2' }, '/merchantId'],
  ])('may not have %s judged, alone or among own rows', async (_, more, pointer) => {
    const before = await storedIn(world);
    const alone = await own.post('/v1/prechecks').send(makeListing(more)).expect(404);
    expect(alone.body.errors).toEqual([{ in: 'body', pointer, reason: 'not found' }]);
    const zh = await own.post('/v1/prechecks').set('Accept-Language', 'zh').send(makeListing(more)).expect(404);
    expect(zh.body.errors).toEqual([{ in: 'body', pointer, reason: '未找到' }]);
    expect(await storedIn(world)).toEqual(before);
    const { body } = await own
      .post('/v1/prechecks/batch')
      .send([makeListing(more), makeListing({ id: 'L-new' })])
      .expect(200);
    expect(body.rejected).toMatchObject([{ line: 1, code: 'not_found', errors: [{ pointer }] }]);
    expect(body.decisions).toMatchObject([{ line: 2, listingId: 'L-new' }]);
  });

  it('shares no Idempotency-Key with another merchant, even where their keys have one holder’s name', async () => {
    const listing = makeListing({ id: 'L7' });
    const first = await own.post('/v1/prechecks').set('Idempotency-Key', 'same').send(listing).expect(200);
    const theirs = makeListing({ id: 'L8', shopId: 'S2', merchantId: 'M2' });
    const second = await other.post('/v1/prechecks').set('Idempotency-Key', 'same').send(theirs).expect(200);
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.listingId).toBe('L8');
  });

  it('gets the events about itself alone', async () => {
    await world.drain();
    const { body } = await own.get('/v1/events?limit=1000').expect(200);
    const merchants = new Set(
      body.events.map((event: { subject: { merchantId?: string } }) => event.subject.merchantId),
    );
    expect(merchants).toEqual(new Set(['M1']));
  });

  it('changes nothing that the platform states', async () => {
    const before = await storedIn(world);
    const attempts = [
      own.put('/v1/merchants/M1').send(MERCHANT),
      own.put('/v1/shops/S1').send(makeShop('M1')),
      own.put('/v1/listings/L1').send({ ...makeListing({ id: 'L1' }), state: 'live' }),
      own.put('/v1/categories').send({ categories: [] }),
      own.post('/v1/merchants/batch').send([{ id: 'M1', ...MERCHANT }]),
      own.post('/v1/shops/batch').send([{ id: 'S1', ...makeShop('M1') }]),
      own.post('/v1/listings/batch').send([{ ...makeListing({ id: 'L1' }), state: 'live' }]),
      own.post('/v1/price-observations').send([makeObservation({ id: 'mine', listingId: 'L1' })]),
      own.post('/v1/imports').send([{ ...makeListing({ id: 'L1' }), state: 'live' }]),
      own.get('/v1/imports/any'),
      own.post('/v1/keys').send({ subject: 'x', role: 'admin' }),
      own.delete('/v1/keys/key-1'),
    ];
    for (const attempt of attempts) {
      const { status, body } = await attempt;
      expect([status, body.code]).toEqual([403, 'forbidden']);
      expect(body.detail).toMatch(/^the scope [a-z]+:[a-z]+ is needed$/);
    }
    expect(await storedIn(world)).toEqual(before);
  });
});

describe('a role', () => {
  it.each([
    ['finance', '/v1/merchants/M1', '/v1/listings/L1'],
    ['inspector', '/v1/listings/L1', '/v1/events'],
    ['moderator', '/v1/decisions/none', '/v1/imports/none'],
    ['auditor', '/v1/events', '/v1/keys/key-1'],
    ['platform', '/v1/events', '/v1/keys/key-1'],
  ] as const)('of %s opens %s and not %s', async (role, open, shut) => {
    const agent = await world.as(role);
    expect((await agent.get(open)).status).not.toBe(403);
    const refused = await agent.get(shut).expect(403);
    expect(refused.body.code).toBe('forbidden');
  });

  it('is nobody’s who sends no key', async () => {
    const { default: request } = await import('supertest');
    for (const path of ['/v1/listings/L1', '/v1/events', '/v1/categories']) {
      const { body } = await request(world.app).get(path).expect(401);
      expect(body.code).toBe('unauthenticated');
    }
    await request(world.app).get('/healthz').expect(200);
    await request(world.app).get('/openapi.json').expect(200);
  });
});
