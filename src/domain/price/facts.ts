import type { Instant } from '../time.ts';

/** Practices that Order 56 names and that price records do not show. */
export type StatedPractice = 'promise_refused' | 'conditions_hidden' | 'coupon_refused' | 'scope_differs';

/** A gift of a promotion (Order 56 art. 18). Amounts are minor units of the listing's currency. */
export interface GiftFacts {
  /** Name and quantity are shown. */
  readonly described?: boolean;
  /** The value that is shown for it; null when none is. */
  readonly shownValue?: bigint | null;
  /** Its price in the same premises at the time. */
  readonly currentPrice?: bigint;
}

/**
 * Facts of a claim that somebody stated, beside what is recorded. An absent fact is unknown. Where a fact and the
 * records speak of the same thing the fact stands, because it is what the trader has to establish.
 */
export interface ClaimFacts {
  /** The higher price was set in good faith (CA 74.01(3)(b), US 233.1). */
  readonly goodFaith?: boolean;
  /** Units expected to sell in the promotion (UK). */
  readonly expectedUnits?: number;
  /** Days on offer at the reference before the claim (US, AU). */
  readonly offeredDays?: number;
  readonly openlyOffered?: boolean;
  /** Units sold at the reference or above before the claim, and units sold in all. */
  readonly unitsAtReference?: number;
  readonly unitsSold?: number;
  /** When the price was last raised (AU). */
  readonly raisedAt?: Instant;
  /** Minor units. */
  readonly cost?: bigint;
  readonly usualMarkupBps?: bigint;
  /** Price at which substantial sales are made by others in the area, minor units. */
  readonly areaPrice?: bigint;
  /** The compared goods are of like grade and quality. */
  readonly likeGrade?: boolean;
  /** Seconds, irregular or damaged goods, and whether the buyer is told that the higher price is for perfect ones. */
  readonly imperfect?: boolean;
  readonly imperfectDisclosed?: boolean;
  /** What buyers were charged, minor units. */
  readonly settledPrice?: bigint;
  readonly practices?: readonly StatedPractice[];
  readonly gift?: GiftFacts;
  /** There is evidence that nobody meant to deceive (Order 56 art. 21(1)). */
  readonly noIntent?: boolean;
  /** The price was raised for a good reason (Order 56 art. 17(1)). */
  readonly goodReason?: boolean;
  /** Stock was added during what was called a clearance. */
  readonly restocked?: boolean;
  /** Currency of the reference where it is not that of the price. */
  readonly referenceCurrency?: string;
}
