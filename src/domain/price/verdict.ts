import type { Instant } from '../time.ts';

export type VerdictKind = 'ok' | 'violation' | 'out_of_scope' | 'insufficient_history' | 'review';

/** What the cap rests on. */
export type PriceBasis =
  | 'lowest_sale_7d'
  | 'last_sale'
  | 'never_sold'
  | 'labelled_msrp'
  | 'disclosed_basis'
  | 'external_evidence'
  | 'lowest_offer_30d'
  | 'first_step'
  | 'last_price'
  | 'since_listing'
  | 'run_before'
  | 'offered_period'
  | 'share_of_units'
  | 'share_of_time'
  | 'usual_markup'
  | 'area_price';

/** The provision that decided, as rules and reasons cite it. */
export type PriceArticle =
  | 'CN-56-16-1'
  | 'CN-56-16-2'
  | 'CN-56-16-3'
  | 'CN-56-17-1'
  | 'CN-56-17-2'
  | 'CN-56-18'
  | 'CN-56-19-2'
  | 'CN-56-19-5'
  | 'CN-56-19-6'
  | 'CN-56-19-7'
  | 'CN-56-20-1'
  | 'CN-56-20-2'
  | 'CN-56-21-1'
  | 'CN-56-21-2'
  | 'CN-56-21-3'
  | 'CN-32-21'
  | 'CN-CPR-6-5'
  | 'EU-98-6-6a-1'
  | 'EU-98-6-6a-2'
  | 'EU-98-6-6a-3'
  | 'EU-98-6-6a-4'
  | 'EU-98-6-6a-5'
  | 'UK-DMCC-226'
  | 'UK-CMA-DURATION'
  | 'UK-CMA-VOLUME'
  | 'US-16-233-1-a'
  | 'US-16-233-1-b'
  | 'US-16-233-1-c'
  | 'US-16-233-1-d'
  | 'US-16-233-1-e'
  | 'US-16-233-2'
  | 'US-16-233-3'
  | 'US-16-233-5'
  | 'CA-74-01-1-a'
  | 'CA-74-01-2'
  | 'CA-74-01-3'
  | 'CA-74-01-3-a'
  | 'CA-74-01-3-b'
  | 'AU-ACL-18'
  | 'AU-ACL-29-1-i';

export type FindingCode =
  | 'reference_above_cap'
  | 'percent_overstated'
  | 'never_sold'
  | 'never_offered'
  | 'details_untrue'
  | 'details_unsupported'
  | 'msrp_unlabelled'
  | 'msrp_unsupported'
  | 'comparison_unsupported'
  | 'facts_missing'
  | 'raise_then_cut'
  | 'raised_recently'
  | 'reference_too_short'
  | 'not_offered_recently'
  | 'too_few_sales'
  | 'share_too_small'
  | 'not_good_faith'
  | 'good_faith_presumed'
  | 'good_faith_doubtful'
  | 'not_openly_offered'
  | 'inflated_above_usual'
  | 'reduction_meaningless'
  | 'reduction_small'
  | 'not_like_grade'
  | 'imperfect_not_disclosed'
  | 'promotion_length_unknown'
  | 'promotion_units_unknown'
  | 'reference_not_above_price'
  | 'reference_currency_differs'
  | 'gift_untrue'
  | 'settled_above_shown'
  | 'promise_refused'
  | 'conditions_hidden'
  | 'coupon_refused'
  | 'scope_differs'
  | 'period_not_shown'
  | 'clearance_untrue'
  | 'headline_below_detail'
  | 'no_comparison'
  | 'no_reduction'
  | 'prior_not_indicated'
  | 'not_announced'
  | 'not_general'
  | 'not_own_prior_price'
  | 'perishable_exempt'
  | 'newly_listed'
  | 'progressive_not_shown'
  | 'history_incomplete'
  | 'foreign_currency'
  | 'variants_disagree'
  | 'law_not_in_force'
  | 'law_not_supported';

export interface Finding {
  readonly code: FindingCode;
  readonly article: PriceArticle | null;
  readonly evidence: readonly string[];
}

/** Order 56 art. 21: recorded for the person who decides; never changes the verdict by itself. */
export interface Mitigation {
  readonly code: 'no_intent' | 'better_deal_paid' | 'rounding';
  readonly article: PriceArticle;
  readonly evidence: readonly string[];
}

/** What was counted: `value` of `of`, or `value` where `of` is needed. Plain numbers: units, or whole days. */
export interface Measure {
  readonly code: 'units_share' | 'days_share' | 'run_days' | 'units_in_run' | 'days_offered' | 'units_sold';
  readonly value: number;
  readonly of: number;
}

/** What is missing where history does not reach. */
export interface HistoryNeed {
  /** Complete history from this instant on would settle the claim. */
  readonly from: Instant;
  /** With what is being recorded now, a claim that starts at or after this instant could be judged; null if unknown. */
  readonly knownFrom: Instant | null;
}

export interface PriceVerdict {
  readonly verdict: VerdictKind;
  /**
   * The highest reference price that the rule permits, minor units of the listing's currency; null when there is none
   * or it is not known. With `capIsBound` the true cap is this or lower, which was enough to decide.
   */
  readonly cap: bigint | null;
  readonly capIsBound: boolean;
  readonly basis: PriceBasis | null;
  readonly article: PriceArticle | null;
  /** Ids of the observations that decided. */
  readonly evidence: readonly string[];
  readonly mitigations: readonly Mitigation[];
  readonly findings: readonly Finding[];
  readonly measures: readonly Measure[];
  readonly need: HistoryNeed | null;
  /** Id and version of the policy, null when none applies. */
  readonly policy: { readonly id: string; readonly version: number } | null;
}
