import type { Server } from 'node:http';
import { buildOpenApi } from '../../src/http/openapi.ts';
import { assertRoute, type Route } from '../../src/http/route.ts';
import { SCOPES, type Scope } from '../../src/http/scopes.ts';
import { routesOf } from '../../src/routes.ts';
import { fuzzRoutes } from '../http/fuzz.ts';
import { openFeed } from '../integration/feed.ts';
import { daysBefore, makeListing, makeObservation } from '../support/fixtures.ts';
import { openWorld, START, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let routes: readonly Route[];

beforeAll(async () => {
  world = await openFeed();
  routes = routesOf(world.composition, { precheckDeadlineMs: 5_000, onKeyChange: () => undefined });
});

afterAll(() => world.close());

describe('every route', () => {
  it('needs a scope, and says whose every identifier is that it takes', () => {
    const scopes = new Set<Scope>(SCOPES);
    for (const route of routes) {
      expect(() => assertRoute(route)).not.toThrow();
      expect([route.operationId, route.scope !== 'public' && scopes.has(route.scope)]).toEqual([
        route.operationId,
        true,
      ]);
      const reads = route.method === 'get';
      expect([route.operationId, /:read$/.test(route.scope)]).toEqual([
        route.operationId,
        reads && route.scope !== 'keys:manage',
      ]);
    }
  });

  it('says whose the resource in its path is, so that no merchant reads another’s', () => {
    for (const route of routes) {
      for (const [, name] of route.path.matchAll(/:([A-Za-z]+)/g)) {
        const declared = route.identifiers.find((one) => one.in === 'path' && one.name === name);
        expect([route.operationId, declared?.in]).toEqual([route.operationId, 'path']);
        if (declared?.resource === 'shared') expect(route.scope).toBe('keys:manage');
      }
    }
  });

  it('that takes rows takes them as lines and as a list, at most so many', () => {
    const batches = routes.filter(({ body }) => body?.maxRows != null);
    expect(batches.map(({ operationId, body }) => [operationId, body?.member, body?.maxRows]).sort()).toEqual([
      ['createImport', 'listings', 5_000],
      ['precheckBatch', 'listings', 1_000],
      ['putListings', 'listings', 1_000],
      ['putMerchants', 'merchants', 1_000],
      ['putShops', 'shops', 1_000],
      ['recordPriceObservations', 'observations', 5_000],
    ]);
    for (const { body } of batches) expect(body?.contentTypes).toEqual(['application/x-ndjson', 'application/json']);
  });
});

describe('random requests to the whole API', () => {
  const samples = {
    id: ['L1', 'S1', 'M1', 'L-new', 'none'],
    listingId: ['L1', 'L9'],
    shopId: ['S1', 'S2'],
    merchantId: ['M1', 'M2'],
    currency: ['CNY', 'CNY', 'USD'],
    at: [daysBefore(0), daysBefore(3), daysBefore(40)],
    startsAt: [daysBefore(0), daysBefore(10)],
    price: ['7900', '8900'],
    zone: ['Asia/Shanghai'],
    category: ['apparel/shoes'],
    path: ['apparel', 'apparel/shoes'],
    from: [daysBefore(90)],
    to: [daysBefore(0)],
  };

  it('are answered as documented or refused by a true problem, never by a server error', async () => {
    const platform = await world.as('platform');
    await platform
      .put('/v1/listings/L1')
      .send({ ...makeListing(), state: 'live' })
      .expect(201);
    await platform.post('/v1/price-observations').send([makeObservation()]).expect(200);
    const server: Server = await new Promise((resolve) => {
      const listening: Server = world.app.listen(0, '127.0.0.1', () => resolve(listening));
    });
    const address = server.address();
    try {
      const seen = await fuzzRoutes({
        baseUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
        routes,
        authorization: `Bearer ${await world.token('admin')}`,
        runs: 60,
        seed: 11,
        samples,
      });
      const statuses = new Map([...seen].map(([operation, found]) => [operation, [...found].sort()]));
      for (const { operationId, path, method } of routes) {
        const documented = documentedOf(path, method);
        const found = (statuses.get(operationId) ?? []).map(String);
        expect([operationId, found.filter((status) => !documented.includes(status))]).toEqual([operationId, []]);
        expect(found).not.toContain('429');
      }
      for (const [operation, status] of [
        ['precheck', 200],
        ['precheckBatch', 200],
        ['putListings', 200],
        ['recordPriceObservations', 200],
        ['createImport', 202],
        ['putShop', 201],
        ['putMerchant', 201],
        ['getPriceHistory', 200],
        ['getListing', 200],
        ['listEvents', 200],
        ['createKey', 201],
        ['revokeKey', 404],
      ] as const) {
        expect([operation, statuses.get(operation)]).toEqual([operation, expect.arrayContaining([status])]);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
    await world.drain();
    expect(world.now()).toBe(START);
  });
});

function documentedOf(path: string, method: Route['method']): readonly string[] {
  const { paths } = buildOpenApi(routes);
  return Object.keys(paths?.[path.replaceAll(/:([A-Za-z]+)/g, '{$1}')]?.[method]?.responses ?? {});
}

it('a world without any statement answers every reading with a page or a problem', async () => {
  const empty = await openWorld();
  try {
    const admin = await empty.as('admin');
    expect((await admin.get('/v1/categories').expect(200)).body).toEqual({ version: 0, categories: [] });
    expect((await admin.get('/v1/events').expect(200)).body).toEqual({ events: [], after: 0, more: false });
    for (const path of routes
      .filter(({ method, path }) => method === 'get' && path.includes(':'))
      .map(({ path }) => path)) {
      await admin.get(path.replaceAll(/:\w+/g, 'none')).expect(404);
    }
  } finally {
    await empty.close();
  }
});
