import { parseMajor } from '../domain/money.ts';
import { parseInstant } from '../domain/time.ts';
import { listingIdOf, offer, type PriceFormat, plausible, recordOf, single, textOf } from './price-format.ts';

const SHOP = 'steam';

/** Price changes of games, each with its offset from UTC. */
export const steam: PriceFormat = {
  name: 'steam',
  rows: 'csv',
  columns: ['ITAD Game ID', 'Date', 'Price (€)', 'Currency'],
  read: (raw, { recordedAt }) => {
    const row = recordOf(raw);
    const listingId = listingIdOf(SHOP, textOf(row, 'ITAD Game ID'), '/ITAD Game ID');
    const at = plausible(parseInstant(textOf(row, 'Date'), '/Date'), recordedAt, '/Date');
    const currency = textOf(row, 'Currency');
    const price = parseMajor(textOf(row, 'Price (€)'), currency, '/Price (€)');
    return single(offer({ listingId, shopId: SHOP, price, currency, at, recordedAt, pricePointer: '/Price (€)' }));
  },
};
