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
  /** `CN`, `UK`, `US`, `CA`, `AU`, `EU` (the directive alone) or `EU-XX` (as the member state transposed it). */
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

/**
 * United Kingdom: the CMA's two principles. The higher price must have run, right up to the reduction, for at least
 * `durationRatioBps` of the promotion's length, and have sold at least `volumeRatioBps` of the promotion's units.
 */
export interface UkPricePolicy extends PolicyHead {
  readonly law: 'UK';
  readonly durationRatioBps: bigint;
  readonly volumeRatioBps: bigint;
  /** How far back the run at the higher price is followed. */
  readonly runWindowDays: number;
}

/** United States: 16 CFR part 233. The rules name no figures; these are the platform's reading. */
export interface UsPricePolicy extends PolicyHead {
  readonly law: 'US';
  readonly offerWindowDays: number;
  /** Days on offer at the former price, within the window, that are a reasonably substantial period. */
  readonly minOfferedDays: number;
  /** A smaller reduction is for a person to judge; below `meaninglessBps` it is none (233.1(e)). */
  readonly minReductionBps: bigint;
  readonly meaninglessBps: bigint;
  /** Share of the units sold that makes sales at a price substantial. */
  readonly substantialShareBps: bigint;
  /** A compared price appreciably exceeds another from this rate on (233.2, 233.3). */
  readonly appreciableBps: bigint;
}

/** Canada: Competition Act s. 74.01(3), shares of which must be exceeded; equal fails. */
export interface CaPricePolicy extends PolicyHead {
  readonly law: 'CA';
  readonly volumeWindowMonths: number;
  readonly volumeShareBps: bigint;
  readonly timeWindowMonths: number;
  readonly timeShareBps: bigint;
}

/** Australia: Australian Consumer Law s. 18 and 29 as the ACCC reads them. */
export interface AuPricePolicy extends PolicyHead {
  readonly law: 'AU';
  /** Months before the sale in which the price must not have been raised to the reference. */
  readonly raiseWindowMonths: number;
  /** Days on offer at the reference, within that window, that are a reasonable period. */
  readonly minOfferedDays: number;
  /** Units sold at the reference or above, within the window. */
  readonly minUnits: number;
}

export type PricePolicy = CnPricePolicy | EuPricePolicy | UkPricePolicy | UsPricePolicy | CaPricePolicy | AuPricePolicy;

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

const MONTH_AT_MOST = 31;

/** Days before a claim that the law itself looks at, at most. */
export function lawWindowDays(policy: PricePolicy): number {
  switch (policy.law) {
    case 'CN':
      return policy.dealWindowDays;
    case 'EU':
      return policy.priorWindowDays;
    case 'UK':
      return policy.runWindowDays;
    case 'US':
      return policy.offerWindowDays;
    case 'CA':
      return Math.max(policy.volumeWindowMonths, policy.timeWindowMonths) * MONTH_AT_MOST;
    case 'AU':
      return policy.raiseWindowMonths * MONTH_AT_MOST;
  }
}

/** The most days before a claim that the policy looks at. */
export function longestWindowDays(policy: PricePolicy): number {
  return Math.max(lawWindowDays(policy), policy.lookbackDays, policy.raiseThenCut.withinDays);
}
