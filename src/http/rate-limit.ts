import type { ServerResponse } from 'node:http';
import type { ClientRateLimitInfo } from 'express-rate-limit';
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

interface Counter {
  increment(key: string): Promise<ClientRateLimitInfo> | ClientRateLimitInfo;
}

/** Counts of this process alone, at most `MAX_LOCAL_KEYS`: the oldest make room. */
class LocalCounter implements Counter {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #counts = new Map<string, { totalHits: number; readonly resetTime: Date }>();

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
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
}

/** How long Redis may take before this process counts alone, and how long it then leaves Redis be. */
const REDIS_PATIENCE_MS = 100;
const REDIS_REST_MS = 1_000;

/** Counts shared by all processes through Redis; while Redis is down or slow, those of this process alone. */
class SharedCounter implements Counter {
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #local: LocalCounter;
  readonly #windowMs: number;
  readonly #prefix: string;
  #shared: Promise<RedisStore> | null = null;
  #restUntil = 0;

  constructor(redis: Redis, clock: Clock, prefix: string, windowMs: number, local: LocalCounter) {
    this.#redis = redis;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#windowMs = windowMs;
    this.#local = local;
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    if (this.#redis.status !== 'ready' || this.#clock() < this.#restUntil) return this.#local.increment(key);
    this.#shared ??= this.#connect();
    try {
      return await withPatience(this.#shared.then((store) => store.increment(key)));
    } catch {
      this.#shared = null;
      this.#restUntil = this.#clock() + REDIS_REST_MS;
      return this.#local.increment(key);
    }
  }

  async #connect(): Promise<RedisStore> {
    const redis = this.#redis;
    const store = new RedisStore({
      prefix: this.#prefix,
      sendCommand: async (command: string, ...args: string[]) => {
        const reply = await redis.call(command, ...args);
        return Array.isArray(reply) ? reply.map(Number) : String(reply);
      },
    });
    store.windowMs = this.#windowMs;
    store.incrementScriptSha = store.loadIncrementScript();
    await store.incrementScriptSha;
    return store;
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
}

/**
 * Draws one request of `allowance` for `payer` and sends RateLimit headers (draft 8 of the IETF's RateLimit header
 * fields). Rejects with RequestError `rate_limited` when the allowance is used up.
 */
export type RateLimiter = (allowance: RateLimitClass, payer: string, response: ServerResponse) => Promise<void>;

export function createRateLimiter(deps: RateLimiterDeps): RateLimiter {
  const meters: Readonly<Record<RateLimitClass, Meter>> = {
    read: createMeter('read', deps),
    write: createMeter('write', deps),
    decision: createMeter('decision', deps),
    batch: createMeter('batch', deps),
    anonymous: createMeter('anonymous', deps),
  };
  return (allowance, payer, response) => draw(meters[allowance], payer, response, deps.clock);
}

interface Meter {
  readonly name: RateLimitClass;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly policy: string;
  readonly counter: Counter;
}

/** A pre-check costs little more than the round trip that would count it among all processes. */
const COUNTED_LOCALLY: RateLimitClass = 'decision';

function createMeter(name: RateLimitClass, { allowances, redis, clock }: RateLimiterDeps): Meter {
  const { limit, windowMs } = allowances[name];
  const windowSeconds = Math.ceil(windowMs / 1000);
  const local = new LocalCounter(clock, windowMs);
  const shared = redis !== null && name !== COUNTED_LOCALLY;
  const counter = !shared ? local : new SharedCounter(redis, clock, `ts-rate-${name}-`, windowMs, local);
  return { name, limit, windowSeconds, policy: `"${name}";q=${limit};w=${windowSeconds}`, counter };
}

async function draw(meter: Meter, payer: string, response: ServerResponse, clock: Clock): Promise<void> {
  const { name, limit } = meter;
  const counted = meter.counter.increment(payer);
  const { totalHits, resetTime } = counted instanceof Promise ? await counted : counted;
  const seconds = Math.max(0, Math.ceil(((resetTime?.getTime() ?? 0) - clock()) / 1000));
  response.setHeader('RateLimit-Policy', meter.policy);
  response.setHeader('RateLimit', `"${name}";r=${Math.max(0, limit - totalHits)};t=${seconds}`);
  if (totalHits <= limit) return;
  throw new RequestError(
    'rate_limited',
    {
      zh: `每 ${meter.windowSeconds} 秒最多 ${limit} 次请求`,
      en: `at most ${limit} requests in ${meter.windowSeconds} seconds`,
    },
    [],
    { 'Retry-After': String(Math.max(1, seconds)) },
  );
}
