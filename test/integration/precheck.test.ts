import type { Agent } from 'supertest';
import { DAY } from '../../src/domain/time.ts';
import { daysBefore, makeListing, makeObservation, ndjson } from '../support/fixtures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let platform: Agent;
let storeIsAway = false;

beforeAll(async () => {
  world = await openWorld({
    history: (load) => (snapshot, now) => (storeIsAway ? new Promise(() => undefined) : load(snapshot, now)),
  });
  platform = await world.as('platform');
  await platform
    .put('/v1/merchants/M1')
    .send({ entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' })
    .expect(201);
  await platform
    .put('/v1/shops/S1')
    .send({
      merchantId: 'M1',
      name: '示例店',
      zone: 'Asia/Shanghai',
      jurisdiction: 'CN',
      pricesCompleteSince: daysBefore(365),
    })
    .expect(201);
});

afterAll(() => world.close());

const record = (rows: readonly unknown[]) =>
  platform.post('/v1/price-observations').type('application/x-ndjson').send(ndjson(rows));

describe('a listing is judged before it goes live', () => {
  it('names the lawful cap, the article and the sale that it rests on', async () => {
    await record([
      makeObservation({ id: 'A1', listingId: 'A', price: '9900', at: daysBefore(6) }),
      makeObservation({ id: 'A2', listingId: 'A', price: '8900', at: daysBefore(3) }),
    ]).expect(200);
    const { body } = await platform
      .post('/v1/prechecks')
      .send(makeListing({ id: 'A' }))
      .expect(200);
    expect(body).toMatchObject({ outcome: 'review', provisional: false, rescore: 'not_needed' });
    expect(body.price).toMatchObject([
      { claim: 0, verdict: 'violation', cap: '8900', article: 'CN-56-16-2', evidence: ['A2'] },
    ]);
    const hit = body.rules.find((rule: { id: string }) => rule.id === 'price.reference.above-cap');
    expect(hit).toMatchObject({ outcome: 'hit', constraint: 'review' });
    expect(hit.zh).toContain('¥89.00');
    expect(hit.en).toContain('89.00');
  });

  it('passes a compared price equal to the cap', async () => {
    await record([makeObservation({ id: 'B1', listingId: 'B', price: '8900' })]).expect(200);
    const listing = makeListing({ id: 'B' });
    const claims = [{ kind: 'own' as const, reference: '8900', startsAt: listing.at, basis: { disclosed: false } }];
    const { body } = await platform
      .post('/v1/prechecks')
      .send({ ...listing, claims })
      .expect(200);
    expect(body).toMatchObject({ outcome: 'allow', price: [{ verdict: 'ok', cap: '8900' }] });
  });

  it('does not convict for want of records', async () => {
    await platform
      .put('/v1/shops/S-unknown')
      .send({ merchantId: 'M1', name: '无历史店', zone: 'Asia/Shanghai', jurisdiction: 'CN' })
      .expect(201);
    const { body } = await platform
      .post('/v1/prechecks')
      .send(makeListing({ id: 'C', shopId: 'S-unknown' }))
      .expect(200);
    expect(body.price).toMatchObject([{ verdict: 'insufficient_history', cap: null }]);
    const outcomes = body.rules.filter(
      (rule: { outcome: string; constraint?: string }) => rule.constraint !== undefined,
    );
    expect(outcomes.every((rule: { outcome: string }) => rule.outcome !== 'hit')).toBe(true);
  });

  it('gives the first answer again for the same Idempotency-Key, and refuses another body under it', async () => {
    const send = (listing: object) => platform.post('/v1/prechecks').set('Idempotency-Key', 'once').send(listing);
    const first = await send(makeListing({ id: 'D' })).expect(200);
    world.moveClock(1_000);
    const second = await send(makeListing({ id: 'D' })).expect(200);
    expect(second.body).toEqual(first.body);
    const other = await send(makeListing({ id: 'D', title: '别的鞋' })).expect(422);
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('can be read again with the signals that it rests on', async () => {
    const made = await platform
      .post('/v1/prechecks')
      .send(makeListing({ id: 'E' }))
      .expect(200);
    const { body } = await platform.get(`/v1/decisions/${made.body.id}`).expect(200);
    expect(body).toMatchObject(made.body);
    expect(body.signals.claims[0]['claim.reference']).toMatchObject({ value: '19900' });
  });
});

describe('a live listing is judged again', () => {
  it('when a sale that arrives later lowers its cap below the claim', async () => {
    await record([makeObservation({ id: 'F1', listingId: 'F', price: '19900', at: daysBefore(2) })]).expect(200);
    await platform
      .put('/v1/listings/F')
      .send({ ...makeListing({ id: 'F' }), state: 'live' })
      .expect(201);
    await world.drain();
    const before = await platform.get('/v1/listings/F').expect(200);
    expect(before.body.verdict).toMatchObject({ outcome: 'allow' });

    await record([makeObservation({ id: 'F2', listingId: 'F', price: '5900', at: daysBefore(1) })]).expect(200);
    await world.drain();
    const after = await platform.get('/v1/listings/F').expect(200);
    expect(after.body.verdict).toMatchObject({ outcome: 'review' });
    const { body } = await platform.get('/v1/events?limit=1000').expect(200);
    const changes = body.events.filter(
      (event: { type: string; subject: { listingId?: string } }) =>
        event.type === 'verdict.changed' && event.subject.listingId === 'F',
    );
    expect(changes.map((event: { facts: object }) => event.facts)).toEqual([
      { outcome: 'allow', before: 'none' },
      { outcome: 'review', before: 'allow' },
    ]);
  });

  it('without writing anything when the verdict stays the same', async () => {
    await record([makeObservation({ id: 'G1', listingId: 'G', price: '5900', at: daysBefore(2) })]).expect(200);
    await platform
      .put('/v1/listings/G')
      .send({ ...makeListing({ id: 'G' }), state: 'live' })
      .expect(201);
    await world.drain();
    const before = await platform.get('/v1/listings/G').expect(200);
    await record([makeObservation({ id: 'G2', listingId: 'G', price: '7900', at: daysBefore(1) })]).expect(200);
    await world.drain();
    const after = await platform.get('/v1/listings/G').expect(200);
    expect(after.body).toEqual(before.body);
  });
});

describe('a store that does not answer in time', () => {
  it('lets the fail policy answer at the deadline, and a worker judges in full later', async () => {
    await record([makeObservation({ id: 'H1', listingId: 'H', price: '5900', at: daysBefore(2) })]).expect(200);
    storeIsAway = true;
    const made = await platform
      .post('/v1/prechecks')
      .set('Deadline-Ms', '200')
      .send(makeListing({ id: 'H' }))
      .expect(200);
    storeIsAway = false;
    expect(made.body).toMatchObject({ provisional: true, rescore: 'guaranteed', notEvaluated: ['price_history'] });
    expect(made.body.hints).toEqual([]);
    await world.drain();
    const { body } = await platform.get(`/v1/decisions/${made.body.id}`).expect(200);
    const final = await platform.get(`/v1/decisions/${body.supersededBy}`).expect(200);
    expect(final.body).toMatchObject({ outcome: 'review', provisional: false, supersedes: made.body.id });
    const events = await platform.get('/v1/events?limit=1000').expect(200);
    const announced = events.body.events.filter(
      (event: { subject: { decisionId?: string } }) => event.subject.decisionId === body.supersededBy,
    );
    expect(announced).toMatchObject([
      { type: 'decision.made', facts: { supersedes: made.body.id, outcome: 'review' } },
    ]);
  });
});

it('every shown repair lets the listing pass', async () => {
  await record([makeObservation({ id: 'J1', listingId: 'J', price: '8900' })]).expect(200);
  const listing = makeListing({ id: 'J' });
  const { body } = await platform.post('/v1/prechecks').send(listing).expect(200);
  expect(body.hints.length).toBeGreaterThan(0);
  const [lower] = body.hints;
  expect(lower).toMatchObject({ verified: true, edits: [{ path: 'claims[0].reference', value: '8900' }] });
  const claims = [{ kind: 'own' as const, reference: '8900', startsAt: listing.at, basis: { disclosed: false } }];
  const repaired = await platform
    .post('/v1/prechecks')
    .send({ ...listing, claims })
    .expect(200);
  expect(repaired.body.outcome).toBe('allow');
});

it('windows are read from the month before when the month itself is empty', async () => {
  await record([makeObservation({ id: 'I1', listingId: 'I', price: '6900', at: daysBefore(80) })]).expect(200);
  const { body } = await platform
    .post('/v1/prechecks')
    .send(makeListing({ id: 'I' }))
    .expect(200);
  expect(body.price).toMatchObject([{ verdict: 'violation', cap: '6900', basis: 'last_sale', evidence: ['I1'] }]);
  world.moveClock(DAY);
});
