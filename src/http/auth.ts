import { createHash, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../domain/time.ts';
import type { Clock } from '../infra/clock.ts';
import { RequestError } from './request-error.ts';
import { ROLE_SCOPES, type Role, type Scope } from './scopes.ts';

/** What is stored of an API key; the secret itself never is. */
export interface ApiKeyRecord {
  readonly id: string;
  /** Hex SHA-256 of the secret. */
  readonly secretHash: string;
  /** Who acts; stays the same when keys are rotated. */
  readonly subject: string;
  readonly role: Role;
  /** Narrows the role's scopes; null gives all of them. */
  readonly scopes: readonly Scope[] | null;
  /** The merchant that a key of role `merchant` speaks for; null for every other role. */
  readonly merchantId: string | null;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
}

export interface KeyStore {
  /** The key as stored now, null when there is none. Rejects when the store cannot be asked. */
  find(id: string): Promise<ApiKeyRecord | null>;
}

/** Who makes a request. */
export interface Principal {
  readonly subject: string;
  readonly keyId: string | null;
  readonly role: Role | 'anonymous';
  readonly scopes: ReadonlySet<Scope>;
  /** Not null: sees only what belongs to this merchant. */
  readonly merchantId: string | null;
}

export const ANONYMOUS: Principal = {
  subject: 'anonymous',
  keyId: null,
  role: 'anonymous',
  scopes: new Set(),
  merchantId: null,
};

const KEY_ID = /^[A-Za-z0-9-]{1,64}$/;
const SECRET = /^[A-Za-z0-9_-]{20,128}$/;

function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/**
 * The text that the holder sends, `ts_<id>.<secret>`, and the hash to store. The secret has 20 to 128 characters of
 * base64url and comes from a source of randomness. Throws RangeError for any other form.
 */
export function mintKey(id: string, secret: string): { readonly token: string; readonly secretHash: string } {
  if (!KEY_ID.test(id)) throw new RangeError('key id: 1 to 64 letters, digits or hyphens');
  if (!SECRET.test(secret)) throw new RangeError('key secret: 20 to 128 base64url characters');
  return { token: `ts_${id}.${secret}`, secretHash: hashSecret(secret) };
}

export function parseKey(token: string): { readonly id: string; readonly secret: string } | null {
  if (!token.startsWith('ts_') || token.length > 256) return null;
  const dot = token.indexOf('.');
  const id = token.slice(3, dot);
  const secret = token.slice(dot + 1);
  return dot > 0 && KEY_ID.test(id) && SECRET.test(secret) ? { id, secret } : null;
}

/** Compares in time that does not depend on where the texts differ. */
export function verifySecret(secret: string, secretHash: string): boolean {
  const given = createHash('sha256').update(secret).digest();
  const stored = Buffer.from(secretHash, 'hex');
  return stored.length === given.length && timingSafeEqual(given, stored);
}

function isUsable(key: ApiKeyRecord, now: Instant): boolean {
  return (key.revokedAt === null || key.revokedAt > now) && (key.expiresAt === null || key.expiresAt > now);
}

function principalOf(key: ApiKeyRecord): Principal {
  const ofRole = ROLE_SCOPES[key.role];
  const scopes = key.scopes === null ? ofRole : new Set(key.scopes.filter((scope) => ofRole.has(scope)));
  return { subject: key.subject, keyId: key.id, role: key.role, scopes, merchantId: key.merchantId };
}

interface CachedKey {
  readonly key: ApiKeyRecord | null;
  readonly principal: Principal;
  /** When the store is asked again. */
  readonly until: Instant;
  /** Until when the store's word counts although it cannot be asked. */
  readonly graceUntil: Instant;
}

const FOUND_TTL_MS = 30_000;
const ABSENT_TTL_MS = 2_000;
const MAX_CACHED = 10_000;
const NO_HASH = '0'.repeat(64);

/** While the store is away, a key that it vouched for stays good for so long. */
const GRACE_MS = 10 * 60_000;
/** How long a request with such a key waits for the store, and how long the store is then left alone. */
const STORE_PATIENCE_MS = 250;
const STORE_REST_MS = 1_000;

/**
 * Turns an Authorization header into a principal. A revocation is seen within 30 s, at once after `invalidate`; one
 * that this process has not seen before the store went away is seen when the store is back, or after ten minutes.
 */
export class Authenticator {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #cache = new Map<string, CachedKey>();
  #invalidations = 0;

  constructor(store: KeyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Throws RequestError `unauthenticated`; rejects as the store does when it is away and has not vouched lately. */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const token = bearerToken(authorization);
    const given = token === null ? null : parseKey(token);
    if (given === null) throw unauthenticated();
    const now = this.#clock();
    const cached = this.#cache.get(given.id);
    const { key, principal } =
      cached !== undefined && cached.until > now ? cached : await this.#ask(given.id, cached, now);
    const secretMatches = verifySecret(given.secret, key?.secretHash ?? NO_HASH);
    if (key === null || !secretMatches || !isUsable(key, now)) throw unauthenticated();
    if (key.role === 'merchant' && key.merchantId === null) throw unauthenticated();
    return principal;
  }

  /** To be called when a key is revoked or changed. */
  invalidate(keyId: string): void {
    this.#invalidations += 1;
    this.#cache.delete(keyId);
  }

  async #ask(id: string, known: CachedKey | undefined, now: Instant): Promise<CachedKey> {
    const asked = this.#load(id, now);
    if (known === undefined || known.key === null || known.graceUntil <= now) return asked;
    try {
      return await withPatience(asked);
    } catch (error) {
      // What was revoked while the store was asked is not vouched for by what was known before.
      if (this.#cache.get(id) !== known) throw error;
      const resting = { ...known, until: now + STORE_REST_MS };
      this.#cache.set(id, resting);
      return resting;
    }
  }

  async #load(id: string, now: Instant): Promise<CachedKey> {
    const before = this.#invalidations;
    const key = await this.#store.find(id);
    const ttl = key === null ? ABSENT_TTL_MS : FOUND_TTL_MS;
    const principal = key === null ? ANONYMOUS : principalOf(key);
    const entry = { key, principal, until: now + ttl, graceUntil: now + GRACE_MS };
    if (this.#invalidations !== before) return entry;
    if (this.#cache.size >= MAX_CACHED) {
      const oldest = this.#cache.keys().next();
      if (oldest.done !== true) this.#cache.delete(oldest.value);
    }
    this.#cache.delete(id);
    this.#cache.set(id, entry);
    return entry;
  }
}

async function withPatience<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the key store is slow')), STORE_PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function bearerToken(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  return authorization.slice(7).trim();
}

function unauthenticated(): RequestError {
  return new RequestError(
    'unauthenticated',
    { zh: '缺少、无效、过期或已吊销的 API 密钥', en: 'API key missing, not valid, expired or revoked' },
    [],
    { 'WWW-Authenticate': 'Bearer realm="touchstone"' },
  );
}
