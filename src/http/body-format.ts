import type { z } from 'zod';
import type { Json } from '../domain/canonical.ts';
import { parseJson } from './json-body.ts';
import type { Language } from './language.ts';
import { makeProblem, type Problem, type ProblemField } from './problem.ts';
import { RequestError } from './request-error.ts';
import { fieldErrors } from './validation.ts';

/** Per value the identifiers that the principal may not name. */
export type Admit = (values: readonly unknown[]) => Promise<readonly (readonly ProblemField[])[]>;

export interface ReadContext {
  readonly language: Language;
  readonly requestId: string;
  /** Null when the principal may name everything. */
  readonly admit: Admit | null;
}

/** How the body of a route is read. */
export interface BodyFormat<B> {
  readonly contentType: 'application/json' | 'application/x-ndjson';
  /** Of the whole body, or of one row. */
  readonly schema: z.ZodType;
  readonly maxRows: number | null;
  /** `content` is what identifies the body for idempotency. Throws RequestError. */
  read(bytes: Buffer, context: ReadContext): Promise<{ readonly value: B; readonly content: Json | Buffer }>;
}

export function notFound(fields: readonly ProblemField[] = []): RequestError {
  return new RequestError('not_found', { zh: '资源不存在', en: 'There is no such resource' }, fields);
}

export function invalid(fields: readonly ProblemField[]): RequestError {
  const count = fields.length;
  return new RequestError(
    'validation_failed',
    { zh: `${count} 处不符合要求`, en: `${count} ${count === 1 ? 'field is' : 'fields are'} not as required` },
    fields,
  );
}

/** One JSON value that `schema` describes. */
export function jsonBody<B>(schema: z.ZodType<B>): BodyFormat<B> {
  return {
    contentType: 'application/json',
    schema,
    maxRows: null,
    async read(bytes, { language, admit }) {
      const raw = parseJson(bytes);
      const parsed = schema.safeParse(raw);
      if (!parsed.success) throw invalid(fieldErrors(parsed.error, raw, language, 'body'));
      const [foreign = []] = admit === null ? [] : await admit([raw]);
      if (foreign.length > 0) throw notFound(foreign);
      return { value: parsed.data, content: bytesOf(bytes, raw) };
    },
  };
}

/** Any value that JSON.parse returns is Json; what is not (a schema-less void) is identified by its bytes. */
function bytesOf(bytes: Buffer, raw: unknown): Json | Buffer {
  return isJson(raw) ? raw : bytes;
}

function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== 'function';
}

export interface AcceptedRow<T> {
  /** Line of the body, from 1. */
  readonly line: number;
  readonly value: T;
}

export interface RejectedRow {
  readonly line: number;
  readonly problem: Problem;
}

/** The rows of an NDJSON body: those that the schema accepts, and those that it does not, each with its line. */
export interface NdjsonRows<T> {
  readonly rows: readonly AcceptedRow<T>[];
  readonly rejected: readonly RejectedRow[];
}

const NEWLINE = 0x0a;

/** One JSON value per line, at most `maxRows`; a bad row is set aside with its line number and does not stop the rest. */
export function ndjson<T>(row: z.ZodType<T>, options: { readonly maxRows: number }): BodyFormat<NdjsonRows<T>> {
  return {
    contentType: 'application/x-ndjson',
    schema: row,
    maxRows: options.maxRows,
    async read(bytes, context) {
      const rows: { line: number; value: T; raw: unknown }[] = [];
      const rejected: RejectedRow[] = [];
      let count = 0;
      for (const { line, text } of linesOf(bytes)) {
        count += 1;
        if (count > options.maxRows) throw tooManyRows(options.maxRows);
        const outcome = readRow(row, text, context);
        if ('problem' in outcome) rejected.push({ line, problem: outcome.problem });
        else rows.push({ line, ...outcome });
      }
      const foreign = context.admit === null ? [] : await context.admit(rows.map(({ raw }) => raw));
      const accepted: AcceptedRow<T>[] = [];
      rows.forEach(({ line, value }, index) => {
        const fields = foreign[index] ?? [];
        if (fields.length === 0) accepted.push({ line, value });
        else rejected.push({ line, problem: problemOf(notFound(fields), context) });
      });
      rejected.sort((left, right) => left.line - right.line);
      return { value: { rows: accepted, rejected }, content: bytes };
    },
  };
}

function* linesOf(bytes: Buffer): Generator<{ readonly line: number; readonly text: Buffer }> {
  let line = 0;
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    line += 1;
    const text = bytes.subarray(start, end);
    if (!isBlank(text)) yield { line, text };
    start = end + 1;
  }
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

type RowOutcome<T> = { readonly value: T; readonly raw: unknown } | { readonly problem: Problem };

function readRow<T>(schema: z.ZodType<T>, text: Buffer, context: ReadContext): RowOutcome<T> {
  try {
    const raw = parseJson(text);
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { value: parsed.data, raw };
    return { problem: problemOf(invalid(fieldErrors(parsed.error, raw, context.language)), context) };
  } catch (error) {
    if (error instanceof RequestError) return { problem: problemOf(error, context) };
    throw error;
  }
}

function problemOf(error: RequestError, { language, requestId }: ReadContext): Problem {
  return makeProblem(error.code, language, requestId, error.phrase[language], error.fields);
}

function tooManyRows(maxRows: number): RequestError {
  return new RequestError('body_too_large', { zh: `最多 ${maxRows} 行`, en: `at most ${maxRows} rows` });
}
