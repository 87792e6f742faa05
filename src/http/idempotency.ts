import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../domain/canonical.ts';
import { TouchstoneError } from '../domain/errors.ts';
import { badHeader } from './preconditions.ts';
import { RequestError } from './request-error.ts';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/** The Idempotency-Key as sent; null when absent. Throws RequestError `validation_failed` for any other form. */
export function parseIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (!VISIBLE_ASCII.test(header)) {
    throw badHeader(
      'Idempotency-Key',
      '必须是 1 至 255 个可见 ASCII 字符',
      'must be 1 to 255 visible ASCII characters',
    );
  }
  return header;
}

/**
 * Identity of a command: the same holder, merchant, route and key give the same text, 64 hex digits. The merchant
 * belongs to it because nothing keeps two merchants' keys from being given the same subject.
 */
export function commandId(
  [subject, merchantId]: readonly [subject: string, merchantId: string | null],
  operationId: string,
  key: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([subject, merchantId, operationId, key]))
    .digest('hex');
}

/** Hash of what a request asks for: its address and its body, whatever the order of the members. */
export function bodyHash(address: string, body: Json | Buffer | undefined): string {
  const hash = createHash('sha256').update(address).update('\n');
  if (Buffer.isBuffer(body)) hash.update(body);
  else if (body !== undefined) hash.update(canonicalText(body));
  return hash.digest('hex');
}

function canonicalText(body: Json): string {
  try {
    return canonicalJson(body);
  } catch (error) {
    // JSON.parse reads 1e999 as infinity, which has no canonical text.
    if (!(error instanceof RangeError)) throw error;
    const phrase = { zh: '请求体含有超出范围的数字', en: 'The body holds a number that is out of range' };
    throw new RequestError('validation_failed', phrase, [{ in: 'body', pointer: '', reason: phrase }]);
  }
}

/** Throws TouchstoneError `idempotency_key_reused` unless both hashes are of the same content. */
export function assertSameBody(stored: string, incoming: string): void {
  if (stored === incoming) return;
  throw new TouchstoneError('idempotency_key_reused', {
    zh: '此 Idempotency-Key 已用于其他内容',
    en: 'This Idempotency-Key was used with other content',
  });
}
