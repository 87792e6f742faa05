import { z } from 'zod';
import { batchView, runBatch } from '../../http/batch.ts';
import { batchBody } from '../../http/batch-body.ts';
import { notFound } from '../../http/body-format.ts';
import { identifier } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import type { AggregateStore, Stored } from '../../infra/mongo/aggregate.ts';
import { putMerchant } from './commands.ts';
import { type MerchantBody, merchantBody, merchantRow, merchantView } from './schemas.ts';

const params = z.strictObject({ id: identifier });
const MAX_ROWS = 1_000;

export function merchantRoutes(merchants: AggregateStore<MerchantBody>): Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/merchants/:id',
      operationId: 'putMerchant',
      summary: 'State what holds of a merchant',
      tags: ['feeds'],
      scope: 'merchants:write',
      params,
      body: merchantBody,
      response: merchantView,
      alsoStatuses: [201],
      identifiers: [{ in: 'path', name: 'id', resource: 'merchant' }],
      ifMatch: 'optional',
      rateLimit: 'write',
      stability: 'beta',
      handle: async ({ params: { id }, body, ifMatch, now }) => {
        const guard = ifMatch === null ? {} : { expectedVersion: ifMatch };
        const { stored, outcome } = await putMerchant(merchants, { id, body, ...guard }, now);
        return { status: outcome === 'created' ? 201 : 200, body: viewOf(stored), etag: stored.version };
      },
    }),
    route({
      method: 'get',
      path: '/v1/merchants/:id',
      operationId: 'getMerchant',
      summary: 'A merchant',
      tags: ['feeds'],
      scope: 'merchants:read',
      params,
      response: merchantView,
      alsoStatuses: [304],
      identifiers: [{ in: 'path', name: 'id', resource: 'merchant' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id } }) => {
        const stored = await merchants.find(id);
        if (stored === null) throw notFound();
        return { body: viewOf(stored), etag: stored.version };
      },
    }),
    route({
      method: 'post',
      path: '/v1/merchants/batch',
      operationId: 'putMerchants',
      summary: 'State what holds of many merchants',
      tags: ['feeds'],
      scope: 'merchants:write',
      body: batchBody(merchantRow, { maxRows: MAX_ROWS, member: 'merchants' }),
      response: batchView,
      identifiers: [{ in: 'body', name: 'id', resource: 'merchant' }],
      maxBodyBytes: 4 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async ({ body, now, language }) => ({
        body: await runBatch(body, language, async ({ id, ...row }) => {
          const { stored, outcome } = await putMerchant(merchants, { id, body: row }, now);
          return { outcome, version: stored.version };
        }),
      }),
    }),
  ];
}

function viewOf({ _id, version, body }: Stored<MerchantBody>): z.input<typeof merchantView> {
  return { id: _id, version, ...body };
}
