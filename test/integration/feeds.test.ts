import type { Agent } from 'supertest';
import { DAY } from '../../src/domain/time.ts';
import { putShop } from '../../src/features/shops/commands.ts';
import { daysBefore, makeListing, makeObservation } from '../support/fixtures.ts';
import { type FeedWorld, MERCHANT, makeShop, openFeed, storedIn } from './feed.ts';

let world: FeedWorld;
let platform: Agent;

beforeAll(async () => {
  world = await openFeed();
  platform = world.platform;
});

afterAll(() => world.close());

const put = (id: string, more: object = {}, state = 'live') =>
  platform.put(`/v1/listings/${id}`).send({ ...makeListing({ id }), ...more, state });

interface EventView {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
}

async function eventsAfter(position: number, agent: Agent = platform): Promise<readonly EventView[]> {
  await world.drain();
  const { body } = await agent.get(`/v1/events?after=${position}&limit=1000`).expect(200);
  return body.events;
}

async function lastPosition(): Promise<number> {
  return (await eventsAfter(0)).at(-1)?.position ?? 0;
}

const ENTITIES: readonly (readonly [path: string, body: object, changed: object])[] = [
  ['/v1/merchants/E1', MERCHANT, { ...MERCHANT, standing: 'watch' }],
  ['/v1/shops/E1', makeShop('E1'), { ...makeShop('E1'), name: '新名字' }],
  [
    '/v1/listings/E1',
    { ...makeListing({ id: 'E1' }), state: 'draft' },
    { ...makeListing({ id: 'E1' }), state: 'held' },
  ],
];

describe('what the platform states', () => {
  it.each(ENTITIES)(
    'at %s is created, changed under its ETag, and the same again writes nothing',
    async (path, body, changed) => {
      const start = await lastPosition();
      const created = await platform.put(path).send(body).expect(201);
      expect(created.headers.etag).toBe('"v1"');
      const before = await storedIn(world);
      const same = await platform.put(path).send(body).expect(200);
      expect([same.headers.etag, same.body]).toEqual(['"v1"', created.body]);
      expect(await storedIn(world)).toEqual(before);

      const updated = await platform.put(path).set('If-Match', '"v1"').send(changed).expect(200);
      expect(updated.headers.etag).toBe('"v2"');
      const stale = await platform.put(path).set('If-Match', '"v1"').send(body).expect(412);
      expect(stale.body).toMatchObject({ code: 'version_mismatch' });
      const absent = await platform
        .put(`${path}-absent`)
        .set('If-Match', '"v1"')
        .send({ ...body, ...idOf(path) });
      expect(absent.status).toBe(412);

      const read = await platform.get(path).expect(200);
      expect([read.headers.etag, read.body]).toEqual(['"v2"', updated.body]);
      await platform.get(path).set('If-None-Match', '"v1", "v2"').expect(304);
      const mine = (await eventsAfter(start)).filter(({ stream }) => `/v1/${stream.replace('/', 's/')}` === path);
      expect(mine).toHaveLength(2);
    },
  );

  it('tells who named a version that another was faster, and does as told for who named none', async () => {
    await platform.put('/v1/shops/S-raced').send(makeShop('M1')).expect(201);
    const { shops } = world.composition;
    const body = (await shops.find('S-raced'))?.body;
    if (body === undefined) throw new Error('no shop');
    /** The store as somebody sees it who is overtaken once between reading and writing. */
    const overtaken = (name: string) => {
      let done = false;
      const find: typeof shops.find = async (id) => {
        const found = await shops.find(id);
        if (!done)
          await platform
            .put('/v1/shops/S-raced')
            .send({ ...makeShop('M1'), name })
            .expect(200);
        done = true;
        return found;
      };
      return { ...shops, find };
    };
    const mine = { id: 'S-raced', body: { ...body, name: '我的' } };
    const late = putShop(overtaken('先到'), { ...mine, expectedVersion: 1 }, world.now());
    await expect(late).rejects.toMatchObject({ code: 'version_mismatch', message: 'the current version is 2' });
    const { stored } = await putShop(overtaken('又先到'), mine, world.now());
    expect([stored.version, stored.body.name]).toEqual([4, '我的']);
  });

  it('of all categories is replaced as a whole, each named once', async () => {
    const category = (path: string) => ({ path, zh: '类目', en: 'Category' });
    await platform
      .put('/v1/categories')
      .send({ categories: [category('apparel')] })
      .expect(200);
    const next = { categories: [category('apparel'), category('apparel/shoes')] };
    await platform.put('/v1/categories').set('If-Match', '"v1"').send(next).expect(200);
    await platform.put('/v1/categories').set('If-Match', '"v1"').send(next).expect(412);
    const twice = await platform
      .put('/v1/categories')
      .send({ categories: [category('a'), category('a')] })
      .expect(422);
    expect(twice.body.errors).toEqual([{ in: 'body', pointer: '/categories/1/path', reason: 'is listed twice' }]);
    const { body } = await platform.get('/v1/categories').expect(200);
    expect(body).toEqual({ version: 2, ...next });
  });

  it('never moves a shop to another merchant, nor a listing to another shop, merchant or currency', async () => {
    await put('K1').expect(201);
    const before = await storedIn(world);
    const shop = await platform.put('/v1/shops/S1').send(makeShop('M2')).expect(422);
    expect(shop.body.errors).toMatchObject([{ pointer: '/merchantId' }]);
    const foreign = await put('K1', { shopId: 'S2' }).expect(422);
    expect(foreign.body.errors).toMatchObject([{ pointer: '/shopId', reason: 'does not belong to merchantId' }]);
    const moved = await put('K1', { shopId: 'S2', merchantId: 'M2' }).expect(422);
    expect(moved.body.errors).toMatchObject([{ pointer: '/shopId', reason: 'the listing belongs to shop S1' }]);
    const repriced = await put('K1', { currency: 'USD' }).expect(422);
    expect(repriced.body.errors).toMatchObject([{ pointer: '/currency', reason: 'the listing is priced in CNY' }]);
    const misnamed = await platform
      .put('/v1/listings/K1')
      .send({ ...makeListing({ id: 'K2' }), state: 'live' })
      .expect(422);
    expect(misnamed.body.errors).toMatchObject([{ pointer: '/id' }]);
    expect(await storedIn(world)).toEqual(before);
  });

  it('may come in any order: a listing before its shop, and a draft that had the wrong currency', async () => {
    await put('K3', { shopId: 'S-later', merchantId: 'M-later', currency: 'USD' }, 'draft').expect(201);
    await put('K3', { shopId: 'S-later', merchantId: 'M-later' }).expect(200);
    await platform.put('/v1/shops/S-later').send(makeShop('M-later')).expect(201);
  });
});

function idOf(path: string): object {
  return path.startsWith('/v1/listings') ? { id: 'E1-absent' } : {};
}

describe('a batch of the feed', () => {
  it('takes the good rows and names the bad ones', async () => {
    const merchants = await platform
      .post('/v1/merchants/batch')
      .send([
        { id: 'M10', ...MERCHANT },
        { id: 'M11', ...MERCHANT, zone: 'Mars/Base' },
        { id: 'M10', ...MERCHANT },
      ])
      .expect(200);
    expect(merchants.body).toMatchObject({
      accepted: 2,
      rejected: 1,
      results: [
        { line: 1, id: 'M10', outcome: 'created', version: 1 },
        { line: 2, outcome: 'rejected', code: 'validation_failed', errors: [{ pointer: '/zone' }] },
        { line: 3, id: 'M10', outcome: 'unchanged', version: 1 },
      ],
    });
    const shops = await platform
      .post('/v1/shops/batch')
      .send({
        shops: [
          { id: 'S10', ...makeShop('M10') },
          { id: 'S1', ...makeShop('M2') },
        ],
      })
      .expect(200);
    expect(shops.body.results).toMatchObject([
      { id: 'S10', outcome: 'created' },
      { id: 'S1', outcome: 'rejected', errors: [{ pointer: '/merchantId', reason: 'the shop belongs to M1' }] },
    ]);
    const rows = [
      { ...makeListing({ id: 'B1' }), state: 'live' },
      { ...makeListing({ id: 'B2', shopId: 'S2' }), state: 'live' },
      { ...makeListing({ id: 'B3' }), state: 'sold' },
      { ...makeListing({ id: 'B4' }), state: 'draft' },
    ];
    const listings = await platform.post('/v1/listings/batch').send({ listings: rows }).expect(200);
    expect(listings.body.results).toMatchObject([
      { id: 'B1', outcome: 'created' },
      { id: 'B2', outcome: 'rejected', errors: [{ pointer: '/shopId' }] },
      { outcome: 'rejected', errors: [{ pointer: '/state' }] },
      { id: 'B4', outcome: 'created' },
    ]);
    await platform.get('/v1/listings/B2').expect(404);
    const before = await storedIn(world);
    const again = await platform.post('/v1/listings/batch').send({ listings: rows }).expect(200);
    expect(again.body.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'unchanged',
      'rejected',
      'rejected',
      'unchanged',
    ]);
    expect(await storedIn(world)).toEqual(before);
  });

  it('that states one listing several times leaves what its last row says', async () => {
    const titles = Array.from({ length: 20 }, (_, index) => `第 ${index} 版`);
    const rows = titles.map((title) => ({ ...makeListing({ id: 'B9', title }), state: 'draft' }));
    const { body } = await platform.post('/v1/listings/batch').send(rows).expect(200);
    expect(body.results.map(({ version }: { version: number }) => version)).toEqual(
      titles.map((_, index) => index + 1),
    );
    const read = await platform.get('/v1/listings/B9').expect(200);
    expect(read.body.snapshot.title).toBe('第 19 版');
  });
});

describe('a snapshot', () => {
  it('that is older than the one that holds is refused; the same one in another state is not', async () => {
    await put('N1', { at: daysBefore(1), title: '今日' }).expect(201);
    const stale = await put('N1', { at: daysBefore(2), title: '昨日' }).expect(422);
    expect(stale.body.errors).toMatchObject([{ pointer: '/at' }]);
    await put('N1', { at: daysBefore(1), title: '今日' }, 'held').expect(200);
    const read = await platform.get('/v1/listings/N1').expect(200);
    expect(read.body).toMatchObject({ version: 2, state: 'held', snapshot: { title: '今日' } });
  });

  it('stays with the listing when the next one comes, the latest five of them', async () => {
    for (let day = 9; day >= 0; day -= 1) await put('N2', { at: daysBefore(day), title: `${day} 天前` });
    await put('N2', { at: daysBefore(0), title: '0 天前' }, 'held').expect(200);
    const stored = await world.composition.listings.find('N2');
    const titles = stored?.body.earlier.map(({ text }) => JSON.parse(text).title);
    expect(titles).toEqual([1, 2, 3, 4, 5].map((day) => `${day} 天前`));
    const { body } = await platform.get('/v1/listings/N2').expect(200);
    expect(body.snapshotHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(body.snapshot).not.toHaveProperty('state');
  });
});

describe('a state', () => {
  it('decides whether the listing is judged: only what is live stands under a verdict', async () => {
    await platform.post('/v1/price-observations').send([makeObservation({ id: 'T1', listingId: 'T', price: '5900' })]);
    const verdictIn = async (state: string): Promise<{ outcome: string } | null> => {
      await put('T', {}, state);
      await world.drain();
      return (await platform.get('/v1/listings/T').expect(200)).body.verdict;
    };
    expect(await verdictIn('draft')).toBeNull();
    expect(await verdictIn('live')).toMatchObject({ outcome: 'review', provisional: false });
    expect(await verdictIn('held')).toBeNull();
    const start = await lastPosition();
    await platform
      .post('/v1/price-observations')
      .send([makeObservation({ id: 'T2', listingId: 'T', price: '100', at: daysBefore(1) })])
      .expect(200);
    expect((await eventsAfter(start)).map(({ type }) => type)).toEqual(['prices.recorded']);
    expect(await verdictIn('live')).toMatchObject({ outcome: 'review' });
    expect(await verdictIn('removed')).toBeNull();
  });
});

describe('the events', () => {
  it('are read page by page without a gap or a repeat, in the order in which they happened', async () => {
    const all = await eventsAfter(0);
    expect(all.length).toBeGreaterThan(30);
    expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => index + 1));
    const paged: EventView[] = [];
    let after = 0;
    for (let more = true; more; ) {
      const { body } = await platform.get(`/v1/events?after=${after}&limit=7`).expect(200);
      expect(body.events.length).toBeLessThanOrEqual(7);
      paged.push(...body.events);
      ({ after, more } = body);
    }
    expect(paged).toEqual(all);
    const end = await platform.get(`/v1/events?after=${after}`).expect(200);
    expect(end.body).toEqual({ events: [], after, more: false });
    const far = await platform.get('/v1/events?after=999999').expect(200);
    expect(far.body).toEqual({ events: [], after: 999_999, more: false });
  });

  it('about one merchant are all that the merchant’s key gives', async () => {
    await put('V2', { shopId: 'S2', merchantId: 'M2' }).expect(201);
    const merchant = await world.as('merchant', 'M2');
    const all = await eventsAfter(0);
    const own = await eventsAfter(0, merchant);
    expect(own.length).toBeGreaterThan(0);
    expect(own).toEqual(all.filter(({ subject }) => subject.merchantId === 'M2'));
    const nobody = await eventsAfter(0, await world.as('merchant', 'M-nobody'));
    expect(nobody.filter(({ subject }) => subject.merchantId !== 'M-nobody')).toEqual([]);
  });

  it('tell nothing that could be somebody’s secret', async () => {
    const text = JSON.stringify(await eventsAfter(0));
    expect(text).not.toMatch(/secret|token|跑鞋|示例店/);
  });
});

it('a clock that runs a little ahead is no future', async () => {
  const soon = new Date(world.now() + 4 * 60_000).toISOString();
  await put('W1', { at: soon }).expect(201);
  world.moveClock(DAY);
  await put('W1', { at: daysBefore(-1) }).expect(200);
});
