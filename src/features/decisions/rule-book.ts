import type { PricePolicySet } from '../../domain/price/policy.ts';
import type { Pack } from '../../engine/pack.ts';

/** Everything that judges: one immutable pack and the price policies, both loaded at start. */
export interface RuleBook {
  readonly pack: Pack;
  readonly pricePolicies: PricePolicySet;
}
