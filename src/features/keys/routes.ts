import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ApiKeyRecord } from '../../http/auth.ts';
import { notFound } from '../../http/body-format.ts';
import { identifier, instantText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import { createKey, revokeKey } from './commands.ts';
import type { KeyRecordBody } from './repo.ts';
import { keyBody, keyView, newKeyView } from './schemas.ts';

const params = z.strictObject({ id: identifier });

export interface KeyRouteDeps {
  readonly keys: AggregateStore<KeyRecordBody>;
  /** Called when a key has changed, so that no cache lets it in any longer. */
  readonly onChange: (id: string) => void;
}

export function keyRoutes({ keys, onChange }: KeyRouteDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/keys',
      operationId: 'createKey',
      summary: 'Make an API key; the token is shown this once',
      tags: ['keys'],
      scope: 'keys:manage',
      body: keyBody,
      response: newKeyView,
      status: 201,
      identifiers: [{ in: 'body', name: 'merchantId', resource: 'merchant' }],
      rateLimit: 'write',
      stability: 'beta',
      handle: async ({ body, commandId, now }) => {
        const secret = randomBytes(32).toString('base64url');
        const { record, token } = await createKey(keys, { id: commandId.slice(0, 16), secret, body }, now);
        return { body: { ...viewOf(record), token }, location: `/v1/keys/${record.id}` };
      },
    }),
    route({
      method: 'get',
      path: '/v1/keys/:id',
      operationId: 'getKey',
      summary: 'An API key, without its secret',
      tags: ['keys'],
      scope: 'keys:manage',
      params,
      response: keyView,
      identifiers: [{ in: 'path', name: 'id', resource: 'shared' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id } }) => {
        const stored = await keys.find(id);
        if (stored === null) throw notFound();
        return { body: viewOf({ id, ...stored.body }) };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/keys/:id',
      operationId: 'revokeKey',
      summary: 'Revoke an API key',
      tags: ['keys'],
      scope: 'keys:manage',
      params,
      response: keyView,
      identifiers: [{ in: 'path', name: 'id', resource: 'shared' }],
      rateLimit: 'write',
      stability: 'beta',
      handle: async ({ params: { id }, now }) => {
        const record = await revokeKey(keys, id, now);
        onChange(id);
        return { body: viewOf(record) };
      },
    }),
  ];
}

function viewOf(record: ApiKeyRecord): z.input<typeof keyView> {
  const { id, subject, role, scopes, merchantId, expiresAt, revokedAt } = record;
  return {
    id,
    subject,
    role,
    scopes: scopes === null ? null : [...scopes],
    merchantId,
    expiresAt: expiresAt === null ? null : instantText(expiresAt),
    revokedAt: revokedAt === null ? null : instantText(revokedAt),
  };
}
