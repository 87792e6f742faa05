import type { IncomingMessage, ServerResponse } from 'node:http';
import { TouchstoneError } from '../domain/errors.ts';
import { isStoreAway } from '../infra/mongo/failure.ts';
import { nextLink } from './cursor.ts';
import { exchangeOf } from './exchange.ts';
import { LANGUAGE_TAG, type Language, languageOf } from './language.ts';
import { entityTag } from './preconditions.ts';
import { fieldsIn, makeProblem, PROBLEMS, type Problem } from './problem.ts';
import { RequestError } from './request-error.ts';
import type { Result, Route } from './route.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const RETRY_AFTER_SECONDS = '1';

/** Sends what a handler gave. Throws, for the developer to see, when `check` is on and the body is not as declared. */
export function sendResult(
  route: Route,
  result: Result<unknown>,
  request: IncomingMessage,
  response: ServerResponse,
  check: boolean,
): void {
  const text = result.body === undefined ? null : JSON.stringify(result.body);
  if (check) assertConforms(route, text);
  if (result.headers !== undefined) {
    for (const [name, value] of Object.entries(result.headers)) response.setHeader(name, value);
  }
  if (result.location !== undefined) response.setHeader('Location', result.location);
  if (result.next !== undefined && result.next !== null) {
    const { path, query } = splitUrl(request.url ?? '/');
    response.setHeader('Link', nextLink(path, query, result.next));
  }
  if (result.etag !== undefined) {
    const tag = entityTag(result.etag);
    response.setHeader('ETag', tag);
    response.setHeader('Cache-Control', 'private, no-cache');
    if (request.method === 'GET' && namesTag(request.headers['if-none-match'], tag)) {
      response.statusCode = 304;
      response.end();
      return;
    }
  }
  response.statusCode = result.status ?? route.status;
  if (check && response.statusCode !== route.status && !route.alsoStatuses.includes(response.statusCode)) {
    throw new Error(`${route.operationId}: status ${response.statusCode} is not declared`);
  }
  if (text === null) response.end();
  else endWith(response, JSON_TYPE, text);
}

function namesTag(header: string | undefined, tag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}

export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function endWith(response: ServerResponse, type: string, text: string): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

function assertConforms(route: Route, text: string | null): void {
  if (route.response === null) {
    if (text !== null) throw new Error(`${route.operationId}: answers with a body that is not declared`);
    return;
  }
  const parsed = route.response.safeParse(text === null ? undefined : JSON.parse(text));
  if (!parsed.success) throw new Error(`${route.operationId}: answer is not as declared: ${parsed.error.message}`);
}

/** Sends the problem that an error stands for; anything unknown is `internal` and its message stays in the log. */
export function sendProblem(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const exchange = exchangeOf(response);
  const language = languageOf(request.headers['accept-language']);
  const problem = problemOf(error, language, exchange.requestId);
  if (problem.status >= 500) exchange.failure = error;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof RequestError) {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  }
  if (problem.status === 503 && !response.hasHeader('Retry-After'))
    response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  response.setHeader('Content-Language', LANGUAGE_TAG[language]);
  response.setHeader('Vary', 'Accept-Language');
  response.statusCode = problem.status;
  endWith(response, PROBLEM_TYPE, JSON.stringify(problem));
}

function problemOf(error: unknown, language: Language, requestId: string): Problem {
  if (error instanceof RequestError) {
    return makeProblem(error.code, language, requestId, error.phrase[language], error.fields(language));
  }
  if (error instanceof TouchstoneError && error.code !== 'internal') {
    const detail = language === 'zh' ? (error.zh ?? error.message) : error.message;
    return makeProblem(error.code, language, requestId, detail, fieldsIn(error.fields, language));
  }
  const code = isStoreAway(error) ? 'store_unavailable' : 'internal';
  return makeProblem(code, language, requestId, PROBLEMS[code].advice[language]);
}
