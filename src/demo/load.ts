import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Composition } from '../compose.ts';
import { DAY, HOUR, type Instant } from '../domain/time.ts';
import { putCategories } from '../features/categories/commands.ts';
import { createKey } from '../features/keys/commands.ts';
import { putRow } from '../features/listings/commands.ts';
import { putMerchant } from '../features/merchants/commands.ts';
import { recordPrices } from '../features/prices/commands.ts';
import { putShop } from '../features/shops/commands.ts';
import { instantText } from '../http/primitives.ts';
import { DEMO_DAYS, demoWorld } from './world.ts';

const keysFile = z.strictObject({ platform: z.string(), analyst: z.string(), merchant: z.string(), admin: z.string() });
export type DemoKeys = z.output<typeof keysFile>;

/**
 * Fills an empty store with the demonstration world and makes its keys; their secrets are random and stay in the data
 * directory. A store that has the world already is left as it is.
 */
export async function loadDemo(composition: Composition, dataDir: string, now: Instant): Promise<DemoKeys> {
  const file = join(dataDir, 'demo-keys.json');
  const known = await readKeys(file);
  if (known !== null && (await composition.merchants.find('demo-m1')) !== null) return known;
  const world = demoWorld(now);
  for (const { id, ...body } of world.merchants) await putMerchant(composition.merchants, { id, body }, now);
  await putCategories(composition.categories, { categories: [...world.categories] }, undefined, now);
  for (const { id, ...body } of world.shops) {
    const pricesCompleteSince = now - (now % HOUR) - DEMO_DAYS * DAY;
    await putShop(composition.shops, { id, body: { ...body, pricesCompleteSince } }, now);
  }
  await recordPrices(composition.priceDeps, world.observations, now);
  for (const row of world.listings) await putRow(composition.listingDeps, row, null, now);
  const keys = await makeKeys(composition, now);
  await writeFile(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  return keys;
}

async function readKeys(file: string): Promise<DemoKeys | null> {
  try {
    const parsed = keysFile.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function makeKeys({ keys }: Composition, now: Instant): Promise<DemoKeys> {
  const make = async (role: 'platform' | 'analyst' | 'admin' | 'merchant'): Promise<string> => {
    const id = `demo-${role}-${randomBytes(3).toString('hex')}`;
    const secret = randomBytes(24).toString('base64url');
    const body = { subject: `demo ${role}`, role, ...(role === 'merchant' ? { merchantId: 'demo-m1' } : {}) };
    return (await createKey(keys, { id, secret, body }, now)).token;
  };
  return {
    platform: await make('platform'),
    analyst: await make('analyst'),
    merchant: await make('merchant'),
    admin: await make('admin'),
  };
}

/** A pre-check that can be pasted into a shell: the made-up shoe with a compared price that it never had. */
export function demoCurl(address: string, key: string, now: Instant): string {
  const hour = now - (now % HOUR);
  const listing = {
    id: 'demo-shoe',
    shopId: 'demo-s1',
    merchantId: 'demo-m1',
    jurisdiction: 'CN',
    category: 'apparel/shoes',
    title: '轻便跑鞋 男款 42 码',
    currency: 'CNY',
    price: '7900',
    claims: [{ kind: 'own', reference: '19900', label: '原价', startsAt: instantText(hour) }],
    at: instantText(now),
  };
  return [
    `curl -s ${address}/v1/prechecks \\`,
    `  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(listing)}'`,
  ].join('\n');
}
