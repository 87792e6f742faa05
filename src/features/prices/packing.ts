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

type Writable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

export function packRecord(record: PriceObservation): PackedRecord {
  const { id, kind, price, currency } = record;
  const at = new Date(record.at);
  const recordedAt = new Date(record.recordedAt);
  const packed: Writable<PackedRecord> = { id, kind, price, currency, at, recordedAt };
  if (record.sku !== null) packed.sku = record.sku;
  if (record.quantity !== 1) packed.quantity = record.quantity;
  if (record.layer !== 'public') packed.layer = record.layer;
  if (record.platformSubsidy !== 0n) packed.platformSubsidy = record.platformSubsidy;
  if (record.refunded) packed.refunded = true;
  if (record.brushed) packed.brushed = true;
  if (record.corrects !== null) packed.corrects = record.corrects;
  if (record.retracted) packed.retracted = true;
  return packed;
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
