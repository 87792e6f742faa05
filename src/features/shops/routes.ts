import { z } from 'zod';
import { batchView, runBatch } from '../../http/batch.ts';
import { batchBody } from '../../http/batch-body.ts';
import { notFound } from '../../http/body-format.ts';
import { identifier, instantText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import type { AggregateStore, Stored } from '../../infra/mongo/aggregate.ts';
import { putShop } from './commands.ts';
import { type ShopBody, shopBody, shopRow, shopView } from './schemas.ts';

const params = z.strictObject({ id: identifier });
const MAX_ROWS = 1_000;

export function shopRoutes(shops: AggregateStore<ShopBody>): Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/shops/:id',
      operationId: 'putShop',
      summary: 'State what holds of a shop',
      tags: ['feeds'],
      scope: 'shops:write',
      params,
      body: shopBody,
      response: shopView,
      alsoStatuses: [201],
      identifiers: [
        { in: 'path', name: 'id', resource: 'shop', whenAbsent: 'allow' },
        { in: 'body', name: 'merchantId', resource: 'merchant' },
      ],
      ifMatch: 'optional',
      rateLimit: 'write',
      stability: 'beta',
      handle: async ({ params: { id }, body, ifMatch, now }) => {
        const guard = ifMatch === null ? {} : { expectedVersion: ifMatch };
        const { stored, outcome } = await putShop(shops, { id, body, ...guard }, now);
        return { status: outcome === 'created' ? 201 : 200, body: viewOf(stored), etag: stored.version };
      },
    }),
    route({
      method: 'get',
      path: '/v1/shops/:id',
      operationId: 'getShop',
      summary: 'A shop',
      tags: ['feeds'],
      scope: 'shops:read',
      params,
      response: shopView,
      alsoStatuses: [304],
      identifiers: [{ in: 'path', name: 'id', resource: 'shop' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id } }) => {
        const stored = await shops.find(id);
        if (stored === null) throw notFound();
        return { body: viewOf(stored), etag: stored.version };
      },
    }),
    route({
      method: 'post',
      path: '/v1/shops/batch',
      operationId: 'putShops',
      summary: 'State what holds of many shops',
      tags: ['feeds'],
      scope: 'shops:write',
      body: batchBody(shopRow, { maxRows: MAX_ROWS, member: 'shops' }),
      response: batchView,
      identifiers: [
        { in: 'body', name: 'id', resource: 'shop', whenAbsent: 'allow' },
        { in: 'body', name: 'merchantId', resource: 'merchant' },
      ],
      maxBodyBytes: 4 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async ({ body, now, language }) => ({
        body: await runBatch(body, language, async ({ id, ...row }) => {
          const { stored, outcome } = await putShop(shops, { id, body: row }, now);
          return { outcome, version: stored.version };
        }),
      }),
    }),
  ];
}

function viewOf({ _id, version, body }: Stored<ShopBody>): z.input<typeof shopView> {
  const { pricesCompleteSince, ...rest } = body;
  const since = pricesCompleteSince == null ? null : instantText(pricesCompleteSince);
  return { id: _id, version, ...rest, pricesCompleteSince: since };
}
