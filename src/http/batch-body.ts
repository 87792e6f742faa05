import type { z } from 'zod';
import { type BodyFormat, contentOf, invalid, notFound, type ReadContext } from './body-format.ts';
import { faulty, type JsonFault, readJson, withoutMark } from './json-body.ts';
import { jsonPointer } from './pointer.ts';
import { makeProblem, type Problem } from './problem.ts';
import { RequestError } from './request-error.ts';
import { fieldErrors } from './validation.ts';

export interface AcceptedRow<T> {
  /** Line of an NDJSON body, number of the row in a JSON list; from 1. */
  readonly line: number;
  readonly value: T;
}

export interface RejectedRow {
  readonly line: number;
  readonly problem: Problem;
}

/** The rows of a batch: those that the schema accepts, and those that it does not. */
export interface BatchRows<T> {
  readonly rows: readonly AcceptedRow<T>[];
  readonly rejected: readonly RejectedRow[];
}

export interface BatchOptions {
  readonly maxRows: number;
  /** `listings`: the body may also be `{"listings": [...]}`. */
  readonly member: string;
}

/**
 * Rows, at least one and at most `maxRows`: NDJSON with one JSON value per line, or JSON with a list of them, bare or
 * as the one member of an object. A bad row is set aside with its number and does not stop the rest; only what cannot
 * be taken apart into rows is refused as a whole.
 */
export function batchBody<T>(schema: z.ZodType<T>, { maxRows, member }: BatchOptions): BodyFormat<BatchRows<T>> {
  return {
    contentTypes: ['application/x-ndjson', 'application/json'],
    schema,
    maxRows,
    member,
    async read(bytes, context) {
      const text = withoutMark(bytes);
      const { rows, content } =
        context.contentType === 'application/json'
          ? rowsOfJson(text, member)
          : { rows: rowsOfLines(text), content: bytes };
      return { value: await sift(rows, schema, maxRows, context), content };
    },
  };
}

/** One row as it came, with what is wrong with it before any schema looks at it. */
type RawRow = { readonly line: number } & (
  | { readonly value: unknown; readonly faults: readonly JsonFault[] }
  | { readonly error: RequestError }
);

async function sift<T>(
  raw: Iterable<RawRow>,
  schema: z.ZodType<T>,
  maxRows: number,
  context: ReadContext,
): Promise<BatchRows<T>> {
  const read: { line: number; value: T; raw: unknown }[] = [];
  const rejected: RejectedRow[] = [];
  let count = 0;
  for (const row of raw) {
    count += 1;
    if (count > maxRows) throw tooManyRows(maxRows);
    const outcome = readRow(schema, row, context);
    if ('problem' in outcome) rejected.push({ line: row.line, problem: outcome.problem });
    else read.push({ line: row.line, ...outcome });
  }
  if (count === 0)
    throw invalid([{ in: 'body', pointer: '', reason: { zh: '至少一行', en: 'must hold at least one row' } }]);
  const foreign = context.admit === null ? [] : await context.admit(read.map((row) => row.raw));
  const rows: AcceptedRow<T>[] = [];
  read.forEach(({ line, value }, index) => {
    const faults = foreign[index] ?? [];
    if (faults.length === 0) rows.push({ line, value });
    else rejected.push({ line, problem: problemOf(notFound(faults), context) });
  });
  rejected.sort((left, right) => left.line - right.line);
  return { rows, rejected };
}

type RowOutcome<T> = { readonly value: T; readonly raw: unknown } | { readonly problem: Problem };

function readRow<T>(schema: z.ZodType<T>, row: RawRow, context: ReadContext): RowOutcome<T> {
  if ('error' in row) return { problem: problemOf(row.error, context) };
  const { value, faults } = row;
  if (faults.length > 0) return { problem: problemOf(faulty(faults), context) };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, raw: value };
  return { problem: problemOf(invalid(fieldErrors(parsed.error, value, context.language)), context) };
}

function problemOf(error: RequestError, { language, requestId }: ReadContext): Problem {
  return makeProblem(error.code, language, requestId, error.phrase[language], error.fields(language));
}

const NEWLINE = 0x0a;

function* rowsOfLines(bytes: Buffer): Generator<RawRow> {
  let line = 0;
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    line += 1;
    const text = bytes.subarray(start, end);
    if (!isBlank(text)) yield { line, ...readLine(text) };
    start = end + 1;
  }
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function readLine(text: Buffer): ReturnType<typeof readJson> | { readonly error: RequestError } {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof RequestError) return { error };
    throw error;
  }
}

function rowsOfJson(bytes: Buffer, member: string) {
  const { value, faults } = readJson(bytes);
  const bare = Array.isArray(value);
  const depth = bare ? 0 : 1;
  const outside = faults.filter(({ path }) => typeof path[depth] !== 'number');
  if (outside.length > 0) throw faulty(outside);
  const list: readonly unknown[] = bare ? value : listIn(value, member);
  const byRow = new Map<PropertyKey | undefined, JsonFault[]>();
  for (const { path, reason } of faults) {
    const fault = { path: path.slice(depth + 1), reason };
    byRow.set(path[depth], [...(byRow.get(path[depth]) ?? []), fault]);
  }
  const rows = list.map((row, index) => ({ line: index + 1, value: row, faults: byRow.get(index) ?? [] }));
  return { rows, content: contentOf(bytes, value) };
}

/** The list that is the one member of an object. */
function listIn(value: unknown, member: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) {
    const reason = {
      zh: `必须是数组,或只含数组 ${member} 的对象`,
      en: `must be a list, or an object whose one member ${member} is a list`,
    };
    throw invalid([{ in: 'body', pointer: '', reason }]);
  }
  const strays = Object.keys(value).filter((name) => name !== member);
  const list: unknown = Reflect.get(value, member);
  if (strays.length === 0 && Array.isArray(list)) return list;
  throw invalid([
    ...(Array.isArray(list) ? [] : [{ in: 'body' as const, pointer: `/${member}`, reason: MUST_BE_LIST }]),
    ...strays.slice(0, 20).map((name) => ({ in: 'body' as const, pointer: jsonPointer([name]), reason: UNKNOWN })),
  ]);
}

const MUST_BE_LIST = { zh: '必须是数组', en: 'must be a list' };
const UNKNOWN = { zh: '未知字段', en: 'unknown field' };

function tooManyRows(maxRows: number): RequestError {
  return new RequestError('body_too_large', { zh: `最多 ${maxRows} 行`, en: `at most ${maxRows} rows` });
}
