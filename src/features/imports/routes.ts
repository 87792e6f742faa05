import { z } from 'zod';
import { batchBody } from '../../http/batch-body.ts';
import { notFound } from '../../http/body-format.ts';
import type { Language } from '../../http/language.ts';
import { identifier, instantText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import type { AggregateStore, Stored } from '../../infra/mongo/aggregate.ts';
import { LISTING_IDENTIFIERS, listingRow, toWire } from '../../wire/listing.ts';
import { acceptImport } from './commands.ts';
import type { ImportBody, RowError } from './repo.ts';

const MAX_ROWS = 5_000;

const importView = z
  .object({
    id: identifier,
    status: z.enum(['queued', 'running', 'finished']),
    total: z.int(),
    done: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    errors: z.array(z.object({ line: z.int(), pointer: z.string(), reason: z.string() })),
    acceptedAt: z.string(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Import' });

export function importRoutes(imports: AggregateStore<ImportBody>): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/imports',
      operationId: 'createImport',
      summary: 'Take many listings of the feed; they are worked off in the background',
      tags: ['feeds'],
      scope: 'imports:write',
      body: batchBody(listingRow, { maxRows: MAX_ROWS, member: 'listings' }),
      response: importView,
      status: 202,
      identifiers: LISTING_IDENTIFIERS,
      idempotency: 'optional',
      maxBodyBytes: 8 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async ({ body, commandId, idempotencyKey, bodyHash, now, language }) => {
        const rows = body.rows.map(({ line, value: { state, ...snapshot } }) => ({
          line,
          text: JSON.stringify({ ...toWire(snapshot), state }),
        }));
        const rejected: RowError[] = body.rejected.flatMap(({ line, problem }) => {
          const fields = problem.errors ?? [{ pointer: '', reason: problem.detail }];
          return fields.map(({ pointer, reason }) => ({ line, pointer, reason }));
        });
        const stored = await acceptImport(
          imports,
          {
            id: commandId.slice(0, 32),
            rows,
            rejected,
            rejectedRows: body.rejected.length,
            bodyHash: idempotencyKey === null ? null : bodyHash,
          },
          now,
        );
        return { body: viewOf(stored, language), location: `/v1/imports/${stored._id}` };
      },
    }),
    route({
      method: 'get',
      path: '/v1/imports/:id',
      operationId: 'getImport',
      summary: 'How far an import is, and which rows were refused',
      tags: ['feeds'],
      scope: 'imports:read',
      params: z.strictObject({ id: identifier }),
      response: importView,
      alsoStatuses: [304],
      identifiers: [{ in: 'path', name: 'id', resource: 'import' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id }, language }) => {
        const stored = await imports.find(id);
        if (stored === null) throw notFound();
        return { body: viewOf(stored, language), etag: stored.version };
      },
    }),
  ];
}

function viewOf({ _id, body }: Stored<ImportBody>, language: Language): z.input<typeof importView> {
  const { rows, bodyHash: _, acceptedAt, finishedAt, errors, ...counts } = body;
  return {
    id: _id,
    ...counts,
    done: body.total - rows.length,
    errors: errors.map(({ line, pointer, reason, zh }) => ({
      line,
      pointer,
      reason: language === 'zh' ? (zh ?? reason) : reason,
    })),
    acceptedAt: instantText(acceptedAt),
    finishedAt: finishedAt === null ? null : instantText(finishedAt),
  };
}
