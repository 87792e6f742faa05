import type { Express, Request, RequestHandler, Response } from 'express';
import type { Clock } from '../infra/clock.ts';
import { sendProblem, sendResult, splitUrl } from './answer.ts';
import { ANONYMOUS, type Authenticator, type Principal } from './auth.ts';
import type { BodyType } from './body-format.ts';
import { HttpCall } from './call.ts';
import { exchangeOf } from './exchange.ts';
import type { Ownership } from './ownership.ts';
import type { RateLimiter } from './rate-limit.ts';
import { readBody } from './read-body.ts';
import { RequestError, type RequestFault } from './request-error.ts';
import { assertRoute, type Method, type Route } from './route.ts';
import { repeatableNames } from './schema-walk.ts';

export interface KernelDeps {
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly ownership: Ownership;
  readonly rateLimiter: RateLimiter;
  /** Every answer is checked against its schema; for tests and development. */
  readonly checkResponses: boolean;
}

/** Mounts every route, and 405 for the other methods of its path. Throws for a route that contradicts itself. */
export function mountRoutes(app: Express, routes: readonly Route[], deps: KernelDeps): void {
  const operations = new Set<string>();
  const byPath = new Map<string, Map<Method, Route>>();
  for (const route of routes) {
    assertRoute(route);
    if (operations.has(route.operationId)) throw new Error(`operation ${route.operationId} is declared twice`);
    operations.add(route.operationId);
    const methods = byPath.get(route.path) ?? new Map<Method, Route>();
    if (methods.has(route.method)) throw new Error(`${route.method} ${route.path} is declared twice`);
    byPath.set(route.path, methods.set(route.method, route));
  }
  const fixed = new Map<string, RequestHandler>();
  app.use((request, response, next) => {
    const handler = fixed.get(splitUrl(request.url).path);
    return handler === undefined ? next() : handler(request, response, next);
  });
  for (const [path, methods] of [...byPath].sort(bySpecificity)) {
    const handler = handlerOfPath(path, methods, deps);
    if (path.includes(':')) app.all(path, handler);
    else fixed.set(path, handler);
  }
}

/** Fixed segments before parameters, so that `/listings/mine/prices` is not taken for `/listings/:id/prices`. */
function bySpecificity([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  const rank = (path: string): string => path.replaceAll(':', '\uffff');
  return rank(left) < rank(right) ? -1 : 1;
}

function handlerOfPath(path: string, methods: ReadonlyMap<Method, Route>, deps: KernelDeps): RequestHandler {
  const handlers = new Map<string, RequestHandler>();
  for (const [method, route] of methods) handlers.set(method.toUpperCase(), handlerOf(route, deps));
  const get = handlers.get('GET');
  if (get !== undefined) handlers.set('HEAD', get);
  const allow = [...handlers.keys(), 'OPTIONS'].sort().join(', ');

  return (request, response, next) => {
    const handler = handlers.get(request.method);
    if (handler !== undefined) return handler(request, response, next);
    exchangeOf(request).route = path;
    response.setHeader('Allow', allow);
    if (request.method !== 'OPTIONS') {
      throw new RequestError('method_not_allowed', { zh: `可用的方法:${allow}`, en: `allowed are ${allow}` });
    }
    response.statusCode = 204;
    response.end();
  };
}

function handlerOf(route: Route, deps: KernelDeps): RequestHandler {
  const { scope, body } = route;
  const repeatable = route.query === null ? new Set<string>() : repeatableNames(route.query);

  return async (request, response) => {
    const exchange = exchangeOf(request);
    exchange.route = route.path;
    try {
      const principal = scope === 'public' ? ANONYMOUS : await authenticate(request, response, deps);
      exchange.principal = principal;
      const allowance = scope === 'public' ? 'anonymous' : route.rateLimit;
      const payer = principal.keyId ?? addressOf(request);
      await deps.rateLimiter(allowance, payer, response);
      if (scope !== 'public' && !principal.scopes.has(scope)) throw forbidden(scope);
      const call = new HttpCall(route, principal, deps.clock(), exchange.requestId, request, response);
      const { query } = splitUrl(request.url);
      const contentType = body === null ? null : contentTypeOf(request, body.contentTypes);
      const raw = {
        params: request.params,
        query: query === '' ? {} : parseQuery(query, repeatable),
        headers: request.headers,
        body: contentType === null ? null : { contentType, bytes: await readBody(request, route.maxBodyBytes) },
      };
      const result = await route.execute(raw, call, deps.ownership);
      sendResult(route, result, request, response, deps.checkResponses);
    } catch (error) {
      sendProblem(error, request, response);
    }
  };
}

async function authenticate(request: Request, response: Response, deps: KernelDeps): Promise<Principal> {
  try {
    return await deps.authenticator.authenticate(request.headers.authorization);
  } catch (error) {
    await deps.rateLimiter('anonymous', addressOf(request), response);
    throw error;
  }
}

function addressOf(request: Request): string {
  return `address ${request.ip ?? ''}`;
}

function forbidden(scope: string): RequestError {
  return new RequestError('forbidden', { zh: `需要权限范围 ${scope}`, en: `the scope ${scope} is needed` });
}

/** Which of the types that the route takes the body has. Throws RequestError `unsupported_media_type`. */
function contentTypeOf(request: Request, accepted: readonly BodyType[]): BodyType {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  const found = accepted.find((one) => one === type.trim());
  if (found !== undefined && (charset === undefined || /^charset="?utf-8"?$/.test(charset))) return found;
  throw new RequestError('unsupported_media_type', {
    zh: `Content-Type 必须是 ${accepted.join(' 或 ')}(UTF-8)`,
    en: `the Content-Type must be ${accepted.join(' or ')} in UTF-8`,
  });
}

const REPEATED = { zh: '重复出现', en: 'is given more than once' };
const NOT_ALLOWED = { zh: '含有不允许的字符', en: 'contains characters that are not allowed' };

/** The parameters of a query string; one that is given more than once is refused unless its schema is an array. */
function parseQuery(query: string, repeatable: ReadonlySet<string>): Record<string, unknown> {
  const values = new Map<string, string | string[]>();
  const faults: RequestFault[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (repeatable.has(name)) values.set(name, Array.isArray(known) ? [...known, value] : [value]);
    else if (known === undefined) values.set(name, value);
    else faults.push({ in: 'query', pointer: `/${name}`, reason: REPEATED });
    if (value.includes('\u0000') || name === '__proto__') {
      faults.push({ in: 'query', pointer: `/${name}`, reason: NOT_ALLOWED });
    }
  }
  if (faults.length > 0) {
    throw new RequestError(
      'validation_failed',
      { zh: '查询参数重复或无效', en: 'Query parameters repeated or not allowed' },
      faults,
    );
  }
  return Object.fromEntries(values);
}
