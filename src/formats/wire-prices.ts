import { TouchstoneError } from '../domain/errors.ts';
import { parseInZone } from '../domain/time-zone.ts';
import { instantText } from '../http/primitives.ts';
import { type ObservationRow, observation, toObservation } from '../wire/observation.ts';
import {
  observationId,
  type PriceFormat,
  type PriceReading,
  plausible,
  type ReadContext,
  recordOf,
  single,
} from './price-format.ts';

/** Price observations as the API takes them, one JSON object a line. */
export const jsonl: PriceFormat = {
  name: 'jsonl',
  rows: 'jsonl',
  columns: [],
  read: (row, context) => read(row, context),
};

/** The same fields as columns. `id` and `kind` may be absent; times need an offset, unless a zone is given. */
export const csv: PriceFormat = {
  name: 'csv',
  rows: 'csv',
  columns: ['listingId', 'shopId', 'price', 'currency', 'at'],
  read: (raw, context) => {
    const present = Object.entries(recordOf(raw)).filter(([, value]) => value !== '');
    const row: Record<string, unknown> = { kind: 'offer', ...Object.fromEntries(present) };
    if (typeof row.quantity === 'string' && /^\d{1,9}$/.test(row.quantity)) row.quantity = Number(row.quantity);
    for (const name of FLAGS) if (row[name] === 'true' || row[name] === 'false') row[name] = row[name] === 'true';
    const { at, listingId, kind } = row;
    if (context.zone !== null && at !== undefined) row.at = instantText(parseInZone(at, context.zone, '/at'));
    if (row.id === undefined && typeof listingId === 'string' && typeof row.at === 'string') {
      const base = observationId(listingId, parseInZone(row.at, 'UTC', '/at'), kind === 'sale' ? 'sale' : 'offer');
      row.id = [base, row.layer, row.sku].filter((part) => typeof part === 'string').join('.');
    }
    return read(row, context);
  },
};

const FLAGS = ['refunded', 'brushed', 'retracted'];

function read(row: unknown, { recordedAt }: ReadContext): PriceReading {
  const parsed = observation.safeParse(row);
  if (parsed.success) return single(sourced(parsed.data, recordedAt));
  throw new TouchstoneError(
    'validation_failed',
    'the row is not a price observation',
    parsed.error.issues.map(({ path, message }) => ({
      pointer: path.map((key) => `/${String(key)}`).join(''),
      reason: message,
    })),
  );
}

function sourced(row: ObservationRow, recordedAt: number) {
  plausible(row.at, recordedAt, '/at');
  const { listingId, shopId } = row;
  return { listingId, shopId, observation: toObservation(row, recordedAt) };
}
