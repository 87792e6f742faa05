import { parseMajor } from '../domain/money.ts';
import { parseInZone } from '../domain/time-zone.ts';
import { listingIdOf, offer, type PriceFormat, plausible, recordOf, single, textOf } from './price-format.ts';

/** Scrapes of one seller-less deals page; all listings are of one shop. Times are UTC. */
export const EBAY_SHOP = 'ebay';
export const EBAY_ZONE = 'UTC';

/** Scrapes of eBay's technology deals: what each item cost, and what it is claimed to have cost. */
export const ebay: PriceFormat = {
  name: 'ebay',
  rows: 'csv',
  columns: ['timestamp', 'item_id', 'price_usd'],
  read: (raw, { recordedAt }) => {
    const row = recordOf(raw);
    const listingId = listingIdOf(EBAY_SHOP, textOf(row, 'item_id'), '/item_id');
    const at = plausible(parseInZone(textOf(row, 'timestamp'), EBAY_ZONE, '/timestamp'), recordedAt, '/timestamp');
    // The scrape met the item and could not see its price: nothing is known of it then.
    if (row.price_usd === '') return { observations: [], faults: [], skipped: { no_price: 1 } };
    const price = parseMajor(row.price_usd, 'USD', '/price_usd');
    return single(
      offer({ listingId, shopId: EBAY_SHOP, price, currency: 'USD', at, recordedAt, pricePointer: '/price_usd' }),
    );
  },
};
