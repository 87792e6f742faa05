import type { Agent } from 'supertest';
import { DAY } from '../../src/domain/time.ts';
import { daysBefore, makeListing, makeObservation } from '../support/fixtures.ts';
import { START } from '../support/world.ts';
import { type FeedWorld, openFeed, storedIn } from './feed.ts';

let world: FeedWorld;
let platform: Agent;

beforeAll(async () => {
  world = await openFeed();
  platform = world.platform;
});

afterAll(() => world.close());

const record = async (...rows: readonly object[]) =>
  (await platform.post('/v1/price-observations').send({ observations: rows }).expect(200)).body;

const put = (id: string, more: object = {}) =>
  platform.put(`/v1/listings/${id}`).send({ ...makeListing({ id }), state: 'live', ...more });

async function historyOf(id: string, query = '') {
  return (await platform.get(`/v1/listings/${id}/price-history${query}`).expect(200)).body;
}

const offer = (listingId: string, id: string, day: number, price: string, more: object = {}) =>
  makeObservation({ id, listingId, kind: 'offer', price, at: daysBefore(day), ...more });

const pricesIn = (history: { observations: readonly { price: string }[] }) =>
  history.observations.map(({ price }) => price);

describe('price observations', () => {
  it('may come in any order and any number of times, and give one history', async () => {
    await put('A').expect(201);
    const rows = [
      offer('A', 'a1', 60, '30000'),
      offer('A', 'a2', 40, '30000'),
      offer('A', 'a3', 20, '25000'),
      makeObservation({ id: 'a4', listingId: 'A', price: '19900', at: daysBefore(5) }),
    ];
    expect(await record(...[...rows].reverse())).toMatchObject({ received: 4, stored: 4, unchanged: 0, rejected: [] });
    const before = await storedIn(world);
    expect(await record(...rows)).toMatchObject({ received: 4, stored: 0, duplicates: 4 });
    expect(await storedIn(world)).toEqual(before);
    const history = await historyOf('A');
    expect(history.observations.map(({ id }: { id: string }) => id)).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(pricesIn(history)).toEqual(['30000', '30000', '25000', '19900']);
  });

  it('that repeat the price in force are counted apart, and those of one request once', async () => {
    const first = offer('U', 'u1', 10, '5000');
    const answer = await record(first, offer('U', 'u2', 9, '5000'), first, { ...first, price: '5001' });
    expect(answer).toMatchObject({ received: 4, stored: 1, unchanged: 1, duplicates: 1 });
    expect(answer.rejected).toMatchObject([{ line: 4, id: 'u1', errors: [{ pointer: '/id' }] }]);
    expect(await record({ ...first, price: '5001' })).toMatchObject({
      stored: 0,
      rejected: [{ line: 1, id: 'u1', code: 'validation_failed', errors: [{ pointer: '/id' }] }],
    });
  });

  it('are accepted of a listing and a shop that the feed has not named, and count when it does', async () => {
    expect(await record(makeObservation({ id: 'n1', listingId: 'N', shopId: 'S-new' }))).toMatchObject({ stored: 1 });
    await world.drain();
    const events = await platform.get('/v1/events?limit=1000').expect(200);
    const about = (event: { subject: { listingId?: string } }) => event.subject.listingId === 'N';
    expect(events.body.events.filter(about)).toEqual([]);
    await platform.get('/v1/listings/N/price-history').expect(404);
    await put('N', { shopId: 'S-new', merchantId: 'M-new' }).expect(201);
    expect(pricesIn(await historyOf('N'))).toEqual(['8900']);
  });

  it('in another currency or of another shop than the listing’s are refused by field', async () => {
    await put('C').expect(201);
    const foreign = { currency: 'USD' };
    const answer = await record(
      offer('C', 'c1', 9, '5000'),
      offer('C', 'c2', 8, '700', foreign),
      offer('C', 'c3', 7, '5100', { shopId: 'S2' }),
    );
    expect(answer).toMatchObject({ received: 3, stored: 1 });
    expect(answer.rejected).toMatchObject([
      { line: 2, id: 'c2', code: 'validation_failed', errors: [{ pointer: '/currency' }] },
      { line: 3, id: 'c3', code: 'validation_failed', errors: [{ pointer: '/shopId' }] },
    ]);
    expect(pricesIn(await historyOf('C'))).toEqual(['5000']);
  });

  it('of an unknown listing keep to the currency that was recorded first, until that was taken back', async () => {
    const wrong = offer('D', 'd1', 9, '700', { currency: 'USD' });
    expect(await record(wrong, offer('D', 'd2', 8, '5000'))).toMatchObject({
      stored: 1,
      rejected: [{ line: 2, errors: [{ pointer: '/currency' }] }],
    });
    expect(await record(offer('D', 'd2', 8, '5000'))).toMatchObject({ stored: 0 });
    expect(await record({ ...wrong, id: 'd3', corrects: 'd1', retracted: true })).toMatchObject({ stored: 1 });
    expect(await record(offer('D', 'd2', 8, '5000'))).toMatchObject({ stored: 1, rejected: [] });
    await put('D').expect(201);
    expect(await record({ ...wrong, id: 'd4', corrects: 'd1', retracted: true })).toMatchObject({ stored: 1 });
  });

  it('are corrected by new records that keep what they correct, and withdrawn by retractions', async () => {
    await put('R').expect(201);
    await record(makeObservation({ id: 'r1', listingId: 'R', price: '100' }));
    const moved = { id: 'r2', listingId: 'R', price: '8900', corrects: 'r1', at: daysBefore(4) };
    expect((await record(makeObservation(moved))).rejected).toMatchObject([{ errors: [{ pointer: '/at' }] }]);
    world.moveClock(1_000);
    expect(await record(makeObservation({ id: 'r3', listingId: 'R', price: '8900', corrects: 'r1' }))).toMatchObject({
      stored: 1,
    });
    const corrected = await historyOf('R');
    expect(corrected.observations).toMatchObject([
      { id: 'r1', price: '100', corrects: null },
      { id: 'r3', price: '8900', corrects: 'r1' },
    ]);
    expect(corrected.claims).toMatchObject([{ cap: '8900', evidence: ['r3'] }]);
    world.moveClock(1_000);
    await record(makeObservation({ id: 'r4', listingId: 'R', price: '8900', corrects: 'r3', retracted: true }));
    expect((await historyOf('R')).claims).not.toMatchObject([{ cap: '8900' }]);
  });
});

describe('the price history of a listing', () => {
  it('shows each claim with its lawful cap, and since when nothing is missing', async () => {
    const claims = [
      {
        kind: 'own',
        reference: '19900',
        percent: 60.5,
        startsAt: daysBefore(0),
        endsAt: daysBefore(-5),
        basis: { disclosed: false },
      },
      {
        kind: 'msrp',
        reference: '29900',
        startsAt: daysBefore(0),
        basis: { disclosed: false, labelledMsrp: true, evidence: true },
      },
    ];
    await put('H', { claims }).expect(201);
    await record(makeObservation({ id: 'h1', listingId: 'H', price: '8900' }));
    const history = await historyOf('H');
    expect(history).toMatchObject({
      listingId: 'H',
      currency: 'CNY',
      completeSince: daysBefore(365),
      observations: [{ id: 'h1', kind: 'sale', price: '8900', quantity: 1, layer: 'public', sku: null }],
      claims: [
        {
          claim: 0,
          kind: 'own',
          reference: '19900',
          percent: 60.5,
          verdict: 'violation',
          cap: '8900',
          article: 'CN-56-16-2',
          evidence: ['h1'],
        },
        { claim: 1, kind: 'msrp', reference: '29900', percent: null, verdict: 'ok', cap: null, endsAt: null },
      ],
    });
  });

  it('is empty where nothing was recorded, and convicts nobody', async () => {
    await put('E', { shopId: 'S-quiet', merchantId: 'M-quiet' }).expect(201);
    expect(await historyOf('E')).toMatchObject({
      completeSince: null,
      observations: [],
      claims: [{ verdict: 'insufficient_history', cap: null, evidence: [] }],
    });
    await put('E2', { claims: [] }).expect(201);
    expect(await historyOf('E2')).toMatchObject({ observations: [], claims: [] });
  });

  it('covers the window that was asked for, with the price that was in force when it began', async () => {
    await put('W').expect(201);
    await record(offer('W', 'w1', 200, '40000'), offer('W', 'w2', 50, '30000'), offer('W', 'w3', 10, '20000'));
    const window = `?from=${daysBefore(100)}&to=${daysBefore(20)}`;
    const history = await historyOf('W', window);
    expect(history).toMatchObject({ from: daysBefore(100), to: daysBefore(20) });
    expect(pricesIn(history)).toEqual(['40000', '30000']);
    for (const bad of [`?from=${daysBefore(1)}&to=${daysBefore(2)}`, `?from=${daysBefore(2_000)}`]) {
      const { body } = await platform.get(`/v1/listings/W/price-history${bad}`).expect(422);
      expect(body.errors).toMatchObject([{ in: 'query', pointer: '/from' }]);
    }
  });

  it('takes five thousand observations in one request, over years, and reads any window of them', async () => {
    await put('Y').expect(201);
    const rows = Array.from({ length: 5_000 }, (_, index) =>
      makeObservation({
        id: `y${index}`,
        listingId: 'Y',
        kind: 'offer',
        price: `${1_000 + (index % 97)}`,
        at: new Date(START - index * (DAY / 8)).toISOString(),
      }),
    );
    rows[17] = { ...(rows[17] ?? makeObservation()), price: '-1' };
    const answer = await record(...rows);
    expect(answer).toMatchObject({
      received: 5_000,
      stored: 4_999,
      rejected: [{ line: 18, errors: [{ pointer: '/price' }] }],
    });
    const history = await historyOf('Y', `?from=${daysBefore(500)}&to=${daysBefore(490)}`);
    const inside = history.observations.filter(({ at }: { at: string }) => at >= daysBefore(500));
    expect(inside).toHaveLength(80);
  });
});
