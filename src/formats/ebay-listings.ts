import { parseMajor } from '../domain/money.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import { parseInZone } from '../domain/time-zone.ts';
import type { ListingWire } from '../wire/listing.ts';
import { EBAY_SHOP, EBAY_ZONE } from './ebay.ts';
import { listingIdOf, recordOf, textOf } from './price-format.ts';

interface Scrape {
  readonly listingId: string;
  readonly title: string;
  readonly at: Instant;
  readonly price: bigint;
  /** Null: the item was seen with a price and without a higher one beside it. */
  readonly original: bigint | null;
}

/** What one scrape shows of an item; null where it shows no price. Throws TouchstoneError naming the field. */
export function readScrape(raw: unknown): Scrape | null {
  const row = recordOf(raw);
  const listingId = listingIdOf(EBAY_SHOP, textOf(row, 'item_id'), '/item_id');
  const at = parseInZone(textOf(row, 'timestamp'), EBAY_ZONE, '/timestamp');
  if (row.price_usd === '') return null;
  const price = parseMajor(row.price_usd, 'USD', '/price_usd');
  const original = row.original_usd === '' ? null : parseMajor(row.original_usd, 'USD', '/original_usd');
  return { listingId, title: textOf(row, 'title'), at, price, original };
}

/**
 * Each scrape that shows a claimed original price, as a snapshot to be judged under `jurisdiction`. A claim starts with
 * the first scrape that shows this original after one that shows none or another; before the first scrape of the item
 * nothing is known, so a claim that was there already starts then.
 */
export function* ebayListings(
  scrapes: readonly Scrape[],
  jurisdiction: ListingWire['jurisdiction'],
): Generator<ListingWire> {
  const running = new Map<string, { readonly original: bigint | null; readonly since: Instant }>();
  let last: Scrape | null = null;
  for (const scrape of [...scrapes].sort(byItemAndTime)) {
    if (last !== null && byItemAndTime(last, scrape) === 0 && last.original === scrape.original) continue;
    last = scrape;
    const { listingId, title, at, price, original } = scrape;
    const known = running.get(listingId);
    const since = known !== undefined && known.original === original ? known.since : at;
    running.set(listingId, { original, since });
    if (original === null) continue;
    yield {
      id: listingId,
      shopId: EBAY_SHOP,
      merchantId: EBAY_SHOP,
      jurisdiction,
      category: 'electronics',
      title,
      currency: 'USD',
      price: price.toString(),
      claims: [
        {
          kind: 'own',
          reference: original.toString(),
          startsAt: formatInstant(since),
          basis: { disclosed: false },
        },
      ],
      at: formatInstant(at),
    };
  }
}

function byItemAndTime(left: Scrape, right: Scrape): number {
  if (left.listingId !== right.listingId) return left.listingId < right.listingId ? -1 : 1;
  return left.at - right.at;
}
