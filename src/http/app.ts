import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { Clock } from '../infra/clock.ts';
import type { Logger } from '../infra/logger.ts';
import { sendProblem } from './answer.ts';
import { Authenticator, type KeyStore } from './auth.ts';
import { createObserver } from './exchange.ts';
import type { ReadinessCheck } from './health.ts';
import { mountRoutes } from './kernel.ts';
import type { Ownership } from './ownership.ts';
import { type Allowances, createRateLimiter, DEFAULT_ALLOWANCES } from './rate-limit.ts';
import { RequestError } from './request-error.ts';
import type { Route } from './route.ts';
import { secureAnswer } from './security.ts';
import { mountServicePages } from './service-pages.ts';

export interface AppDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where keys are looked up, or an authenticator made elsewhere so that revocations can reach its cache. */
  readonly keys: KeyStore | Authenticator;
  readonly ownership: Ownership;
  /** The registry that /metrics shows. */
  readonly metrics: Registry;
  /** Shares rate limits among processes; null counts in this process alone. */
  readonly redis: Redis | null;
  /** What /readyz asks, by name. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
}

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly deps: AppDeps;
  readonly allowances?: Partial<Allowances>;
  /** Every answer is checked against its schema and a mismatch is a 500: tests and development. */
  readonly checkResponses?: boolean;
  /** Number of proxies in front whose X-Forwarded-For is believed. */
  readonly trustedProxies?: number;
}

/** The HTTP application, not yet listening. Throws when a route contradicts itself. */
export function createApp({
  routes,
  deps,
  allowances,
  checkResponses = false,
  trustedProxies = 0,
}: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  app.set('trust proxy', trustedProxies);

  const observe = createObserver(deps.logger, deps.metrics);
  app.use((request, response, next) => {
    observe(request, response);
    secureAnswer(response);
    next();
  });
  mountRoutes(app, routes, {
    clock: deps.clock,
    authenticator: deps.keys instanceof Authenticator ? deps.keys : new Authenticator(deps.keys, deps.clock),
    ownership: deps.ownership,
    rateLimiter: createRateLimiter({
      clock: deps.clock,
      redis: deps.redis,
      allowances: { ...DEFAULT_ALLOWANCES, ...allowances },
    }),
    checkResponses,
  });
  mountServicePages(app, routes, deps);

  app.use(() => {
    throw new RequestError('not_found', { zh: '没有这个地址', en: 'There is no such address' });
  });
  app.use(refuse);
  return app;
}

const refuse: ErrorRequestHandler = (error: unknown, request, response, _next) => {
  sendProblem(isUndecodable(error) ? undecodable() : error, request, response);
};

/** The router's own failure: a percent sign in the path that decodes to nothing. */
function isUndecodable(error: unknown): boolean {
  return error instanceof URIError || (error instanceof Error && 'status' in error && error.status === 400);
}

function undecodable(): RequestError {
  return new RequestError('validation_failed', {
    zh: '地址的百分号编码无效',
    en: 'The percent-encoding of the address is not valid',
  });
}
