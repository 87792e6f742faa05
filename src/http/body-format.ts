import type { z } from 'zod';
import type { Json } from '../domain/canonical.ts';
import { parseJson, withoutMark } from './json-body.ts';
import type { Language } from './language.ts';
import { RequestError, type RequestFault } from './request-error.ts';
import { fieldErrors } from './validation.ts';

/** Per value the identifiers that the principal may not name. */
export type Admit = (values: readonly unknown[]) => Promise<readonly (readonly RequestFault[])[]>;

export type BodyType = 'application/json' | 'application/x-ndjson';

export interface ReadContext {
  readonly contentType: BodyType;
  readonly language: Language;
  readonly requestId: string;
  /** Null when the principal may name everything. */
  readonly admit: Admit | null;
}

/** How the body of a route is read. */
export interface BodyFormat<B> {
  /** What the body may come as, the preferred type first. */
  readonly contentTypes: readonly [BodyType, ...BodyType[]];
  /** Of the whole body, or of one row. */
  readonly schema: z.ZodType;
  readonly maxRows: number | null;
  /** Where the body is rows: the member that holds them when they come inside a JSON object. */
  readonly member: string | null;
  /** `content` is what identifies the body for idempotency. Throws RequestError. */
  read(bytes: Buffer, context: ReadContext): Promise<{ readonly value: B; readonly content: Json | Buffer }>;
}

export function notFound(faults: readonly RequestFault[] = []): RequestError {
  return new RequestError('not_found', { zh: '资源不存在', en: 'There is no such resource' }, faults);
}

export function invalid(faults: readonly RequestFault[]): RequestError {
  const count = faults.length;
  return new RequestError(
    'validation_failed',
    { zh: `${count} 处不符合要求`, en: `${count} ${count === 1 ? 'field is' : 'fields are'} not as required` },
    faults,
  );
}

/** One JSON value that `schema` describes. */
export function jsonBody<B>(schema: z.ZodType<B>): BodyFormat<B> {
  return {
    contentTypes: ['application/json'],
    schema,
    maxRows: null,
    member: null,
    async read(bytes, { language, admit }) {
      const raw = parseJson(withoutMark(bytes));
      const parsed = schema.safeParse(raw);
      if (!parsed.success) throw invalid(fieldErrors(parsed.error, raw, language, 'body'));
      const [foreign = []] = admit === null ? [] : await admit([raw]);
      if (foreign.length > 0) throw notFound(foreign);
      return { value: parsed.data, content: contentOf(bytes, raw) };
    },
  };
}

/** Any value that JSON.parse returns is Json; what is not (a schema-less void) is identified by its bytes. */
export function contentOf(bytes: Buffer, raw: unknown): Json | Buffer {
  return isJson(raw) ? raw : bytes;
}

function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== 'function';
}
