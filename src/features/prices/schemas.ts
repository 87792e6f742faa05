import { z } from 'zod';
import { currency, identifier, instant, money } from '../../http/primitives.ts';

export const recordedView = z
  .object({
    received: z.int(),
    stored: z.int(),
    unchanged: z.int().meta({ description: 'Offers that repeat the price in force. 价格未变' }),
    duplicates: z.int(),
    rejected: z.array(
      z
        .object({
          line: z.int(),
          id: z.string().optional(),
          code: z.string(),
          errors: z.array(z.object({ pointer: z.string(), reason: z.string() })),
        })
        .meta({ id: 'RejectedObservation' }),
    ),
  })
  .meta({ id: 'RecordedObservations' });
export type RecordedWire = z.input<typeof recordedView>;

const observationView = z
  .object({
    id: identifier,
    kind: z.enum(['offer', 'sale']),
    sku: identifier.nullable(),
    layer: z.string(),
    price: money,
    at: instant,
    recordedAt: instant,
    quantity: z.int(),
    platformSubsidy: money,
    refunded: z.boolean(),
    brushed: z.boolean(),
    corrects: identifier.nullable(),
    retracted: z.boolean(),
  })
  .meta({ id: 'RecordedObservation' });

const claimView = z
  .object({
    claim: z.int(),
    kind: z.string(),
    reference: money.nullable(),
    percent: z.number().nullable(),
    startsAt: instant,
    endsAt: instant.nullable(),
    verdict: z.string(),
    cap: money.nullable(),
    basis: z.string().nullable(),
    article: z.string().nullable(),
    evidence: z.array(z.string()),
  })
  .meta({ id: 'ClaimWithCap' });

export const priceHistoryView = z
  .object({
    listingId: identifier,
    currency,
    from: instant,
    to: instant,
    completeSince: instant.nullable().meta({
      description: 'From when on nothing is missing; null: not known to be complete at any time. 数据完整起点',
    }),
    observations: z.array(observationView),
    claims: z.array(claimView),
  })
  .meta({ id: 'PriceHistory' });
export type PriceHistoryWire = z.input<typeof priceHistoryView>;
