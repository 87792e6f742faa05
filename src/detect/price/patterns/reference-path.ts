import { reductionBps } from '../../../domain/money.ts';
import type { ReferencePath } from '../../../domain/price/pattern-kinds.ts';
import { type ClaimedPrice, ordered, type Seen } from './claimed-price.ts';

export interface ReferenceClimb extends Seen<ReferencePath> {
  /** Rises to new values while the price did not rise. */
  readonly climbs: number;
  /** Total of those rises from the first reference, basis points. */
  readonly climbedBps: bigint;
}

interface Claimed {
  readonly id: string;
  readonly price: bigint;
  readonly reference: bigint;
}

function claimedOnly(points: readonly ClaimedPrice[]): readonly Claimed[] {
  return ordered(points).flatMap(({ id, price, reference }) => (reference === null ? [] : [{ id, price, reference }]));
}

/** Where exactly two values take turns, at least once there and back. */
function alternates(claims: readonly Claimed[]): boolean {
  const values = new Set(claims.map(({ reference }) => reference));
  if (values.size !== 2) return false;
  let turns = 0;
  for (let index = 1; index < claims.length; index += 1) {
    if (claims[index]?.reference !== claims[index - 1]?.reference) turns += 1;
  }
  return turns >= 2;
}

/**
 * How the reference moved beside the price. A rise counts as climbing only from `minimumBps` on, to a new highest value,
 * and when the price stayed or fell.
 */
export function referencePath(points: readonly ClaimedPrice[], minimumBps = 100n): ReferenceClimb {
  const claims = claimedOnly(points);
  const [first] = claims;
  const none = { value: 'none', evidence: [], climbs: 0, climbedBps: 0n } as const;
  if (first === undefined || claims.length < 2) return none;
  if (claims.every(({ reference }) => reference === first.reference)) return { ...none, value: 'steady' };
  if (alternates(claims)) return { ...none, value: 'toggles', evidence: claims.slice(0, 3).map(({ id }) => id) };
  const evidence: string[] = [];
  let highest = first;
  let previous = first;
  let climbs = 0;
  for (const claim of claims.slice(1)) {
    const rise = -(reductionBps(highest.reference, claim.reference) ?? 0n);
    if (rise >= minimumBps && claim.price <= previous.price && claim.price <= highest.price) {
      climbs += 1;
      if (climbs === 1) evidence.push(highest.id);
      evidence.push(claim.id);
    }
    if (claim.reference > highest.reference) highest = claim;
    previous = claim;
  }
  if (climbs === 0) return { ...none, value: 'moves' };
  const climbedBps = -(reductionBps(first.reference, highest.reference) ?? 0n);
  return { value: 'climbs', evidence, climbs, climbedBps };
}
