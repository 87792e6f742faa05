import { z } from 'zod';
import type { Json } from '../domain/canonical.ts';
import type { Instant } from '../domain/time.ts';
import type { Principal } from './auth.ts';
import { type Admit, type BodyFormat, type BodyType, invalid, jsonBody, notFound } from './body-format.ts';
import type { Language } from './language.ts';
import {
  type CompiledIdentifiers,
  compileIdentifiers,
  declarationFaults,
  foreignFields,
  type IdentifierDeclaration,
  type IdentifierPlace,
  type Ownership,
} from './ownership.ts';
import type { RequestPart } from './problem.ts';
import type { RateLimitClass } from './rate-limit.ts';
import type { Scope } from './scopes.ts';
import { fieldErrors } from './validation.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Demand = 'none' | 'optional' | 'required';

/** What every handler learns of the request besides its parsed parts. */
export interface CallFacts {
  readonly principal: Principal;
  readonly now: Instant;
  readonly requestId: string;
  readonly language: Language;
  /** As sent; null when absent. */
  readonly idempotencyKey: string | null;
  /** Same for a repeated Idempotency-Key of the same principal and route, unique without one. 64 hex digits. */
  readonly commandId: string;
  /** The JSON of the body as sent, before its schema changed anything; null without a JSON body. */
  readonly sent: Json | null;
  /** Hash of address and body, computed when first read. */
  readonly bodyHash: string;
  /** The version that If-Match demands; null when absent. */
  readonly ifMatch: number | null;
  /** When the caller stops waiting; null when the route or the caller names none. */
  readonly deadline: Instant | null;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

export interface Result<R> {
  /** Default: the route's `status`. */
  readonly status?: number;
  /** Wire form; absent for an empty answer. */
  readonly body?: R;
  /** Version of the answered resource, sent as ETag. */
  readonly etag?: number;
  readonly location?: string;
  /** Cursor of the next page, sent as Link. */
  readonly next?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Parsed parts of a request. */
export interface Parts<P, Q, H, B> {
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
}

export type NoFields = Readonly<Record<string, never>>;

export interface RouteDefinition<P, Q, H, B, R> {
  readonly method: Method;
  /** Express template: `/v1/listings/:id`. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** The scope that a key needs, or 'public' for anybody without a key. */
  readonly scope: Scope | 'public';
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  /** Lower-case names; other headers are left alone. */
  readonly headers?: z.ZodType<H>;
  readonly body?: z.ZodType<B> | BodyFormat<B>;
  /** Of the wire form of the body; absent when there is none. */
  readonly response?: z.ZodType<unknown, R>;
  /** Status of success. Default 200, without `response` 204. */
  readonly status?: number;
  /** What else success may be: 201 for a write that may create, with the same body; 304 for a read with an ETag. */
  readonly alsoStatuses?: readonly number[];
  readonly identifiers?: readonly IdentifierDeclaration[];
  readonly rateLimit: RateLimitClass;
  readonly idempotency?: Demand;
  readonly ifMatch?: Demand;
  /** The route honours `Deadline-Ms`. */
  readonly deadline?: boolean;
  /** After decompression. Default 256 KiB. */
  readonly maxBodyBytes?: number;
  readonly stability: 'beta' | 'stable';
  readonly handle: (call: CallFacts & Parts<P, Q, H, B>) => Promise<Result<R>>;
}

/** A request before its parts are parsed. */
export interface RawParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: { readonly contentType: BodyType; readonly bytes: Buffer } | null;
}

/** A call whose body the route makes known as soon as it is read. */
export interface Call extends CallFacts {
  noteContent(content: Parameters<typeof import('./idempotency.ts').bodyHash>[1]): void;
}

/** A route as one value; the kernel mounts it and OpenAPI describes it. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly scope: Scope | 'public';
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly headers: z.ZodType | null;
  readonly body: BodyFormat<unknown> | null;
  readonly response: z.ZodType | null;
  readonly status: number;
  readonly alsoStatuses: readonly number[];
  readonly identifiers: readonly IdentifierDeclaration[];
  readonly rateLimit: RateLimitClass;
  readonly idempotency: Demand;
  readonly ifMatch: Demand;
  readonly deadline: boolean;
  readonly maxBodyBytes: number;
  readonly stability: 'beta' | 'stable';
  /** Parses, checks ownership, handles. Throws RequestError, or what the handler throws. */
  readonly execute: (raw: RawParts, call: Call, ownership: Ownership) => Promise<Result<unknown>>;
}

const DEFAULT_MAX_BODY_BYTES = 256 * 1024;
const NO_FIELDS = z.strictObject({});

/** Declares a route. Every identifier in its request is declared in `identifiers`, or mounting fails. */
export function route<P = NoFields, Q = NoFields, H = NoFields, B = undefined, R = undefined>(
  definition: RouteDefinition<P, Q, H, B, R>,
): Route {
  const { params, query, headers, response } = definition;
  const body = bodyFormat(definition.body);
  const identifiers = definition.identifiers ?? [];
  return {
    method: definition.method,
    path: definition.path,
    operationId: definition.operationId,
    summary: definition.summary,
    description: definition.description ?? null,
    tags: definition.tags,
    scope: definition.scope,
    params: params ?? null,
    query: query ?? null,
    headers: headers ?? null,
    body,
    response: response ?? null,
    status: definition.status ?? (response === undefined ? 204 : 200),
    alsoStatuses: definition.alsoStatuses ?? [],
    identifiers,
    rateLimit: definition.rateLimit,
    idempotency: definition.idempotency ?? 'none',
    ifMatch: definition.ifMatch ?? 'none',
    deadline: definition.deadline ?? false,
    maxBodyBytes: definition.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    stability: definition.stability,
    execute: executor(definition, body, compileIdentifiers(identifiers)),
  };
}

function bodyFormat<B>(body: z.ZodType<B> | BodyFormat<B> | undefined): BodyFormat<B> | null {
  if (body === undefined) return null;
  return 'contentTypes' in body ? body : jsonBody(body);
}

function executor<P, Q, H, B, R>(
  definition: RouteDefinition<P, Q, H, B, R>,
  body: BodyFormat<B> | null,
  identifiers: CompiledIdentifiers,
): Route['execute'] {
  // The type parameters have these defaults exactly when the schema is absent.
  const params = (definition.params ?? NO_FIELDS) as z.ZodType<P>;
  const query = (definition.query ?? NO_FIELDS) as z.ZodType<Q>;
  const headers = (definition.headers ?? NO_FIELDS) as z.ZodType<H>;
  const headerNames = definition.headers === undefined ? [] : fieldNames(definition.headers);
  const { handle } = definition;

  return async (raw, call, ownership) => {
    const { language, principal } = call;
    const admitIn = (place: IdentifierPlace): Admit | null =>
      principal.merchantId === null || identifiers.length === 0
        ? null
        : (values) => foreignFields(principal, ownership, identifiers, place, values);
    const parsedParams = parsePart(params, raw.params, language, 'path');
    const parsedQuery = parsePart(query, raw.query, language, 'query');
    const parsedHeaders = parsePart(headers, pick(raw.headers, headerNames), language, 'header');
    await refuseForeign(admitIn('path'), raw.params);
    await refuseForeign(admitIn('query'), raw.query);
    const content =
      body === null || raw.body === null
        ? null
        : await body.read(raw.body.bytes, {
            contentType: raw.body.contentType,
            language,
            requestId: call.requestId,
            admit: admitIn('body'),
          });
    if (content !== null) call.noteContent(content.content);
    // As above: without a body schema B is undefined.
    const parsedBody = content === null ? (undefined as B) : content.value;
    return handle(
      Object.assign(call, { params: parsedParams, query: parsedQuery, headers: parsedHeaders, body: parsedBody }),
    );
  };
}

function parsePart<T>(schema: z.ZodType<T>, raw: unknown, language: Language, part: RequestPart): T {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw invalid(fieldErrors(parsed.error, raw, language, part));
}

async function refuseForeign(admit: Admit | null, value: unknown): Promise<void> {
  const [foreign = []] = admit === null ? [] : await admit([value]);
  if (foreign.length > 0) throw notFound();
}

function pick(headers: RawParts['headers'], names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (headers[name] !== undefined) picked[name] = headers[name];
  return picked;
}

/** The top-level names of an object schema; none for any other. */
function fieldNames(schema: z.core.$ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const PARAMETER = /:([A-Za-z]+)/g;

/** Throws when a route contradicts itself, naming every fault: a contract test of the route table at mount. */
export function assertRoute(route: Route): void {
  const faults = declarationFaults(
    { path: route.params, query: route.query, body: route.body?.schema ?? null },
    route.identifiers,
  );
  const inPath = [...route.path.matchAll(PARAMETER)].map(([, name]) => name).sort();
  const declared = route.params === null ? [] : fieldNames(route.params).sort();
  if (inPath.join() !== declared.join()) faults.push(`params: path names (${inPath}), schema names (${declared})`);
  if (route.body !== null && (route.method === 'get' || route.method === 'delete'))
    faults.push('body: not with this method');
  if (route.response === null && route.status !== 204) faults.push('status: only 204 goes without a response schema');
  if (faults.length > 0) throw new Error(`${route.operationId} (${route.method} ${route.path}): ${faults.join('; ')}`);
}
