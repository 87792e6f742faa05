import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

/**
 * `request`: used while somebody waits, so a command fails at once when Redis is away.
 * `worker`: blocking reads that outlive an outage; BullMQ demands unlimited retries there.
 */
export type RedisUse = 'request' | 'worker';

const RECONNECT_MAX_MS = 1_000;

export function connectRedis(url: string, use: RedisUse, logger: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: use === 'worker' ? null : 1,
    enableOfflineQueue: use === 'worker',
    commandTimeout: use === 'worker' ? undefined : 2_000,
    retryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_MAX_MS),
  });
  redis.on('error', (error) => logger.warn({ code: 'redis_error', reason: error.message }, 'redis connection'));
  return redis;
}
