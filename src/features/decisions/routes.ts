import { z } from 'zod';
import { TouchstoneError } from '../../domain/errors.ts';
import { MINUTE } from '../../domain/time.ts';
import { errorsIn, rejectedRow, rowResult } from '../../http/batch.ts';
import { batchBody } from '../../http/batch-body.ts';
import { notFound } from '../../http/body-format.ts';
import { assertSameBody } from '../../http/idempotency.ts';
import { identifier } from '../../http/primitives.ts';
import { fieldsIn } from '../../http/problem.ts';
import { type CallFacts, type Route, route } from '../../http/route.ts';
import {
  LISTING_IDENTIFIERS,
  listingSnapshot,
  TIMES_OUT_OF_RANGE,
  timeFaults,
  toSnapshot,
  toWire,
} from '../../wire/listing.ts';
import { type DecisionDeps, type PrecheckRequest, parseAnswer, precheck, precheckMany } from './commands.ts';
import { supersedingId } from './rescore.ts';
import { decisionDetail, decisionView } from './schemas.ts';

const params = z.strictObject({ id: identifier });
const MAX_ROWS = 1_000;
/** A batch has no caller in a hurry; the limit keeps it from hanging. */
const BATCH_LIMIT = MINUTE / 2;

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
      identifiers: LISTING_IDENTIFIERS,
      idempotency: 'optional',
      deadline: true,
      rateLimit: 'decision',
      stability: 'beta',
      handle: async (call) => {
        const faults = timeFaults(call.body, call.now);
        if (faults.length > 0) throw new TouchstoneError('validation_failed', TIMES_OUT_OF_RANGE, faults);
        const request: PrecheckRequest = {
          id: decisionId(call),
          snapshot: toSnapshot(call.body),
          wire: call.sent,
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
      identifiers: LISTING_IDENTIFIERS,
      idempotency: 'optional',
      deadline: true,
      maxBodyBytes: 8 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async (call) => {
        const bodyHash = call.idempotencyKey === null ? null : call.bodyHash;
        const batchId = decisionId(call);
        const earlier = bodyHash === null ? null : await deps.decisions.bodyHashOfBatch(batchId);
        if (earlier !== null && bodyHash !== null) assertSameBody(earlier, bodyHash);
        const late = new Map(call.body.rows.map(({ line, value }) => [line, timeFaults(value, call.now)]));
        const rows = call.body.rows.filter(({ line }) => late.get(line)?.length === 0);
        const requests = rows.map(({ line, value }) => ({
          id: `${batchId}-${line}`,
          snapshot: toSnapshot(value),
          wire: toWire(value),
          bodyHash,
        }));
        const deadline = call.deadline ?? call.now + BATCH_LIMIT;
        const answers = await precheckMany(deps, requests, call.now, deadline);
        const rejected = [
          ...call.body.rejected.map(({ line, problem }) => rejectedRow(line, problem.code, errorsIn(problem))),
          ...call.body.rows.flatMap(({ line }) => {
            const faults = fieldsIn(late.get(line) ?? [], call.language);
            return faults.length === 0 ? [] : [rejectedRow(line, 'validation_failed', faults)];
          }),
        ];
        return {
          body: {
            decisions: answers.map((answer, index) => ({ line: rows[index]?.line ?? 0, ...answer })),
            rejected: rejected.sort((left, right) => left.line - right.line),
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
        if (record === null) throw notFound();
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
