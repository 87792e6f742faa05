import { z } from 'zod';
import { batchView, runBatch } from '../../http/batch.ts';
import { batchBody } from '../../http/batch-body.ts';
import { invalid, notFound } from '../../http/body-format.ts';
import { identifier, instantText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import type { Stored } from '../../infra/mongo/aggregate.ts';
import { LISTING_IDENTIFIERS, listingRow } from '../../wire/listing.ts';
import { type ListingDeps, putRow } from './commands.ts';
import type { ListingBody } from './repo.ts';
import { listingView } from './schemas.ts';

const params = z.strictObject({ id: identifier });
const MAX_ROWS = 1_000;

export function listingRoutes(deps: ListingDeps): Route[] {
  return [
    route({
      method: 'put',
      path: '/v1/listings/:id',
      operationId: 'putListing',
      summary: 'State what a listing says now, and the state that the platform has it in',
      tags: ['feeds'],
      scope: 'listings:write',
      params,
      body: listingRow,
      response: listingView,
      alsoStatuses: [201],
      identifiers: [{ in: 'path', name: 'id', resource: 'listing', whenAbsent: 'allow' }, ...LISTING_IDENTIFIERS],
      ifMatch: 'optional',
      rateLimit: 'write',
      stability: 'beta',
      handle: async ({ params: { id }, body, ifMatch, now }) => {
        if (body.id !== id) {
          const reason = { zh: `必须与路径一致:${id}`, en: `must be ${id}, as in the path` };
          throw invalid([{ in: 'body', pointer: '/id', reason }]);
        }
        const { stored, outcome } = await putRow(deps, body, ifMatch, now);
        return { status: outcome === 'created' ? 201 : 200, body: viewOf(stored), etag: stored.version };
      },
    }),
    route({
      method: 'get',
      path: '/v1/listings/:id',
      operationId: 'getListing',
      summary: 'A listing, its snapshot and the verdict that it stands under',
      tags: ['listings'],
      scope: 'listings:read',
      params,
      response: listingView,
      alsoStatuses: [304],
      identifiers: [{ in: 'path', name: 'id', resource: 'listing' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id } }) => {
        const stored = await deps.listings.find(id);
        if (stored === null) throw notFound();
        return { body: viewOf(stored), etag: stored.version };
      },
    }),
    route({
      method: 'post',
      path: '/v1/listings/batch',
      operationId: 'putListings',
      summary: 'State what many listings say now',
      tags: ['feeds'],
      scope: 'listings:write',
      body: batchBody(listingRow, { maxRows: MAX_ROWS, member: 'listings' }),
      response: batchView,
      identifiers: LISTING_IDENTIFIERS,
      maxBodyBytes: 8 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async ({ body, now, language }) => ({
        body: await runBatch(body, language, async (row) => {
          const { stored, outcome } = await putRow(deps, row, null, now);
          return { outcome, version: stored.version };
        }),
      }),
    }),
  ];
}

function viewOf({ _id, version, body }: Stored<ListingBody>): z.input<typeof listingView> {
  const snapshot: Record<string, unknown> = JSON.parse(body.snapshot.text);
  const { verdict } = body;
  return {
    id: _id,
    version,
    state: body.state,
    snapshot,
    snapshotHash: body.snapshot.hash,
    verdict:
      verdict === null
        ? null
        : {
            decisionId: verdict.decisionId,
            outcome: verdict.outcome,
            at: instantText(verdict.at),
            provisional: verdict.provisional,
          },
  };
}
