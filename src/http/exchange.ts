import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { Histogram } from 'prom-client';
import type { Logger } from '../infra/logger.ts';
import type { Principal } from './auth.ts';

/** What the kernel remembers of a request until its answer is out. */
export interface Exchange {
  readonly requestId: string;
  readonly request: IncomingMessage;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Template of the matched route, for metrics and logs. */
  route: string;
  principal: Principal | null;
  failure: unknown;
}

const exchanges = new WeakMap<object, Exchange>();

const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/;

/** Starts to observe a request: its id in and out, one log line and one measurement when the answer is out. */
export function createObserver(logger: Logger, registry: Registry) {
  const observe = requestHistogram(registry);

  function onClose(this: ServerResponse): void {
    const exchange = exchanges.get(this);
    if (exchange === undefined) return;
    const { request, route, principal, failure } = exchange;
    const ms = performance.now() - exchange.startedAt;
    const status = this.writableFinished ? this.statusCode : 499;
    observe(request.method ?? '', route, status, ms / 1000);
    const line = {
      requestId: exchange.requestId,
      method: request.method,
      route,
      status,
      ms: Math.round(ms * 100) / 100,
      subject: principal?.subject,
      key: principal?.keyId,
      err: failure === undefined ? undefined : failureOf(failure),
    };
    if (status >= 500 && status !== 503) logger.error(line, 'request failed');
    else if (status === 503) logger.warn(line, 'request refused');
    else logger.info(line, 'request');
  }

  return (request: IncomingMessage, response: ServerResponse): Exchange => {
    const offered = request.headers['x-request-id'];
    const requestId = typeof offered === 'string' && REQUEST_ID.test(offered) ? offered : randomUUID();
    const exchange: Exchange = {
      requestId,
      startedAt: performance.now(),
      request,
      route: '(none)',
      principal: null,
      failure: undefined,
    };
    exchanges.set(request, exchange);
    exchanges.set(response, exchange);
    response.setHeader('X-Request-Id', requestId);
    response.on('close', onClose);
    return exchange;
  };
}

/** What is logged of a failure. Other properties of an error may hold requests with their keys, so they stay out. */
function failureOf(failure: unknown): { readonly type: string; readonly message: string; readonly stack?: string } {
  if (!(failure instanceof Error))
    return { type: typeof failure, message: 'something that is not an Error was thrown' };
  const { name, message, stack, cause } = failure;
  const because = cause instanceof Error ? `${message}; caused by ${cause.name}: ${cause.message}` : message;
  return { type: name, message: because, ...(stack === undefined ? {} : { stack }) };
}

/** The exchange of a request or a response that `createObserver` has seen. */
export function exchangeOf(message: IncomingMessage | ServerResponse): Exchange {
  const exchange = exchanges.get(message);
  if (exchange === undefined) throw new Error('this request was never observed');
  return exchange;
}

const DURATION = 'http_request_duration_seconds';
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Labels = 'method' | 'route' | 'status';

/** Rate, errors and duration by route template and class of status. */
function requestHistogram(registry: Registry) {
  const histogram = new Histogram<Labels>({
    name: DURATION,
    help: 'Duration of HTTP requests by route template and class of status',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const children = new Map<string, Histogram.Internal<Labels>>();
  return (method: string, route: string, status: number, seconds: number): void => {
    const statusClass = Math.floor(status / 100);
    const key = `${method} ${statusClass} ${route}`;
    let child = children.get(key);
    if (child === undefined) {
      child = histogram.labels({ method, route, status: `${statusClass}xx` });
      children.set(key, child);
    }
    child.observe(seconds);
  };
}
