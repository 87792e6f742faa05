import type { ObservationKind, PriceLayer, PriceObservation } from '../../domain/price/observation.ts';

/** An observation as stored: what has its usual value is left out, so that a long history stays small. */
export interface PackedRecord {
  readonly id: string;
  readonly kind: ObservationKind;
  /** Minor units, a 64-bit integer. */
  readonly price: bigint;
  readonly currency: string;
  readonly at: Date;
  readonly recordedAt: Date;
  readonly sku?: string;
  readonly quantity?: number;
  readonly layer?: PriceLayer;
  readonly platformSubsidy?: bigint;
  readonly refunded?: true;
  readonly brushed?: true;
  readonly corrects?: string;
  readonly retracted?: true;
}

export function packRecord(record: PriceObservation): PackedRecord {
  const { id, kind, price, currency, at, recordedAt } = record;
  return {
    id,
    kind,
    price,
    currency,
    at: new Date(at),
    recordedAt: new Date(recordedAt),
    ...(record.sku === null ? {} : { sku: record.sku }),
    ...(record.quantity === 1 ? {} : { quantity: record.quantity }),
    ...(record.layer === 'public' ? {} : { layer: record.layer }),
    ...(record.platformSubsidy === 0n ? {} : { platformSubsidy: record.platformSubsidy }),
    ...(record.refunded ? { refunded: true as const } : {}),
    ...(record.brushed ? { brushed: true as const } : {}),
    ...(record.corrects === null ? {} : { corrects: record.corrects }),
    ...(record.retracted ? { retracted: true as const } : {}),
  };
}

export function unpackRecord(packed: PackedRecord): PriceObservation {
  return {
    id: packed.id,
    sku: packed.sku ?? null,
    kind: packed.kind,
    price: packed.price,
    currency: packed.currency,
    at: packed.at.getTime(),
    recordedAt: packed.recordedAt.getTime(),
    quantity: packed.quantity ?? 1,
    layer: packed.layer ?? 'public',
    platformSubsidy: packed.platformSubsidy ?? 0n,
    refunded: packed.refunded ?? false,
    brushed: packed.brushed ?? false,
    corrects: packed.corrects ?? null,
    retracted: packed.retracted ?? false,
  };
}
