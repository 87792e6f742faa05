import { z } from 'zod';
import { identifier, instant, safeText } from '../../http/primitives.ts';
import { ROLES, SCOPES } from '../../http/scopes.ts';

export const keyBody = z
  .strictObject({
    subject: safeText(100, 1).meta({
      description: 'Who acts with the key; stays the same when keys are rotated. 使用者',
    }),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)).nonempty().exactOptional(),
    merchantId: identifier.exactOptional(),
    expiresAt: instant.exactOptional(),
  })
  .refine((value) => (value.role === 'merchant') === (value.merchantId !== undefined), {
    message: 'is required for the role merchant and refused for any other',
    params: { zh: 'merchant 角色必须提供,其他角色不得提供' },
    path: ['merchantId'],
  })
  .meta({ id: 'KeyBody' });
export type KeyBody = z.output<typeof keyBody>;

export const keyView = z
  .object({
    id: identifier,
    subject: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)).nullable(),
    merchantId: identifier.nullable(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
  })
  .meta({ id: 'Key' });

export const newKeyView = keyView
  .extend({ token: z.string().meta({ description: 'Shown this once; only its hash is kept. 仅显示一次' }) })
  .meta({ id: 'NewKey' });
