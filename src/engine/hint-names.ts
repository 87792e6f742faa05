/** Repairs that a rule may name; what each edits is in hint.ts. */
export const HINT_NAMES = [
  'lower-reference-to-cap',
  'remove-claim',
  'correct-percent',
  'align-headline-price',
  'label-msrp',
] as const;

export type HintName = (typeof HINT_NAMES)[number];
