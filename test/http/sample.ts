import { pino } from 'pino';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { TouchstoneError } from '../../src/domain/errors.ts';
import { type AppDeps, type AppOptions, createApp } from '../../src/http/app.ts';
import { type ApiKeyRecord, type KeyStore, mintKey } from '../../src/http/auth.ts';
import { batchBody } from '../../src/http/batch-body.ts';
import { pageFrom, pageOf, pageQuery } from '../../src/http/cursor.ts';
import type { OwnedResource, Ownership } from '../../src/http/ownership.ts';
import { currency, identifier, instant, instantText, money, moneyText, safeText } from '../../src/http/primitives.ts';
import { type Route, route } from '../../src/http/route.ts';
import type { Role, Scope } from '../../src/http/scopes.ts';

/** Keys kept in memory. */
export class MemoryKeys implements KeyStore {
  readonly keys = new Map<string, ApiKeyRecord>();
  lookups = 0;

  async find(id: string): Promise<ApiKeyRecord | null> {
    this.lookups += 1;
    return this.keys.get(id) ?? null;
  }

  /** Adds a key and gives the header value that its holder sends. */
  add(id: string, role: Role, more: Partial<ApiKeyRecord> = {}): string {
    const { token, secretHash } = mintKey(id, `${id}-secret-of-enough-length`);
    const record = { id, secretHash, subject: `user-${id}`, role, scopes: null, merchantId: null };
    this.keys.set(id, { ...record, expiresAt: null, revokedAt: null, ...more });
    return `Bearer ${token}`;
  }
}

/** Whose a resource is, kept in memory. */
export class MemoryOwnership implements Ownership {
  readonly owners = new Map<string, string>();
  calls = 0;

  async ownersOf(resource: OwnedResource, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.calls += 1;
    const found = new Map<string, string>();
    for (const id of ids) {
      const owner = this.owners.get(`${resource} ${id}`);
      if (owner !== undefined) found.set(id, owner);
    }
    return found;
  }
}

const offer = z.strictObject({
  id: identifier,
  shopId: identifier,
  title: safeText(200, 1),
  price: money,
  currency,
  at: instant,
  tags: z.array(z.string().max(20)).max(5).optional(),
  attributes: z.record(z.string(), z.string()).optional(),
});

const offerView = z.strictObject({
  id: identifier,
  title: z.string(),
  price: money,
  at: instant,
  commandId: z.string(),
  bodyHash: z.string(),
});

const scope: Scope = 'listings:write';
const common = { tags: ['offers'], scope, rateLimit: 'write', stability: 'stable' } as const;

export const putOffer = route({
  ...common,
  method: 'put',
  path: '/v1/offers/:id',
  operationId: 'putOffer',
  summary: 'Store an offer',
  params: z.strictObject({ id: identifier }),
  body: offer,
  response: offerView,
  identifiers: [
    { in: 'path', name: 'id', resource: 'listing', whenAbsent: 'allow' },
    { in: 'body', name: 'id', resource: 'listing', whenAbsent: 'allow' },
    { in: 'body', name: 'shopId', resource: 'shop' },
  ],
  idempotency: 'optional',
  ifMatch: 'optional',
  deadline: true,
  async handle({ body, ifMatch, commandId, bodyHash }) {
    if (ifMatch !== null && ifMatch !== 3) throw new TouchstoneError('version_mismatch', `The version is 3`);
    const { id, title, price, at } = body;
    return { body: { id, title, price: moneyText(price), at: instantText(at), commandId, bodyHash }, etag: 3 };
  },
});

export const getOffer = route({
  ...common,
  method: 'get',
  path: '/v1/offers/:id',
  operationId: 'getOffer',
  summary: 'Read an offer',
  scope: 'listings:read',
  rateLimit: 'read',
  params: z.strictObject({ id: identifier }),
  response: z.strictObject({ id: identifier }),
  identifiers: [{ in: 'path', name: 'id', resource: 'listing' }],
  async handle({ params }) {
    if (params.id === 'crash') throw new Error('the secret is 42');
    return { body: { id: params.id }, etag: 7 };
  },
});

const ROWS = Array.from({ length: 7 }, (_, index) => ({ id: `R${index}`, rank: index }));

export const listOffers = route({
  ...common,
  method: 'get',
  path: '/v1/offers',
  operationId: 'listOffers',
  summary: 'List offers by rank',
  scope: 'listings:read',
  rateLimit: 'read',
  query: z.strictObject({ ...pageQuery('offers', z.tuple([z.int()]), 5), tag: z.array(z.string().max(20)).optional() }),
  response: pageOf(z.strictObject({ id: identifier, rank: z.int() })),
  async handle({ query }) {
    const after = query.cursor?.[0] ?? -1;
    const rows = ROWS.filter((row) => row.rank > after).slice(0, query.limit + 1);
    const page = pageFrom('offers', rows, query.limit, (row) => [row.rank]);
    return { body: { items: page.items, next: page.next }, next: page.next };
  },
});

export const postBatch = route({
  ...common,
  method: 'post',
  path: '/v1/offers/batch',
  operationId: 'postOfferBatch',
  summary: 'Store many offers',
  rateLimit: 'batch',
  body: batchBody(offer, { maxRows: 100, member: 'offers' }),
  response: z.strictObject({ accepted: z.array(z.int()), rejected: z.array(z.unknown()) }),
  identifiers: [
    { in: 'body', name: 'id', resource: 'listing', whenAbsent: 'allow' },
    { in: 'body', name: 'shopId', resource: 'shop' },
  ],
  idempotency: 'required',
  async handle({ body }) {
    return { body: { accepted: body.rows.map((row) => row.line), rejected: [...body.rejected] } };
  },
});

export const deleteOffer = route({
  ...common,
  method: 'delete',
  path: '/v1/offers/:id',
  operationId: 'deleteOffer',
  summary: 'Remove an offer',
  params: z.strictObject({ id: identifier }),
  identifiers: [{ in: 'path', name: 'id', resource: 'listing' }],
  ifMatch: 'required',
  async handle() {
    return {};
  },
});

export const hello = route({
  method: 'get',
  path: '/v1/hello',
  operationId: 'hello',
  summary: 'Greets anybody',
  tags: ['public'],
  scope: 'public',
  rateLimit: 'read',
  stability: 'beta',
  response: z.strictObject({ hello: z.string() }),
  async handle({ principal }) {
    return { body: { hello: principal.subject } };
  },
});

export const SAMPLE_ROUTES: readonly Route[] = [getOffer, putOffer, deleteOffer, listOffers, postBatch, hello];

export const VALID_OFFER = {
  id: 'L1',
  shopId: 'S1',
  title: '德国原装 Pfanne',
  price: '19900',
  currency: 'CNY',
  at: '2026-03-15T08:00:00+08:00',
};

/** A whole small service over memory, its clock movable. */
export function makeService(
  overrides: Partial<Omit<AppOptions, 'deps'>> & Partial<Pick<AppDeps, 'readiness' | 'redis'>> = {},
) {
  const { readiness = {}, redis = null, ...options } = overrides;
  const keys = new MemoryKeys();
  const ownership = new MemoryOwnership();
  const time = { now: Date.parse('2026-03-15T00:00:00Z') };
  const log: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
  const app = createApp({
    routes: SAMPLE_ROUTES,
    checkResponses: true,
    ...options,
    deps: {
      logger,
      clock: () => time.now,
      keys,
      ownership,
      metrics: new Registry(),
      redis,
      readiness,
    },
  });
  ownership.owners.set('shop S1', 'M1').set('listing L1', 'M1').set('shop S2', 'M2').set('listing L2', 'M2');
  return {
    app,
    keys,
    ownership,
    time,
    log,
    platform: keys.add('platform', 'platform'),
    merchant: keys.add('merchant', 'merchant', { merchantId: 'M1' }),
  };
}
