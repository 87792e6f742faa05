import { z } from 'zod';
import { TouchstoneError } from '../../domain/errors.ts';
import { MINUTE } from '../../domain/time.ts';
import { rowResult } from '../../http/batch.ts';
import { batchBody } from '../../http/batch-body.ts';
import { identifier } from '../../http/primitives.ts';
import { type CallFacts, type Route, route } from '../../http/route.ts';
import { listingSnapshot, toSnapshot, toWire } from '../../wire/listing.ts';
import { type DecisionDeps, type PrecheckRequest, parseAnswer, precheck, precheckMany } from './commands.ts';
import { supersedingId } from './rescore.ts';
import { decisionDetail, decisionView } from './schemas.ts';

const params = z.strictObject({ id: identifier });
const MAX_ROWS = 1_000;
/** A batch has no caller in a hurry; the limit keeps it from hanging. */
const BATCH_LIMIT = MINUTE / 2;

const listingIdentifiers = [
  { in: 'body', name: 'id', resource: 'listing', whenAbsent: 'allow' },
  { in: 'body', name: 'shopId', resource: 'shop' },
  { in: 'body', name: 'merchantId', resource: 'merchant' },
  { in: 'body', name: 'lots[].id', resource: 'shared' },
  { in: 'body', name: 'campaignId', resource: 'shared' },
] as const;

const batchResult = z
  .object({ decisions: z.array(decisionView.extend({ line: z.int() })), rejected: z.array(rowResult) })
  .meta({ id: 'PrecheckBatch' });

/** Whose decision a repeated request gets back: the key's holder and the key name it. */
function decisionId({ commandId }: CallFacts): string {
  return commandId.slice(0, 32);
}

export function decisionRoutes(deps: DecisionDeps, defaultDeadlineMs: number): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/prechecks',
      operationId: 'precheck',
      summary: 'Judge a listing before it goes live',
      description:
        'Answers within `Deadline-Ms`. What cannot be read in time leaves the category’s fail policy to answer: `provisional`, and judged again in full.',
      tags: ['decisions'],
      scope: 'prechecks:run',
      body: listingSnapshot,
      response: decisionView,
      identifiers: listingIdentifiers,
      idempotency: 'optional',
      deadline: true,
      rateLimit: 'decision',
      stability: 'beta',
      handle: async (call) => {
        const request: PrecheckRequest = {
          id: decisionId(call),
          snapshot: toSnapshot(call.body),
          wire: toWire(call.body),
          bodyHash: call.idempotencyKey === null ? null : call.bodyHash,
        };
        const answer = await precheck(deps, request, call.now, call.deadline ?? call.now + defaultDeadlineMs);
        return { body: answer, location: `/v1/decisions/${answer.id}` };
      },
    }),
    route({
      method: 'post',
      path: '/v1/prechecks/batch',
      operationId: 'precheckBatch',
      summary: 'Judge up to 1,000 listings',
      tags: ['decisions'],
      scope: 'prechecks:run',
      body: batchBody(listingSnapshot, { maxRows: MAX_ROWS, member: 'listings' }),
      response: batchResult,
      identifiers: listingIdentifiers,
      idempotency: 'optional',
      deadline: true,
      maxBodyBytes: 8 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async (call) => {
        const bodyHash = call.idempotencyKey === null ? null : call.bodyHash;
        const requests = call.body.rows.map(({ line, value }) => ({
          id: `${decisionId(call)}-${line}`,
          snapshot: toSnapshot(value),
          wire: toWire(value),
          bodyHash,
        }));
        const deadline = call.deadline ?? call.now + BATCH_LIMIT;
        const answers = await precheckMany(deps, requests, call.now, deadline);
        const lines = call.body.rows.map(({ line }) => line);
        return {
          body: {
            decisions: answers.map((answer, index) => ({ line: lines[index] ?? 0, ...answer })),
            rejected: call.body.rejected.map(({ line, problem }) => ({
              line,
              outcome: 'rejected' as const,
              code: problem.code,
              errors: (problem.errors ?? []).map(({ pointer, reason }) => ({ pointer, reason })),
            })),
          },
        };
      },
    }),
    route({
      method: 'get',
      path: '/v1/decisions/:id',
      operationId: 'getDecision',
      summary: 'A decision with the signals that it rests on',
      tags: ['decisions'],
      scope: 'decisions:read',
      params,
      response: decisionDetail,
      identifiers: [{ in: 'path', name: 'id', resource: 'decision' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id }, principal }) => {
        const record = await deps.decisions.find(id);
        if (record === null) throw new TouchstoneError('not_found', 'there is no such decision');
        const answer = parseAnswer(record);
        const later = record.provisional ? await deps.decisions.find(supersedingId(id)) : null;
        return {
          body: {
            ...answer,
            ...(later === null ? {} : { supersededBy: later.id }),
            ...(principal.merchantId === null ? { signals: signalsIn(record.basis) } : {}),
          },
        };
      },
    }),
  ];
}

/** What the platform's own people may see; a merchant sees reasons and figures, never the detectors. */
function signalsIn(basis: string): Record<string, unknown> {
  const stored: { readonly signals?: Record<string, unknown> } = JSON.parse(basis);
  return stored.signals ?? {};
}
