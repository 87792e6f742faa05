import type { Instant } from '../time.ts';

export type ObservationKind = 'offer' | 'sale';
export type PriceLayer = 'public' | 'member' | 'coupon' | 'livestream' | 'rebate';

/**
 * One thing that was seen of a listing's price. Bitemporal: `at` is when it held, `recordedAt` when it became known.
 * An offer is in force from `at` until the next offer of the same sku and layer; a sale is the price paid per unit,
 * net of shop coupons. A correction is a new record that names the corrected one in `corrects` and keeps its `at`.
 */
export interface PriceObservation {
  readonly id: string;
  readonly sku: string | null;
  readonly kind: ObservationKind;
  /** Minor units of `currency`, per unit. */
  readonly price: bigint;
  readonly currency: string;
  readonly at: Instant;
  readonly recordedAt: Instant;
  /** Units sold; 1 for an offer. */
  readonly quantity: number;
  readonly layer: PriceLayer;
  /** Part of the price that the platform paid, minor units. */
  readonly platformSubsidy: bigint;
  readonly refunded: boolean;
  readonly brushed: boolean;
  readonly corrects: string | null;
  /** The record is withdrawn: what it names in `corrects` never happened. */
  readonly retracted: boolean;
}

/**
 * What is known of a listing's price. `completeSince` is the instant from which every change is known to be recorded:
 * before it nothing is known, so an empty window there means "unknown", not "no change". `null`: nothing is known to
 * be complete. Observations are in no particular order and may hold corrections.
 */
export interface PriceHistory {
  readonly observations: readonly PriceObservation[];
  readonly completeSince: Instant | null;
  /**
   * Where only a part was read: before this instant the observations hold no more than the last price of each sku,
   * layer and kind. Absent: they hold everything that is recorded.
   */
  readonly readFrom?: Instant;
}
