import { z } from 'zod';
import { identifier, jurisdiction, safeText } from '../../http/primitives.ts';
import { timeZone } from '../time-zone.ts';

const fields = {
  merchantId: identifier,
  name: safeText(200, 1),
  zone: timeZone,
  jurisdiction,
};

export const shopBody = z.strictObject(fields).meta({ id: 'ShopBody' });
export type ShopBody = z.output<typeof shopBody>;

export const shopRow = z.strictObject({ id: identifier, ...fields }).meta({ id: 'ShopRow' });

export const shopView = z.object({ id: identifier, version: z.int(), ...fields }).meta({ id: 'Shop' });
