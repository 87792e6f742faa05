import type { Agent } from 'supertest';
import { monthOf } from '../../src/domain/price/bucket.ts';
import { DAY } from '../../src/domain/time.ts';
import { decisionsSpec } from '../../src/features/decisions/repo.ts';
import { collectionOf } from '../../src/infra/mongo/collection.ts';
import { rescoreListing } from '../../workers/handlers/score-listing.ts';
import { daysBefore, makeListing, makeObservation, ndjson } from '../support/fixtures.ts';
import { faultsOf, journalOf } from '../support/invariants.ts';
import { openWorld, START, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let platform: Agent;

beforeAll(async () => {
  world = await openWorld();
  platform = await world.as('platform');
  await platform
    .put('/v1/merchants/M1')
    .send({ entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' })
    .expect(201);
  await platform
    .put('/v1/shops/S1')
    .send({ merchantId: 'M1', name: '示例店', zone: 'Asia/Shanghai', jurisdiction: 'CN' })
    .expect(201);
});

afterEach(async () => {
  await world.drain();
  expect(await faultsOf(world)).toEqual([]);
});

afterAll(() => world.close());

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const record = (rows: readonly unknown[]) =>
  platform.post('/v1/price-observations').type('application/x-ndjson').send(ndjson(rows));
const goLive = (id: string, more: object = {}) =>
  platform.put(`/v1/listings/${id}`).send({ ...makeListing({ id }), state: 'live', ...more });

async function eventsOf(listingId: string, type: string) {
  return (await journalOf(world)).filter(({ event }) => event.type === type && event.subject.listingId === listingId);
}

it('fifty equal statements about one listing at once change it once', async () => {
  const answers = await Promise.all(times(50).map(() => goLive('A')));
  expect(answers.map(({ status }) => status).sort()).toEqual([...times(49).map(() => 200), 201]);
  await world.drain();
  expect((await eventsOf('A', 'listing.changed')).length).toBe(1);
  expect((await eventsOf('A', 'verdict.changed')).length).toBe(1);
});

it('fifty different statements about one listing at once all count, one after the other', async () => {
  const answers = await Promise.all(times(50).map((number) => goLive('B', { price: `${7000 + number}` })));
  expect(answers.filter(({ status }) => status >= 400).map(({ body }) => body)).toEqual([]);
  expect(answers.map(({ body }) => body.version).sort((left, right) => left - right)).toEqual(
    times(50).map((n) => n + 1),
  );
  await world.drain();
  expect((await eventsOf('B', 'listing.changed')).map(({ event }) => event.sequence).length).toBe(50);
});

it('of fifty statements with the same If-Match one counts', async () => {
  const { headers } = await goLive('C').expect(201);
  const answers = await Promise.all(
    times(50).map((number) => goLive('C', { price: `${7000 + number}` }).set('If-Match', headers.etag ?? '')),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBe(1);
  expect(statuses.every((status) => status === 200 || status === 412)).toBe(true);
});

it('the same observations sent ten times at once are stored once', async () => {
  await goLive('D').expect(201);
  const rows = times(40).map((day) =>
    makeObservation({ id: `D${day}`, listingId: 'D', price: `${5000 + day}`, at: daysBefore(day + 1) }),
  );
  const answers = await Promise.all(times(10).map(() => record(rows)));
  expect(answers.map(({ status }) => status)).toEqual(times(10).map(() => 200));
  const buckets = await world.composition.prices.latest('D', monthOf(START), 10);
  const ids = buckets.flatMap(({ bucket }) => bucket.entries.map(({ id }) => id));
  expect(ids.sort()).toEqual(rows.map(({ id }) => id).sort());
  await world.drain();
  expect((await platform.get('/v1/listings/D')).body.verdict).toMatchObject({ outcome: 'review' });
});

it('observations of one listing sent one by one at once are all stored', async () => {
  await goLive('E').expect(201);
  const rows = times(30).map((day) =>
    makeObservation({ id: `E${day}`, listingId: 'E', price: `${5000 + day}`, at: daysBefore(day + 1) }),
  );
  const answers = await Promise.all(rows.map((row) => record([row])));
  const refused = answers.filter(({ status }) => status !== 200);
  // Whoever is refused is told to try again; nobody is told that an observation was stored which was not.
  expect(refused.every(({ status }) => status === 409 || status === 503)).toBe(true);
  for (const row of rows) await record([row]).expect(200);
  const buckets = await world.composition.prices.latest('E', monthOf(START), 10);
  expect(buckets.flatMap(({ bucket }) => bucket.entries).length).toBe(30);
});

it('the same Idempotency-Key twenty times at once makes one decision and gives one answer', async () => {
  const send = () =>
    platform
      .post('/v1/prechecks')
      .set('Idempotency-Key', 'same')
      .send(makeListing({ id: 'F' }));
  const answers = await Promise.all(times(20).map(send));
  expect(answers.map(({ status }) => status)).toEqual(times(20).map(() => 200));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  const decisions = collectionOf<{ _id: string; listingId: string }>(world.composition.connection, decisionsSpec);
  expect((await decisions.find({ listingId: 'F' }).toArray()).length).toBe(1);
});

it('the same import sent ten times at once is worked off once', async () => {
  const rows = times(20).map((number) => ({ ...makeListing({ id: `G${number}` }), state: 'live' }));
  const send = () =>
    platform.post('/v1/imports').set('Idempotency-Key', 'feed').type('application/x-ndjson').send(ndjson(rows));
  const answers = await Promise.all(times(10).map(send));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
  await world.drain();
  const { body } = await platform.get(`/v1/imports/${answers[0]?.body.id}`).expect(200);
  expect(body).toMatchObject({ status: 'finished', created: 20, rejected: 0 });
});

it('a decision that a crash left without effect does not replace what is known by now', async () => {
  await goLive('H').expect(201);
  await world.drain();
  await record([makeObservation({ id: 'H1', listingId: 'H', price: '6900', at: daysBefore(3) })]).expect(200);
  await world.worker.relay.pass();
  const [recorded] = await eventsOf('H', 'prices.recorded');
  if (recorded === undefined) throw new Error('no event');
  const { decisionDeps, listingDeps } = world.composition;
  const deps = { ...decisionDeps, ...listingDeps };
  const dying = { ...deps, listings: { ...deps.listings, save: () => Promise.reject(new Error('killed')) } };
  await expect(rescoreListing(dying, recorded.event, world.now())).rejects.toThrow('killed');

  await record([makeObservation({ id: 'H2', listingId: 'H', price: '4900', at: daysBefore(2) })]).expect(200);
  world.moveClock(DAY);
  expect(await rescoreListing(deps, recorded.event, world.now())).toBe('changed');
  const { body: listing } = await platform.get('/v1/listings/H').expect(200);
  const { body: decision } = await platform.get(`/v1/decisions/${listing.verdict.decisionId}`).expect(200);
  expect(decision.price).toMatchObject([{ cap: '4900', evidence: ['H2'] }]);
});
