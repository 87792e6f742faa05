import type { Agent, Test } from 'supertest';
import { COLLECTIONS } from '../../src/compose.ts';
import { collectionOf } from '../../src/infra/mongo/collection.ts';
import { daysBefore } from '../support/fixtures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

export const MERCHANT = { entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' };

export function makeShop(merchantId: string) {
  return {
    merchantId,
    name: '示例店',
    zone: 'Asia/Shanghai',
    jurisdiction: 'CN',
    pricesCompleteSince: daysBefore(365),
  };
}

export interface FeedWorld extends TestWorld {
  readonly platform: Agent;
}

/** A world that knows two merchants with one shop each: M1 with S1, M2 with S2. */
export async function openFeed(): Promise<FeedWorld> {
  const world = await openWorld();
  const platform = await world.as('platform');
  for (const number of [1, 2]) {
    await platform.put(`/v1/merchants/M${number}`).send(MERCHANT).expect(201);
    await platform
      .put(`/v1/shops/S${number}`)
      .send(makeShop(`M${number}`))
      .expect(201);
  }
  return { ...world, platform };
}

/** Everything that is stored, as `collection/id@version`, with the events that wait and those in the journal. */
export async function storedIn({ composition }: TestWorld): Promise<readonly string[]> {
  const all = COLLECTIONS.map(async (spec) => {
    const documents = collectionOf<{ _id: string | number; version?: number; outbox?: unknown[] }>(
      composition.connection,
      spec,
    );
    const found = await documents.find({}, { projection: { version: 1, outbox: 1 } }).toArray();
    return found.map(({ _id, version, outbox }) => `${spec.name}/${_id}@${version} ${outbox?.length ?? 0}`);
  });
  return (await Promise.all(all)).flat().sort();
}

export type Headers = Readonly<Record<string, string>>;

/** Sends a body byte for byte. */
export function sendRaw(
  agent: Agent,
  method: 'put' | 'post',
  path: string,
  body: string | Buffer,
  headers: Headers = {},
): Test {
  return agent[method](path)
    .set('Content-Type', 'application/json')
    .set(headers)
    .serialize((value: unknown) => value as string)
    .send(body);
}

export const LINES: Headers = { 'Content-Type': 'application/x-ndjson' };
