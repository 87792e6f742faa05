import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { BodyFormat } from './body-format.ts';
import { MAX_DEADLINE_MS } from './preconditions.ts';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from './problem.ts';
import type { Route } from './route.ts';
import { SCOPES } from './scopes.ts';

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

const API_VERSION = '1';

const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'Address on this service that explains the problem. 问题说明页地址' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES),
    detail: z.string(),
    requestId: z.string(),
    errors: z
      .array(
        z.strictObject({
          in: z.enum(['body', 'query', 'path', 'header']).optional(),
          pointer: z.string().meta({ description: 'RFC 6901 JSON pointer. 字段指针' }),
          reason: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details. 问题详情。' });

/** The problems that a route can answer with, by status. */
function problemsOf(route: Route): Map<number, ProblemCode[]> {
  const codes: ProblemCode[] = [
    'validation_failed',
    'not_found',
    'rate_limited',
    'internal',
    'store_unavailable',
    'overloaded',
  ];
  if (route.scope !== 'public') codes.push('unauthenticated', 'forbidden');
  if (route.body !== null) codes.push('malformed_body', 'unsupported_media_type', 'body_too_large');
  if (route.method !== 'get') codes.push('conflict');
  if (route.ifMatch !== 'none') codes.push('version_mismatch');
  if (route.ifMatch === 'required') codes.push('precondition_required');
  if (route.idempotency !== 'none') codes.push('idempotency_key_reused', 'idempotency_in_flight');
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes.sort()) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

type Parameters = NonNullable<ZodOpenApiOperationObject['parameters']>;

function headerParameters(route: Route): Parameters {
  const parameters: Parameters = [];
  const add = (
    name: string,
    required: boolean,
    description: string,
    schema: { type: 'string' | 'integer'; [key: string]: unknown },
  ): void => {
    parameters.push({ in: 'header', name, required, description, schema });
  };
  if (route.idempotency !== 'none') {
    add(
      'Idempotency-Key',
      route.idempotency === 'required',
      'Repeats of a request with the same key take effect once.',
      {
        type: 'string',
        minLength: 1,
        maxLength: 255,
      },
    );
  }
  if (route.ifMatch !== 'none') {
    add('If-Match', route.ifMatch === 'required', 'ETag of the version that was read.', {
      type: 'string',
      pattern: '^"v[0-9]{1,15}"$',
      examples: ['"v3"'],
    });
  }
  if (route.deadline) {
    add('Deadline-Ms', false, 'How long the caller waits, in milliseconds.', {
      type: 'integer',
      minimum: 1,
      maximum: MAX_DEADLINE_MS,
    });
  }
  return parameters;
}

const NOT_MODIFIED = 304;
const DESCRIPTIONS: Readonly<Record<number, string>> = {
  201: 'Created',
  202: 'Accepted',
  [NOT_MODIFIED]: 'If-None-Match names the current version',
};

/** The body in each type that it may have, the preferred one first. */
function contentOf({ contentTypes, schema, member }: BodyFormat<unknown>): ZodOpenApiRequestBodyObject['content'] {
  const inJson =
    member === null
      ? schema
      : z
          .union([z.array(schema), z.strictObject({ [member]: z.array(schema) })])
          .meta({ description: 'The rows as a list, or as the one member of an object. 数组,或只含该成员的对象。' });
  return Object.fromEntries(
    contentTypes.map((type) => [type, { schema: type === 'application/json' ? inJson : schema }]),
  );
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const status of [route.status, ...route.alsoStatuses]) {
    const empty = route.response === null || status === NOT_MODIFIED;
    responses[String(status)] = {
      description: DESCRIPTIONS[status] ?? 'Success',
      ...(empty ? {} : { content: { 'application/json': { schema: route.response } } }),
    };
  }
  for (const [status, codes] of problemsOf(route)) {
    responses[String(status)] = {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title.en}`).join('; '),
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  const requestParams = {
    ...(route.params instanceof z.ZodObject ? { path: route.params } : {}),
    ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
    ...(route.headers instanceof z.ZodObject ? { header: route.headers } : {}),
  };
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === null ? {} : { description: route.description }),
    tags: [...route.tags],
    requestParams,
    parameters: headerParameters(route),
    ...(route.body === null ? {} : { requestBody: { required: true, content: contentOf(route.body) } }),
    responses,
    security: route.scope === 'public' ? [] : [{ apiKey: [route.scope] }],
    'x-stability': route.stability,
    'x-rate-limit': route.rateLimit,
    ...(route.scope === 'public' ? {} : { 'x-scope': route.scope }),
  };
}

/** The document of a route table: the same routes in any order give the same bytes. */
export function buildOpenApi(routes: readonly Route[]): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  const sorted = [...routes].sort((left, right) =>
    compare(`${left.path} ${left.method}`, `${right.path} ${right.method}`),
  );
  for (const route of sorted) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  const document = createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Touchstone',
      version: API_VERSION,
      description:
        'Trust and risk moderation for discount and clearance marketplaces. 折扣与清仓电商的信任与风险审核服务。',
    },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: `\`ts_<id>.<secret>\`. Scopes: ${SCOPES.join(', ')}` },
      },
    },
  });
  const { components } = document;
  if (components?.schemas !== undefined) {
    components.schemas = Object.fromEntries(Object.entries(components.schemas).sort(([a], [b]) => compare(a, b)));
  }
  return document;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
