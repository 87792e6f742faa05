/**
 * How a reference moved beside the price. `none` fewer than two references; `steady` one value; `climbs` it went up, to
 * a value never shown before, while the price did not; `toggles` it went back and forth between the same two values, as
 * when a sale begins and ends; `moves` anything else: it followed the price, or fell.
 */
export type ReferencePath = 'none' | 'steady' | 'climbs' | 'toggles' | 'moves';

/** Where a sale price lies beside the lowest price of the period before: three findings that are never lumped together. */
export type AgainstPrior = 'above' | 'equal' | 'below';

/**
 * `raised` the price went up beyond what it had been; `promotion_ended` it only went back to what it was before it had
 * fallen; `none` it did not go up. A fourth finding, apart from the three above.
 */
export type Rise = 'none' | 'promotion_ended' | 'raised';
