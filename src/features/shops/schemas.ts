import { z } from 'zod';
import { identifier, instant, jurisdiction, safeText } from '../../http/primitives.ts';
import { timeZone } from '../../wire/time-zone.ts';

const fields = {
  merchantId: identifier,
  name: safeText(200, 1),
  zone: timeZone,
  jurisdiction,
  pricesCompleteSince: instant.nullish().meta({
    description:
      'From when on every price and sale of this shop is in the feed. Before it, and without it, a missing observation is unknown. 价格与成交数据自何时起完整',
  }),
};

export const shopBody = z.strictObject(fields).meta({ id: 'ShopBody' });
export type ShopBody = z.output<typeof shopBody>;

export const shopRow = z.strictObject({ id: identifier, ...fields }).meta({ id: 'ShopRow' });

export const shopView = z.object({ id: identifier, version: z.int(), ...fields }).meta({ id: 'Shop' });
