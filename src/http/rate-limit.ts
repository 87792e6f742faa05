import type { Request, Response } from 'express';
import {
  type ClientRateLimitInfo,
  type Options,
  type RateLimitRequestHandler,
  rateLimit,
  type Store,
} from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { RedisStore } from 'rate-limit-redis';
import type { Clock } from '../infra/clock.ts';
import { RequestError } from './request-error.ts';

/** Which allowance a route draws on; `anonymous` is drawn on by requests without a valid key, per address. */
export type RateLimitClass = 'read' | 'write' | 'decision' | 'batch' | 'anonymous';

export interface Allowance {
  /** Requests per window and principal. */
  readonly limit: number;
  readonly windowMs: number;
}

export type Allowances = Readonly<Record<RateLimitClass, Allowance>>;

const MINUTE_MS = 60_000;

export const DEFAULT_ALLOWANCES: Allowances = {
  read: { limit: 3_000, windowMs: MINUTE_MS },
  write: { limit: 1_200, windowMs: MINUTE_MS },
  decision: { limit: 60_000, windowMs: MINUTE_MS },
  batch: { limit: 600, windowMs: MINUTE_MS },
  anonymous: { limit: 120, windowMs: MINUTE_MS },
};

const MAX_LOCAL_KEYS = 50_000;

/** Counts of this process alone, at most `MAX_LOCAL_KEYS`: the oldest make room. */
export class LocalStore implements Store {
  readonly #clock: Clock;
  readonly #counts = new Map<string, { totalHits: number; readonly resetTime: Date }>();
  #windowMs = MINUTE_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  init(options: Options): void {
    this.#windowMs = options.windowMs;
  }

  increment(key: string): ClientRateLimitInfo {
    const now = this.#clock();
    const known = this.#counts.get(key);
    if (known !== undefined && known.resetTime.getTime() > now) {
      known.totalHits += 1;
      return known;
    }
    this.#counts.delete(key);
    if (this.#counts.size >= MAX_LOCAL_KEYS) {
      const oldest = this.#counts.keys().next();
      if (oldest.done !== true) this.#counts.delete(oldest.value);
    }
    const fresh = { totalHits: 1, resetTime: new Date(now + this.#windowMs) };
    this.#counts.set(key, fresh);
    return fresh;
  }

  decrement(key: string): void {
    const known = this.#counts.get(key);
    if (known !== undefined && known.totalHits > 0) known.totalHits -= 1;
  }

  resetKey(key: string): void {
    this.#counts.delete(key);
  }
}

/** How long Redis may take before this process counts alone, and how long it then leaves Redis be. */
const REDIS_PATIENCE_MS = 50;
const REDIS_REST_MS = 1_000;

/** Counts shared by all processes through Redis; while Redis is down or slow, those of this process alone. */
export class SharedStore implements Store {
  readonly prefix: string;
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #local: LocalStore;
  #options: Options | null = null;
  #shared: RedisStore | null = null;
  #restUntil = 0;

  constructor(redis: Redis, clock: Clock, prefix: string) {
    this.#redis = redis;
    this.#clock = clock;
    this.#local = new LocalStore(clock);
    this.prefix = prefix;
  }

  init(options: Options): void {
    this.#options = options;
    this.#local.init(options);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    if (this.#redis.status !== 'ready' || this.#clock() < this.#restUntil) return this.#local.increment(key);
    try {
      const shared = this.#shared ?? (await this.#connect());
      return await withPatience(shared.increment(key));
    } catch {
      this.#restUntil = this.#clock() + REDIS_REST_MS;
      return this.#local.increment(key);
    }
  }

  async #connect(): Promise<RedisStore> {
    const redis = this.#redis;
    const store = new RedisStore({
      prefix: this.prefix,
      sendCommand: async (command: string, ...args: string[]) => {
        const reply = await redis.call(command, ...args);
        return Array.isArray(reply) ? reply.map(Number) : String(reply);
      },
    });
    if (this.#options !== null) await withPatience(store.init(this.#options));
    this.#shared = store;
    return store;
  }

  decrement(key: string): void {
    this.#local.decrement(key);
  }

  resetKey(key: string): void {
    this.#local.resetKey(key);
  }
}

function withPatience<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('redis is slow')), REDIS_PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export interface RateLimiterDeps {
  readonly clock: Clock;
  readonly redis: Redis | null;
  readonly allowances: Allowances;
  /** Who pays for a request: the principal, or the address of an anonymous caller. */
  readonly payerOf: (request: Request) => string;
}

/** Draws one request of `allowance` for its payer; rejects with RequestError `rate_limited` when it is used up. */
export type RateLimiter = (allowance: RateLimitClass, request: Request, response: Response) => Promise<void>;

export function createRateLimiter(deps: RateLimiterDeps): RateLimiter {
  const make = (name: RateLimitClass): RateLimitRequestHandler =>
    rateLimit({
      ...deps.allowances[name],
      identifier: name,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      validate: false,
      passOnStoreError: true,
      store:
        deps.redis === null ? new LocalStore(deps.clock) : new SharedStore(deps.redis, deps.clock, `ts-rl-${name}-`),
      keyGenerator: deps.payerOf,
      handler: (_request, _response, next) => {
        next(
          new RequestError('rate_limited', {
            zh: `每 ${deps.allowances[name].windowMs / 1000} 秒最多 ${deps.allowances[name].limit} 次请求`,
            en: `at most ${deps.allowances[name].limit} requests per ${deps.allowances[name].windowMs / 1000} seconds`,
          }),
        );
      },
    });
  const handlers: Readonly<Record<RateLimitClass, RateLimitRequestHandler>> = {
    read: make('read'),
    write: make('write'),
    decision: make('decision'),
    batch: make('batch'),
    anonymous: make('anonymous'),
  };
  return (allowance, request, response) =>
    new Promise((resolve, reject) => {
      const next = (error?: unknown): void => {
        if (error === undefined) resolve();
        else reject(error);
      };
      Promise.resolve(handlers[allowance](request, response, next)).catch(reject);
    });
}
