import { TouchstoneError } from '../../domain/errors.ts';
import type { EventDraft } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { type ApiKeyRecord, mintKey, parseKey } from '../../http/auth.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import type { KeyRecordBody } from './repo.ts';
import type { KeyBody } from './schemas.ts';

export interface CreateKey {
  readonly id: string;
  /** 20 to 128 characters of base64url from a source of randomness. */
  readonly secret: string;
  readonly body: KeyBody;
}

/** Stores the hash and returns the token, which nothing can show again. Throws `conflict` when the id is taken. */
export async function createKey(
  keys: AggregateStore<KeyRecordBody>,
  { id, secret, body }: CreateKey,
  now: Instant,
): Promise<{ record: ApiKeyRecord; token: string }> {
  if (body.expiresAt !== undefined && body.expiresAt <= now) {
    const detail = { zh: '密钥在创建时即已过期', en: 'the key would be expired when it is made' };
    throw new TouchstoneError('validation_failed', detail, [
      { pointer: '/expiresAt', reason: 'must be in the future', zh: '必须晚于当前时间' },
    ]);
  }
  const { token, secretHash } = mintKey(id, secret);
  const record: KeyRecordBody = {
    secretHash,
    subject: body.subject,
    role: body.role,
    scopes: body.scopes ?? null,
    merchantId: body.merchantId ?? null,
    expiresAt: body.expiresAt ?? null,
    revokedAt: null,
  };
  await keys.save({ id, previous: null, body: record, events: [keyEvent('key.created', id, record)], at: now });
  return { record: { id, ...record }, token };
}

/**
 * Makes the operator's key of role `admin` when a store does not have it yet. Once it is there it is left alone: revoked
 * stays revoked. Throws `validation_failed` for a text that is not a key.
 */
export async function ensureAdminKey(keys: AggregateStore<KeyRecordBody>, token: string, now: Instant): Promise<void> {
  const key = parseKey(token);
  if (key === null) throw new TouchstoneError('validation_failed', 'ADMIN_KEY does not have the form ts_ID.SECRET');
  if ((await keys.find(key.id)) !== null) return;
  try {
    await createKey(keys, { ...key, body: { subject: 'operator', role: 'admin' } }, now);
  } catch (error) {
    // Another process made it at the same moment.
    if (!(error instanceof TouchstoneError) || error.code !== 'conflict') throw error;
  }
}

/** From `now` on the key opens nothing. Revoking twice keeps the first instant. */
export async function revokeKey(keys: AggregateStore<KeyRecordBody>, id: string, now: Instant): Promise<ApiKeyRecord> {
  const stored = await keys.find(id);
  if (stored === null) throw new TouchstoneError('not_found', { zh: '没有此密钥', en: 'there is no such key' });
  if (stored.body.revokedAt !== null) return { id, ...stored.body };
  const body = { ...stored.body, revokedAt: now };
  await keys.save({ id, previous: stored, body, events: [keyEvent('key.revoked', id, body)], at: now });
  return { id, ...body };
}

function keyEvent(type: 'key.created' | 'key.revoked', keyId: string, body: KeyRecordBody): EventDraft {
  const subject = body.merchantId === null ? { keyId } : { keyId, merchantId: body.merchantId };
  return { type, subject, facts: { role: body.role } };
}
