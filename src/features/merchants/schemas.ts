import { z } from 'zod';
import { identifier, safeText } from '../../http/primitives.ts';
import { timeZone } from '../../wire/time-zone.ts';

const fields = {
  entityType: z
    .enum(['individual', 'sole_trader', 'company', 'brand_owner'])
    .meta({ description: 'Who trades: a person, a registered sole trader, a company, the owner of a brand. 主体类型' }),
  region: safeText(16, 2).meta({ description: 'ISO 3166-1 or 3166-2 code of the seat, such as CN-44. 所在地区' }),
  zone: timeZone,
  standing: z
    .enum(['new', 'good', 'watch', 'restricted', 'closed'])
    .meta({ description: 'Standing with the platform. 商家状态' }),
};

export const merchantBody = z.strictObject(fields).meta({ id: 'MerchantBody' });
export type MerchantBody = z.output<typeof merchantBody>;

export const merchantRow = z.strictObject({ id: identifier, ...fields }).meta({ id: 'MerchantRow' });

export const merchantView = z.object({ id: identifier, version: z.int(), ...fields }).meta({ id: 'Merchant' });
