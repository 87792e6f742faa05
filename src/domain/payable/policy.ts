import type { Instant } from '../time.ts';

/** One step of the order in which layers come off the price. */
export interface PayableStage {
  readonly name: string;
  /** Kinds of promotion that belong here. */
  readonly kinds: readonly string[];
  /** What a threshold is compared with: the price shown, or what earlier stages left of it. */
  readonly thresholdOf: 'list' | 'remaining';
  /** When it is paid: with the order, or back to the buyer later (返利). */
  readonly settles: 'checkout' | 'later';
  /** The platform pays for it unless the promotion says otherwise. */
  readonly platformFunded: boolean;
  /** A price that is claimed or compared may be reached through this layer. */
  readonly countsForClaim: boolean;
}

/** How layers of promotion stack under one jurisdiction's practice, and who can use them. */
export interface PayablePolicy {
  readonly id: string;
  readonly version: number;
  /** `CN`, `EU` (with its member states), ..., or `*` for all others. */
  readonly jurisdiction: string;
  readonly effectiveFrom: Instant;
  readonly source: {
    readonly title: string;
    readonly checkedOn: string;
    readonly confidence: 'read' | 'secondary' | 'unverified';
  };
  /** In order of application. */
  readonly stages: readonly PayableStage[];
  /** Share of buyers who belong to an audience, in basis points. */
  readonly audiences: Readonly<Record<string, number>>;
  /** Share taken for an audience that is not listed. */
  readonly otherAudienceBps: number;
  /** A price that fewer buyers than this can reach is reached by few. */
  readonly fewBps: number;
  /** Buying more pieces than this to reach a threshold is no ordinary purchase. */
  readonly ordinaryQuantity: number;
}

/** The version in force at `at` for the jurisdiction, else that of its union, else that of all; null when none is. */
export function payablePolicyFor(
  policies: readonly PayablePolicy[],
  jurisdiction: string,
  at: Instant,
): PayablePolicy | null {
  for (const place of [jurisdiction, jurisdiction.split('-')[0], '*']) {
    let best: PayablePolicy | null = null;
    for (const policy of policies) {
      if (policy.jurisdiction !== place || policy.effectiveFrom > at) continue;
      if (best === null || policy.effectiveFrom > best.effectiveFrom) best = policy;
    }
    if (best !== null) return best;
  }
  return null;
}
