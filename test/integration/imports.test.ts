import type { Agent } from 'supertest';
import { daysBefore, makeListing, makeObservation, ndjson } from '../support/fixtures.ts';
import { type FeedWorld, LINES, openFeed, sendRaw, storedIn } from './feed.ts';

let world: FeedWorld;
let platform: Agent;

beforeAll(async () => {
  world = await openFeed();
  platform = world.platform;
});

afterAll(() => world.close());

const row = (id: string, more: object = {}) => ({ ...makeListing({ id }), state: 'live', ...more });

const send = (rows: readonly object[], headers: Readonly<Record<string, string>> = {}) =>
  sendRaw(platform, 'post', '/v1/imports', ndjson(rows), { ...LINES, ...headers });

describe('an import', () => {
  const rows = [
    row('A1'),
    row('A2', { price: '-1' }),
    row('A3', { shopId: 'S2' }),
    row('A4', { at: daysBefore(-2) }),
    row('A5', { state: 'draft' }),
    row('A1', { title: '改名的鞋' }),
  ];

  it('is accepted at once, worked off later, and tells what became of each row', async () => {
    const accepted = await send(rows).expect(202);
    expect(accepted.headers.location).toBe(`/v1/imports/${accepted.body.id}`);
    expect(accepted.body).toMatchObject({ status: 'queued', total: 6, done: 1, rejected: 1, finishedAt: null });
    expect(accepted.body.errors).toMatchObject([{ line: 2, pointer: '/price' }]);
    await platform.get('/v1/listings/A1').expect(404);

    await world.drain();
    const { body } = await platform.get(`/v1/imports/${accepted.body.id}`).expect(200);
    expect(body).toMatchObject({
      status: 'finished',
      total: 6,
      done: 6,
      created: 2,
      updated: 1,
      unchanged: 0,
      rejected: 3,
    });
    expect(body.errors).toMatchObject([
      { line: 2, pointer: '/price' },
      { line: 3, pointer: '/shopId' },
      { line: 4, pointer: '/at' },
    ]);
    expect(body.finishedAt).not.toBeNull();
    const zh = await platform.get(`/v1/imports/${accepted.body.id}`).set('Accept-Language', 'zh').expect(200);
    expect(zh.body.errors[1]).toEqual({ line: 3, pointer: '/shopId', reason: '不属于 merchantId 所指商家' });
    const listing = await platform.get('/v1/listings/A1').expect(200);
    expect(listing.body).toMatchObject({ version: 3, snapshot: { title: '改名的鞋' } });
    expect(listing.body.verdict).not.toBeNull();
  });

  it('of what holds already changes nothing but its own record', async () => {
    const before = (await storedIn(world)).filter((one) => one.startsWith('listings/'));
    const accepted = await send([rows[4] ?? {}, rows[5] ?? {}]).expect(202);
    await world.drain();
    const { body } = await platform.get(`/v1/imports/${accepted.body.id}`).expect(200);
    expect(body).toMatchObject({ status: 'finished', created: 0, updated: 0, unchanged: 2, rejected: 0, errors: [] });
    expect((await storedIn(world)).filter((one) => one.startsWith('listings/'))).toEqual(before);
  });

  it('under one Idempotency-Key is one import, before and after it was worked off', async () => {
    const key = { 'Idempotency-Key': 'catalogue-of-march' };
    const first = await send([row('K1'), row('K2')], key).expect(202);
    const again = await send([row('K1'), row('K2')], key).expect(202);
    expect(again.body).toEqual(first.body);
    await world.drain();
    const finished = await platform.get(`/v1/imports/${first.body.id}`).expect(200);
    const before = await storedIn(world);
    const late = await send([row('K1'), row('K2')], key).expect(202);
    expect(late.body).toEqual(finished.body);
    const other = await send([row('K1')], key).expect(422);
    expect(other.body.code).toBe('idempotency_key_reused');
    await world.drain();
    expect(await storedIn(world)).toEqual(before);
  });

  it('may come as JSON, its rows then counted from one', async () => {
    const { body } = await platform
      .post('/v1/imports')
      .send({ listings: [row('J1'), { id: 'J2' }] })
      .expect(202);
    expect(new Set(body.errors.map(({ line }: { line: number }) => line))).toEqual(new Set([2]));
  });

  it('that nobody made is not found', async () => {
    await platform.get('/v1/imports/none').expect(404);
  });

  it('is worked off again from where a crash left it', async () => {
    const { body } = await send([row('C1'), row('C2'), row('C3')]).expect(202);
    const { imports, listings } = world.composition;
    const stored = await imports.find(body.id);
    expect(stored?.body.rows).toHaveLength(3);
    await world.drain();
    const done = await imports.find(body.id);
    if (stored === null || done === null) throw new Error('the import is gone');
    await imports.save({
      id: body.id,
      previous: done,
      body: { ...stored.body, status: 'running' },
      events: [{ type: 'import.accepted', subject: { importId: body.id } }],
      at: world.now(),
    });
    await world.drain();
    expect((await platform.get(`/v1/imports/${body.id}`).expect(200)).body).toMatchObject({
      status: 'finished',
      created: 0,
      unchanged: 3,
    });
    expect((await listings.find('C1'))?.version).toBe(2);
  });
});

describe('a pre-check of many', () => {
  it('judges a thousand rows, the bad ones named, each as it would be judged alone', async () => {
    await platform
      .post('/v1/price-observations')
      .send([makeObservation({ id: 'P1', listingId: 'P7', price: '8900' })])
      .expect(200);
    const rows: object[] = Array.from({ length: 1_000 }, (_, index) => makeListing({ id: `P${index + 1}` }));
    rows[9] = makeListing({ id: 'P10', price: '0' });
    rows[99] = makeListing({ id: 'P100', at: daysBefore(-3) });
    rows[999] = { id: 'P1000' };
    const { body } = await platform.post('/v1/prechecks/batch').send({ listings: rows }).expect(200);
    expect(body.decisions).toHaveLength(997);
    const refused: { line: number; errors: { pointer: string }[] }[] = body.rejected;
    expect(refused.map(({ line }) => line)).toEqual([10, 100, 1_000]);
    expect(refused.slice(0, 2).map(({ errors }) => errors.map(({ pointer }) => pointer))).toEqual([
      ['/price'],
      ['/at'],
    ]);
    const lines: number[] = body.decisions.map(({ line }: { line: number }) => line);
    expect(lines).toEqual([...lines].sort((left, right) => left - right));

    const seventh = body.decisions[6];
    expect(seventh).toMatchObject({ line: 7, listingId: 'P7', outcome: 'review', provisional: false });
    expect(seventh.price).toMatchObject([{ verdict: 'violation', cap: '8900', evidence: ['P1'] }]);
    const alone = await platform
      .post('/v1/prechecks')
      .send(makeListing({ id: 'P7' }))
      .expect(200);
    const { id: _, line: __, ...together } = seventh;
    const { id: ___, ...single } = alone.body;
    expect(single).toEqual(together);
    const { line: ____, ...answer } = seventh;
    expect((await platform.get(`/v1/decisions/${seventh.id}`).expect(200)).body).toMatchObject(answer);
  });

  it('gives the first answers again under one Idempotency-Key, and nothing under it for other content', async () => {
    const post = (rows: readonly object[]) =>
      platform.post('/v1/prechecks/batch').set('Idempotency-Key', 'nightly').send({ listings: rows });
    const rows = [makeListing({ id: 'Q1' }), { id: 'bad' }, makeListing({ id: 'Q3' })];
    const first = await post(rows).expect(200);
    const before = await storedIn(world);
    world.moveClock(1_000);
    expect((await post(rows).expect(200)).body).toEqual(first.body);
    for (const other of [
      [...rows, makeListing({ id: 'Q4' })],
      [{ id: 'bad' }, makeListing({ id: 'Q2' })],
    ]) {
      expect((await post(other).expect(422)).body.code).toBe('idempotency_key_reused');
    }
    expect(await storedIn(world)).toEqual(before);
  });
});
