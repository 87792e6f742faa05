import type { Instant } from './time.ts';

/** ISO 3166 based: the law that a listing is shown under. */
export type Jurisdiction = 'CN' | 'UK' | 'US' | 'CA' | 'AU' | `EU-${string}`;

export type ClaimKind = 'own' | 'msrp' | 'market' | 'competitor';

/** What the merchant says of the compared price's basis (CN Order 56 art. 16). Absent facts are unknown. */
export interface ClaimBasis {
  /** The date, period, place or condition of the compared price is shown to the buyer. */
  readonly disclosed: boolean;
  /** The disclosed details were checked: `true` correct, `false` untrue, absent not checked. */
  readonly verified?: boolean;
  /** The claim is visibly labelled as the manufacturer's suggested price. */
  readonly labelledMsrp?: boolean;
  /** Current documentary evidence of the compared price is held. */
  readonly evidence?: boolean;
}

/** One comparison that the listing makes with a higher price. Amounts are minor units of the listing's currency. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly reference: bigint | null;
  /** Claimed reduction in basis points, 7_800 for "78% off"; null when no percentage is shown. */
  readonly percentBps: number | null;
  readonly label: string | null;
  readonly text: string | null;
  readonly sku: string | null;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  /** First step of an uninterrupted progressive reduction, where one is claimed. */
  readonly campaignStartsAt: Instant | null;
  readonly basis: ClaimBasis;
}

export interface Variant {
  readonly sku: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly price: bigint;
  readonly stock: number | null;
}

/** One layer between the price and what a buyer pays. What is absent or null is not part of its terms. */
export interface Promotion {
  readonly kind: string;
  /** Taken off; for a deposit, what the deposit is worth against the price. */
  readonly amount: bigint;
  readonly threshold: bigint | null;
  /** Combines with others of its stage of the order of stacking. */
  readonly stacks: boolean;
  readonly audience: string;
  /** The words that announce it. */
  readonly text?: string | null;
  /** Names it for `requires` and `excludes` of others. */
  readonly id?: string | null;
  /** Rate taken off, in basis points, instead of `amount`. */
  readonly percentBps?: number | null;
  /** The most that the rate takes off. */
  readonly maximum?: bigint | null;
  /** 每满: again for each multiple of the threshold. */
  readonly repeats?: boolean | null;
  /** Pieces that must be bought together. */
  readonly quantity?: number | null;
  /** Pieces among `quantity` that are free. */
  readonly freeQuantity?: number | null;
  /** Paid ahead; `amount` comes off the price for it. */
  readonly deposit?: bigint | null;
  /** What the gift is said to be worth. It never lowers the price. */
  readonly giftValue?: bigint | null;
  /** Share of the reduction that the platform pays, in basis points. */
  readonly platformShareBps?: number | null;
  readonly startsAt?: Instant | null;
  readonly endsAt?: Instant | null;
  readonly requires?: readonly string[] | null;
  readonly excludes?: readonly string[] | null;
}

export interface Lot {
  readonly id: string;
  readonly territory: string | null;
}

/** One shop's offer of one product as the platform sent it at `at`. All amounts are minor units of `currency`. */
export interface ListingSnapshot {
  readonly id: string;
  readonly shopId: string;
  readonly merchantId: string;
  readonly jurisdiction: Jurisdiction;
  readonly category: string;
  readonly title: string;
  readonly description: string | null;
  readonly brand: string | null;
  readonly gtin: string | null;
  readonly model: string | null;
  readonly condition: string | null;
  readonly grade: string | null;
  readonly madeAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly variants: readonly Variant[];
  readonly currency: string;
  readonly price: bigint;
  /** The price on the home page or another prominent place; null when not sent. */
  readonly headlinePrice: bigint | null;
  readonly promotions: readonly Promotion[];
  readonly claims: readonly Claim[];
  readonly images: readonly string[];
  readonly lots: readonly Lot[];
  readonly campaignId: string | null;
  readonly at: Instant;
}
