import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import request from 'supertest';
import { makeService } from './sample.ts';

const url = process.env.REDIS_URL ?? '';
const read = { limit: 3, windowMs: 60_000 };

async function connected(): Promise<Redis> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => null });
  if (redis.status !== 'ready') await once(redis, 'ready');
  return redis;
}

/** Two processes of one service, each with its own connection. */
async function makePair() {
  const connections = [await connected(), await connected()] as const;
  const id = randomUUID();
  const [first, second] = connections.map((redis) => {
    const service = makeService({ redis, allowances: { read } });
    const key = service.keys.add(id, 'platform');
    return async () => (await request(service.app).get('/v1/offers').set('Authorization', key)).status;
  });
  if (first === undefined || second === undefined) throw new Error('a pair has two');
  return { first, second, connections };
}

describe('an allowance shared by two processes', () => {
  it('is one allowance', async () => {
    const { first, second, connections } = await makePair();
    expect([await first(), await second(), await first()]).toEqual([200, 200, 200]);
    expect([await second(), await first()]).toEqual([429, 429]);
    for (const redis of connections) redis.disconnect();
  });

  it('survives that Redis forgets its scripts and its counts', async () => {
    const { first, second, connections } = await makePair();
    expect([await first(), await second()]).toEqual([200, 200]);
    await connections[0].script('FLUSH');
    expect([await second(), await first()]).toEqual([200, 429]);
    for (const redis of connections) redis.disconnect();
  });

  it('becomes one per process while Redis is away, and nobody is turned away for that', async () => {
    const { first, second, connections } = await makePair();
    expect([await first(), await second(), await second()]).toEqual([200, 200, 200]);
    for (const redis of connections) redis.disconnect();
    expect([await first(), await first(), await first(), await first()]).toEqual([200, 200, 200, 429]);
    expect(await second()).toBe(200);
  });
});
