import type { Instant } from '../time.ts';
import type { PriceLayer } from './observation.ts';

/** How sure we are of a policy's parameters: the text was read, a secondary source was read, or neither. */
export type Confidence = 'read' | 'secondary' | 'unverified';

export interface PolicySource {
  readonly title: string;
  /** ISO date on which the parameters were last compared with the source. */
  readonly checkedOn: string;
  readonly confidence: Confidence;
}

interface PolicyHead {
  readonly id: string;
  readonly version: number;
  /** `CN`, `EU` (the directive alone) or `EU-XX` (as the member state transposed it). */
  readonly jurisdiction: string;
  /** Conduct that starts at or after this instant, and before the next version's, is judged by this version. */
  readonly effectiveFrom: Instant;
  readonly source: PolicySource;
  /** Zone in which days are counted and dates without zone are read, unless the shop states its own. */
  readonly zone: string;
  readonly currency: string;
  /** Prices of these layers count for the reference. */
  readonly countedLayers: readonly PriceLayer[];
  /** A claimed percentage may exceed the true one by this much, because it is shown rounded. */
  readonly percentToleranceBps: bigint;
  /** Days of history before the claim that the descriptive signals look at. */
  readonly lookbackDays: number;
  /** A rise of at least `raiseBps` within `withinDays` before the claim, with a smaller share of units sold at it. */
  readonly raiseThenCut: {
    readonly raiseBps: bigint;
    readonly withinDays: number;
    readonly maxUnitShareBps: bigint;
  };
}

/** Order 56 of the State Administration for Market Regulation. */
export interface CnPricePolicy extends PolicyHead {
  readonly law: 'CN';
  readonly dealWindowDays: number;
  /** What a sale that the platform subsidised counts as: the full price, or what the buyer paid of it. */
  readonly subsidisedSale: 'full_price' | 'buyer_paid';
  /** Art. 21(3): differences from rounding the amount to pay, in minor units. */
  readonly roundingUnit: bigint;
}

export type PerishableRule = 'standard' | 'exempt' | 'last_price';
export type NewlyListedRule = 'none' | 'since_listing';

/** Directive 98/6/EC art. 6a with the options of 6a(3) to 6a(5). */
export interface EuPricePolicy extends PolicyHead {
  readonly law: 'EU';
  readonly priorWindowDays: number;
  readonly progressive: boolean;
  /** Longest time between two steps of one progressive reduction; null where the law sets none. */
  readonly maxStepGapDays: number | null;
  readonly perishable: PerishableRule;
  /** Categories (with all below them) whose goods deteriorate or expire rapidly. */
  readonly perishableCategories: readonly string[];
  readonly newlyListed: NewlyListedRule;
}

export type PricePolicy = CnPricePolicy | EuPricePolicy;

/** Every version of every jurisdiction, in no particular order. */
export type PricePolicySet = readonly PricePolicy[];

export type PolicyLookup =
  | { readonly status: 'in_force'; readonly policy: PricePolicy }
  | { readonly status: 'not_yet_in_force'; readonly from: Instant }
  | { readonly status: 'unsupported' };

function versionsFor(policies: PricePolicySet, jurisdiction: string): PricePolicySet {
  const exact = policies.filter((policy) => policy.jurisdiction === jurisdiction);
  if (exact.length > 0 || !jurisdiction.startsWith('EU-')) return exact;
  return policies.filter((policy) => policy.jurisdiction === 'EU');
}

/** The version in force when the conduct began. A member state without its own policy is judged by the directive's. */
export function policyInForce(policies: PricePolicySet, jurisdiction: string, at: Instant): PolicyLookup {
  const versions = versionsFor(policies, jurisdiction);
  let best: PricePolicy | null = null;
  let earliest: Instant | null = null;
  for (const policy of versions) {
    if (earliest === null || policy.effectiveFrom < earliest) earliest = policy.effectiveFrom;
    if (policy.effectiveFrom <= at && (best === null || policy.effectiveFrom > best.effectiveFrom)) best = policy;
  }
  if (best !== null) return { status: 'in_force', policy: best };
  return earliest === null ? { status: 'unsupported' } : { status: 'not_yet_in_force', from: earliest };
}

/** Whether the policy treats goods of the category as perishable. */
export function isPerishable(policy: PricePolicy, category: string): boolean {
  if (policy.law !== 'EU') return false;
  return policy.perishableCategories.some((prefix) => category === prefix || category.startsWith(`${prefix}/`));
}

/** The most days before a claim that the policy looks at. */
export function longestWindowDays(policy: PricePolicy): number {
  const lawDays = policy.law === 'CN' ? policy.dealWindowDays : policy.priorWindowDays;
  return Math.max(lawDays, policy.lookbackDays, policy.raiseThenCut.withinDays);
}
