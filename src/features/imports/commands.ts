import { TouchstoneError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/time.ts';
import { assertSameBody } from '../../http/idempotency.ts';
import type { AggregateStore, Stored } from '../../infra/mongo/aggregate.ts';
import type { PutOutcome } from '../../infra/mongo/put.ts';
import type { ImportBody, PendingRow, RowError } from './repo.ts';

/** Rows after which progress is stored. */
const CHUNK = 1_000;

export interface AcceptImport {
  readonly id: string;
  readonly rows: readonly PendingRow[];
  /** Rows that could not be read at all. */
  readonly rejected: readonly RowError[];
  readonly rejectedRows: number;
  readonly bodyHash: string | null;
}

/** Notes the upload; from then on it will be worked off. The same identifier again gives what was noted before. */
export async function acceptImport(
  imports: AggregateStore<ImportBody>,
  { id, rows, rejected, rejectedRows, bodyHash }: AcceptImport,
  now: Instant,
): Promise<Stored<ImportBody>> {
  const body: ImportBody = {
    status: 'queued',
    total: rows.length + rejectedRows,
    created: 0,
    updated: 0,
    unchanged: 0,
    errors: rejected,
    rejected: rejectedRows,
    rows,
    acceptedAt: now,
    finishedAt: null,
    bodyHash,
  };
  try {
    return await imports.save({
      id,
      previous: null,
      body,
      events: [{ type: 'import.accepted', subject: { importId: id }, facts: { rows: `${body.total}` } }],
      at: now,
    });
  } catch (error) {
    const taken = error instanceof TouchstoneError && error.code === 'conflict' ? await imports.find(id) : null;
    if (taken === null) throw error;
    if (taken.body.bodyHash !== null && bodyHash !== null) assertSameBody(taken.body.bodyHash, bodyHash);
    return taken;
  }
}

/** What trying one row came to. */
export type RowResult = { readonly outcome: PutOutcome } | { readonly errors: readonly RowError[] };

/**
 * Works off what is left of an import, chunk by chunk. Rows are statements of what holds, so a chunk that runs twice
 * changes nothing the second time.
 */
export async function runImport(
  imports: AggregateStore<ImportBody>,
  id: string,
  tryRow: (row: PendingRow) => Promise<RowResult>,
  now: Instant,
): Promise<void> {
  let stored = await imports.find(id);
  while (stored !== null && stored.body.status !== 'finished') {
    const body = await afterChunk(stored.body, tryRow, now);
    const finished = body.status === 'finished';
    stored = await imports.save({
      id,
      previous: stored,
      body,
      events: finished ? [{ type: 'import.finished', subject: { importId: id }, facts: factsOf(body) }] : [],
      at: now,
    });
  }
}

async function afterChunk(
  body: ImportBody,
  tryRow: (row: PendingRow) => Promise<RowResult>,
  now: Instant,
): Promise<ImportBody> {
  const counts = { created: body.created, updated: body.updated, unchanged: body.unchanged };
  const errors = [...body.errors];
  let rejected = body.rejected;
  for (const row of body.rows.slice(0, CHUNK)) {
    const result = await tryRow(row);
    if ('errors' in result) {
      errors.push(...result.errors);
      rejected += 1;
    } else {
      counts[result.outcome] += 1;
    }
  }
  const rows = body.rows.slice(CHUNK);
  const done = rows.length === 0;
  return {
    ...body,
    ...counts,
    errors,
    rejected,
    rows,
    status: done ? 'finished' : 'running',
    finishedAt: done ? now : null,
  };
}

function factsOf({ created, updated, unchanged, rejected }: ImportBody): Record<string, string> {
  return { created: `${created}`, updated: `${updated}`, unchanged: `${unchanged}`, rejected: `${rejected}` };
}
