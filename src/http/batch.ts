import { z } from 'zod';
import { TouchstoneError } from '../domain/errors.ts';
import type { AcceptedRow, BatchRows } from './batch-body.ts';
import type { Language } from './language.ts';
import { fieldsIn, type Problem } from './problem.ts';

/** Rows of one batch that are worked on at the same time. */
const CONCURRENCY = 16;

const rowError = z.object({ pointer: z.string(), reason: z.string() }).meta({ id: 'RowError' });
type RowError = z.input<typeof rowError>;

/** Result of one row of a batch. */
export const rowResult = z
  .object({
    line: z.int().meta({ description: 'Line of an NDJSON body, number of the row in a JSON list; from 1. 行号' }),
    id: z.string().optional(),
    outcome: z.enum(['created', 'updated', 'unchanged', 'rejected']),
    version: z.int().optional(),
    code: z.string().optional(),
    errors: z.array(rowError).optional(),
  })
  .meta({ id: 'RowResult' });
export type RowResultWire = z.input<typeof rowResult>;

export const batchView = z
  .object({
    accepted: z.int(),
    rejected: z.int(),
    results: z.array(rowResult),
  })
  .meta({ id: 'BatchResult', description: 'Good rows were taken, whatever became of the others. 逐行结果' });

interface WithId {
  readonly id: string;
}

type TryRow<Row> = (row: Row) => Promise<{ outcome: 'created' | 'updated' | 'unchanged'; version: number }>;

/**
 * Tries every row by itself; a refused row does not stop the others. Rows of one identifier are tried in their order,
 * so that the last one says what holds.
 */
export async function runBatch<Row extends WithId>(
  { rows, rejected }: BatchRows<Row>,
  language: Language,
  tryRow: TryRow<Row>,
): Promise<z.input<typeof batchView>> {
  const results: RowResultWire[] = rejected.map(({ line, problem }) =>
    rejectedRow(line, problem.code, errorsIn(problem)),
  );
  const byId = new Map<string, AcceptedRow<Row>[]>();
  for (const row of rows) {
    const same = byId.get(row.value.id);
    if (same === undefined) byId.set(row.value.id, [row]);
    else same.push(row);
  }
  await inParallel([...byId.values()], async (same) => {
    for (const { line, value } of same) results.push(await resultOf(line, value, language, tryRow));
  });
  results.sort((left, right) => left.line - right.line);
  const refused = results.filter(({ outcome }) => outcome === 'rejected').length;
  return { accepted: results.length - refused, rejected: refused, results };
}

async function resultOf<Row extends WithId>(
  line: number,
  row: Row,
  language: Language,
  tryRow: TryRow<Row>,
): Promise<RowResultWire> {
  try {
    return { line, id: row.id, ...(await tryRow(row)) };
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.code === 'store_unavailable') throw error;
    const whole = { pointer: '', reason: error.message, ...(error.zh === null ? {} : { zh: error.zh }) };
    const fields = error.fields.length > 0 ? error.fields : [whole];
    return { id: row.id, ...rejectedRow(line, error.code, fieldsIn(fields, language)) };
  }
}

/** What is wrong with a row: its fields, or the row as a whole. */
export function errorsIn({ errors, detail }: Problem): RowError[] {
  return (errors ?? [{ pointer: '', reason: detail }]).map(({ pointer, reason }) => ({ pointer, reason }));
}

export function rejectedRow(line: number, code: string, errors: readonly RowError[]) {
  return { line, outcome: 'rejected' as const, code, errors: [...errors] };
}

/** Runs `work` on each item, at most sixteen at a time; stops taking items after the first failure. */
async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item === undefined) return;
      try {
        await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane));
}
