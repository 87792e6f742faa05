import type { Server } from 'node:http';
import { z } from 'zod';
import { identifier, money } from '../../src/http/primitives.ts';
import { type Route, route } from '../../src/http/route.ts';
import { fuzzRoutes } from './fuzz.ts';
import { makeService, SAMPLE_ROUTES } from './sample.ts';

const PLENTY = { limit: 1_000_000, windowMs: 60_000 };

async function fuzz(routes: readonly Route[], runs: number) {
  const { app, keys } = makeService({
    routes,
    allowances: { read: PLENTY, write: PLENTY, batch: PLENTY, decision: PLENTY, anonymous: PLENTY },
  });
  const server: Server = await new Promise((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  try {
    return await fuzzRoutes({
      baseUrl: `http://127.0.0.1:${port}`,
      routes,
      authorization: keys.add('all', 'admin'),
      runs,
      seed: 7,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('random requests', () => {
  it('are answered or refused by a true problem, never by a server error', async () => {
    const routes = SAMPLE_ROUTES.filter((one) => one.operationId !== 'getOffer');
    const seen = await fuzz(routes, 100);
    expect([...(seen.get('putOffer') ?? [])]).toEqual(expect.arrayContaining([200, 400, 422]));
    expect([...(seen.get('postOfferBatch') ?? [])]).toEqual(expect.arrayContaining([200]));
    expect([...(seen.get('listOffers') ?? [])]).toEqual(expect.arrayContaining([200, 422]));
  });

  it('find the handler that breaks on what its schema lets through', async () => {
    const fragile = route({
      method: 'post',
      path: '/v1/rates',
      operationId: 'rate',
      summary: 'Divides',
      tags: [],
      scope: 'listings:write',
      rateLimit: 'write',
      stability: 'beta',
      body: z.strictObject({ shopId: identifier, price: money, by: z.int().min(0).max(3) }),
      identifiers: [{ in: 'body', name: 'shopId', resource: 'shop' }],
      response: z.strictObject({ share: money }),
      async handle({ body }) {
        return { body: { share: String(body.price / BigInt(body.by)) } };
      },
    });
    await expect(fuzz([fragile], 200)).rejects.toThrow(/by\\":0.*500 /s);
  });
});
