import { Registry } from 'prom-client';
import { type Agent, agent } from 'supertest';
import { compose } from '../../src/compose.ts';
import { keyStore } from '../../src/features/keys/repo.ts';
import { createApp } from '../../src/http/app.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { connectMongo, pingMongo } from '../../src/infra/mongo/connection.ts';
import { ownershipOf, routesOf } from '../../src/routes.ts';
import { MERCHANT, makeShop } from '../integration/feed.ts';
import { makeListing, makeObservation } from '../support/fixtures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let admin: Agent;

/** The service over a connection of its own, which is cut once the key is known. */
beforeAll(async () => {
  world = await openWorld();
  const connection = await connectMongo(process.env.MONGO_URL ?? '', world.composition.connection.name);
  const composition = compose({ ...world.composition, connection });
  const app = createApp({
    routes: routesOf(composition, { precheckDeadlineMs: 500, onKeyChange: () => undefined }),
    deps: {
      logger: createLogger('silent', 'test'),
      clock: world.now,
      keys: keyStore(composition.keys),
      ownership: ownershipOf(composition),
      metrics: new Registry(),
      redis: null,
      readiness: { mongo: () => pingMongo(connection) },
    },
    checkResponses: true,
  });
  admin = agent(app).set('Authorization', `Bearer ${await world.token('admin')}`);
  await admin.get('/v1/categories').expect(200);
  await connection.close();
});

afterAll(() => world.close());

describe('while the store is away', () => {
  it('every reading and every write says so, and when to come back', async () => {
    const attempts = [
      admin.get('/v1/listings/L1'),
      admin.get('/v1/listings/L1/price-history'),
      admin.get('/v1/decisions/D1'),
      admin.get('/v1/events'),
      admin.put('/v1/merchants/M1').send(MERCHANT),
      admin.post('/v1/shops/batch').send([{ id: 'S1', ...makeShop('M1') }]),
      admin.post('/v1/price-observations').send([makeObservation()]),
      admin.post('/v1/imports').send([{ ...makeListing(), state: 'live' }]),
      admin.post('/v1/keys').send({ subject: 'x', role: 'auditor' }),
    ];
    for (const attempt of attempts) {
      const { status, body, headers } = await attempt;
      expect([status, body.code, headers['retry-after']]).toEqual([503, 'store_unavailable', '1']);
    }
  });

  it('a listing is still answered, and the answer says that it was not noted', async () => {
    const { body } = await admin.post('/v1/prechecks').send(makeListing()).expect(200);
    expect(body).toMatchObject({
      provisional: true,
      rescore: 'not_noted',
      notEvaluated: expect.arrayContaining(['record']),
    });
    const batch = await admin.post('/v1/prechecks/batch').send([makeListing()]).expect(200);
    expect(batch.body.decisions).toMatchObject([{ line: 1, provisional: true, rescore: 'not_noted' }]);
  });

  it('the service is alive and not ready', async () => {
    await admin.get('/healthz').expect(200);
    const { body } = await admin.get('/readyz').expect(503);
    expect(body).toEqual({ status: 'unavailable', dependencies: { mongo: 'down' } });
  });
});
