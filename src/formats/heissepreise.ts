import { type FieldError, TouchstoneError } from '../domain/errors.ts';
import { parseMajor } from '../domain/money.ts';
import { type Instant, parseDateTime } from '../domain/time.ts';
import { parseInZone } from '../domain/time-zone.ts';
import {
  listingIdOf,
  offer,
  type PriceFormat,
  plausible,
  type ReadContext,
  recordOf,
  refuse,
  type SourcedObservation,
  textOf,
} from './price-format.ts';

/** Days are those of Vienna, whichever shop. */
const ZONE = 'Europe/Vienna';
/**
 * Daily tracking began in this month. Some shops carry single earlier prices that were filled in from elsewhere;
 * between them and the tracking nobody looked, so that as offers in force they would claim years of one price.
 */
const TRACKED_SINCE = '2023-05';

/** heisse-preise.io: one product a line, `history` with an entry whenever the shelf price changed. */
export const heissepreise: PriceFormat = {
  name: 'heissepreise',
  rows: 'jsonl',
  columns: [],
  read: (raw, context) => {
    const row = recordOf(raw);
    const shopId = textOf(row, 'store');
    const product = { listingId: listingIdOf(shopId, textOf(row, 'id'), '/id'), shopId };
    const { history } = row;
    if (!Array.isArray(history)) return refuse('/history', 'must be a list of [day, price]');
    const observations: SourcedObservation[] = [];
    const faults: FieldError[] = [];
    let early = 0;
    for (const [index, point] of history.entries()) {
      try {
        const read = readPoint(product, point, context);
        if (read === null) early += 1;
        else observations.push(read);
      } catch (error) {
        if (!(error instanceof TouchstoneError)) throw error;
        faults.push(...error.fields.map((fault) => ({ ...fault, pointer: `/history/${index}${fault.pointer}` })));
      }
    }
    return { observations, faults, skipped: early === 0 ? {} : { before_tracking: early } };
  },
};

/** Many products change on few days. */
const days = new Map<string, Instant>();
const DAYS_REMEMBERED = 4_096;

function startOf(day: unknown, pointer: string): Instant {
  const known = typeof day === 'string' ? days.get(day) : undefined;
  if (known !== undefined) return known;
  const start = parseInZone(day, ZONE, pointer);
  if (typeof day === 'string' && days.size < DAYS_REMEMBERED) days.set(day, start);
  return start;
}

function readPoint(
  product: { readonly listingId: string; readonly shopId: string },
  point: unknown,
  { recordedAt }: ReadContext,
): SourcedObservation | null {
  if (!Array.isArray(point) || point.length !== 2) return refuse('', 'must be [day, price]');
  const [day, price]: unknown[] = point;
  if (typeof day === 'string' && day < TRACKED_SINCE) {
    parseDateTime(day, '/0');
    return null;
  }
  const at = plausible(startOf(day, '/0'), recordedAt, '/0');
  const pricePointer = '/1';
  return offer({
    ...product,
    price: parseMajor(price, 'EUR', pricePointer),
    currency: 'EUR',
    at,
    recordedAt,
    pricePointer,
  });
}
