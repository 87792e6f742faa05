import { z } from 'zod';
import type { PriceObservation } from '../domain/price/observation.ts';
import { type Instant, MINUTE } from '../domain/time.ts';
import { currency, identifier, instant, money, reason } from '../http/primitives.ts';

/** Clocks differ; an observation from further ahead than this is refused. */
const AHEAD_MS = 5 * MINUTE;

/** One price observation of the feed; a correction names in `corrects` what it replaces. */
export const observation = z
  .strictObject({
    id: identifier,
    listingId: identifier,
    sku: identifier.nullish(),
    shopId: identifier,
    kind: z.enum(['offer', 'sale']),
    price: money,
    currency,
    at: instant,
    quantity: z.int().min(1).max(1_000_000).exactOptional(),
    layer: z.enum(['public', 'member', 'coupon', 'livestream', 'rebate']).exactOptional(),
    platformSubsidy: money.exactOptional(),
    refunded: z.boolean().exactOptional(),
    brushed: z.boolean().exactOptional(),
    corrects: identifier.nullish(),
    retracted: z.boolean().exactOptional(),
  })
  .refine((value) => value.kind === 'sale' || value.price > 0n, {
    ...reason('an offer must be above zero', '报价必须大于零'),
    path: ['price'],
  })
  .refine((value) => (value.platformSubsidy ?? 0n) <= value.price, {
    ...reason('is a part of the price and cannot exceed it', '是价格的一部分,不得高于价格'),
    path: ['platformSubsidy'],
  })
  .refine((value) => value.retracted !== true || value.corrects != null, {
    ...reason('is needed to say what is retracted', '撤回时必须指明被撤回的记录'),
    path: ['corrects'],
  })
  .refine((value) => value.corrects !== value.id, {
    ...reason('a record cannot correct itself', '记录不能更正自身'),
    path: ['corrects'],
  })
  .meta({ id: 'PriceObservation' });
export type ObservationRow = z.output<typeof observation>;

/** Further ahead of `now` than clocks differ. */
export function fromTheFuture(at: Instant, now: Instant): boolean {
  return at > now + AHEAD_MS;
}

export function toObservation(row: ObservationRow, recordedAt: Instant): PriceObservation {
  return {
    id: row.id,
    sku: row.sku ?? null,
    kind: row.kind,
    price: row.price,
    currency: row.currency,
    at: row.at,
    recordedAt,
    quantity: row.quantity ?? 1,
    layer: row.layer ?? 'public',
    platformSubsidy: row.platformSubsidy ?? 0n,
    refunded: row.refunded ?? false,
    brushed: row.brushed ?? false,
    corrects: row.corrects ?? null,
    retracted: row.retracted ?? false,
  };
}
