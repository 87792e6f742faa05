import { parseMajor } from '../domain/money.ts';
import { parseInZone } from '../domain/time-zone.ts';
import { listingIdOf, offer, type PriceFormat, plausible, recordOf, single, textOf } from './price-format.ts';

const ZONE = 'Asia/Shanghai';

/** Daily prices of official shops around Double 11 2016. Days are those of Shanghai. */
export const tmall: PriceFormat = {
  name: 'tmall',
  rows: 'csv',
  columns: ['update_time', 'id', 'price', 'shop'],
  read: (raw, { recordedAt }) => {
    const row = recordOf(raw);
    const listingId = listingIdOf('tmall', textOf(row, 'id'), '/id');
    const at = plausible(parseInZone(textOf(row, 'update_time'), ZONE, '/update_time'), recordedAt, '/update_time');
    const price = parseMajor(textOf(row, 'price'), 'CNY', '/price');
    const shopId = shopIdOf(textOf(row, 'shop'));
    return single(offer({ listingId, shopId, price, currency: 'CNY', at, recordedAt, pricePointer: '/price' }));
  },
};

/** Shops are given by their names, mostly Chinese; an identifier is made of the name's code points. */
function shopIdOf(name: string): string {
  const points = Array.from(name, (character) => (character.codePointAt(0) ?? 0).toString(36));
  return `tmall-${points.join('.').slice(0, 90)}`;
}
