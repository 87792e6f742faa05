import { type Composition, compose } from '../../src/compose.ts';
import { HOUR } from '../../src/domain/time.ts';
import { instantText } from '../../src/http/primitives.ts';
import { signerFrom } from '../../src/infra/checkpoint-key.ts';
import { systemClock } from '../../src/infra/clock.ts';
import { randomIdentifiers } from '../../src/infra/crypto.ts';
import { connectMongo } from '../../src/infra/mongo/connection.ts';
import { loadRuleBook } from '../../src/service.ts';
import { makeListing, makeObservation } from '../support/fixtures.ts';
import { type PersistentClient, persistentClient } from './persistent-client.ts';
import type { Troupe } from './processes.ts';

/** A key for the platform, and the merchant and shop that listings need. */
export async function settle(troupe: Troupe): Promise<PersistentClient> {
  const admin = persistentClient(troupe.address('api'), troupe.adminKey);
  const { body } = await admin.persist('POST', '/v1/keys', { subject: 'fault tests', role: 'platform' });
  const platform = persistentClient(troupe.address('api'), String(body.token));
  const merchant = { entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' };
  await platform.persist('PUT', '/v1/merchants/M1', merchant);
  const shop = { merchantId: 'M1', name: '示例店', zone: 'Asia/Shanghai', jurisdiction: 'CN' };
  await platform.persist('PUT', '/v1/shops/S1', shop);
  return platform;
}

/** A listing with a claim of today, as these processes run on the true time. */
export function listingNow(id: string) {
  const hour = Date.now() - (Date.now() % HOUR);
  const claims = [
    { kind: 'own' as const, reference: '19900', startsAt: instantText(hour), basis: { disclosed: false } },
  ];
  return makeListing({ id, at: instantText(hour), claims });
}

/** A sale so many hours ago. */
export function saleAgo(id: string, listingId: string, price: string, hours: number) {
  const hour = Date.now() - (Date.now() % HOUR);
  return makeObservation({ id, listingId, price, at: instantText(hour - hours * HOUR) });
}

export interface Insight {
  readonly composition: Composition;
  readonly signer: ReturnType<typeof signerFrom>;
  close(): Promise<void>;
}

/** Reads the stores of a troupe past its API. */
export async function insight(troupe: Troupe): Promise<Insight> {
  const connection = await connectMongo(troupe.mongoUrl, 'touchstone');
  const book = await loadRuleBook(undefined);
  const composition = compose({ connection, clock: systemClock, identifiers: randomIdentifiers, book });
  return { composition, signer: signerFrom(troupe.checkpointKey), close: () => connection.close() };
}
