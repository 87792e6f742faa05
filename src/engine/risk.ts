/** What a subject may be suspected of; the glossary in docs gives the Chinese names. */
export const RISKS = [
  'fake_goods',
  'channel_diversion',
  'inflated_original_price',
  'exaggerated_discount',
  'inferior_goods',
  'advertising_claim',
  'price_isolation_breach',
  'return_abuse',
  'review_manipulation',
] as const;

export type Risk = (typeof RISKS)[number];

/** Answers from mildest to most severe. */
export const OUTCOMES = ['allow', 'allow_with_notice', 'inspect', 'review', 'reject'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What a constraint can demand at least, and what a probability can lead to: every outcome but `allow`. */
export const ACTIONS = ['allow_with_notice', 'inspect', 'review', 'reject'] as const;

export type Action = (typeof ACTIONS)[number];

/** Position in the order of severity, 0 for `allow`. */
export function severity(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}

export function moreSevere(left: Outcome, right: Outcome): Outcome {
  return severity(right) > severity(left) ? right : left;
}
