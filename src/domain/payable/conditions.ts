import type { Promotion } from '../listing.ts';
import { WHOLE } from '../money.ts';

/** Why promotions are set aside, or a way of combining them is. */
export type RefusalCode =
  /** Together they take off more than the price. */
  | 'below_zero'
  /** Each requires another until the first is required again. */
  | 'circular'
  /** Its own terms, or what it requires and excludes, cannot hold together. */
  | 'contradictory'
  /** A rate above the whole. */
  | 'over_whole'
  /** Requires a promotion that the listing does not have. */
  | 'missing_requirement';

export interface Refusal {
  readonly code: RefusalCode;
  /** Indices among the listing's promotions, ascending. */
  readonly promotions: readonly number[];
}

/** Promotions whose terms cannot hold, whatever the buyer does. Each index is named at most once. */
export function faultyPromotions(promotions: readonly Promotion[]): Refusal[] {
  const byId = new Map<string, number>();
  const twice: number[] = [];
  promotions.forEach(({ id }, index) => {
    if (id == null) return;
    if (byId.has(id)) twice.push(index);
    else byId.set(id, index);
  });
  const refusals: Refusal[] = [];
  const named = new Set<number>();
  const refuse = (code: RefusalCode, indices: readonly number[]) => {
    const fresh = indices.filter((index) => !named.has(index));
    if (fresh.length === 0) return;
    for (const index of fresh) named.add(index);
    refusals.push({ code, promotions: [...fresh].sort((a, b) => a - b) });
  };
  for (const index of twice) refuse('contradictory', [index]);
  promotions.forEach((promotion, index) => {
    const code = ownFault(promotion) ?? requirementFault(promotion, promotions, byId);
    if (code !== null) refuse(code, [index]);
  });
  for (const cycle of cycles(promotions, byId)) refuse('circular', cycle);
  refuseDependents(promotions, byId, named, refuse);
  return refusals;
}

function ownFault(promotion: Promotion): RefusalCode | null {
  const { percentBps, amount, threshold, quantity, freeQuantity, deposit, startsAt, endsAt } = promotion;
  if (percentBps != null && BigInt(percentBps) > WHOLE) return 'over_whole';
  if (threshold !== null && threshold > 0n && amount > threshold) return 'contradictory';
  if (freeQuantity != null && freeQuantity >= (quantity ?? 0)) return 'contradictory';
  if (quantity != null && quantity < 1) return 'contradictory';
  if (deposit != null && deposit > amount) return 'contradictory';
  if (startsAt != null && endsAt != null && endsAt <= startsAt) return 'contradictory';
  return null;
}

function requirementFault(
  { requires, excludes }: Promotion,
  promotions: readonly Promotion[],
  byId: ReadonlyMap<string, number>,
): RefusalCode | null {
  for (const id of requires ?? []) {
    const index = byId.get(id);
    const required = index === undefined ? undefined : promotions[index];
    if (required === undefined) return 'missing_requirement';
    if (excludes?.includes(id)) return 'contradictory';
  }
  return null;
}

/** Groups of promotions that require one another in a circle. */
function cycles(promotions: readonly Promotion[], byId: ReadonlyMap<string, number>): number[][] {
  const found: number[][] = [];
  const state = new Map<number, 'open' | 'done'>();
  const path: number[] = [];
  const visit = (index: number): void => {
    state.set(index, 'open');
    path.push(index);
    for (const id of promotions[index]?.requires ?? []) {
      const next = byId.get(id);
      if (next === undefined) continue;
      if (state.get(next) === 'open') found.push(path.slice(path.indexOf(next)));
      else if (!state.has(next)) visit(next);
    }
    path.pop();
    state.set(index, 'done');
  };
  for (const index of promotions.keys()) if (!state.has(index)) visit(index);
  return found;
}

/** What requires a faulty promotion can never apply either. */
function refuseDependents(
  promotions: readonly Promotion[],
  byId: ReadonlyMap<string, number>,
  named: ReadonlySet<number>,
  refuse: (code: RefusalCode, indices: readonly number[]) => void,
): void {
  for (let changed = true; changed; ) {
    changed = false;
    promotions.forEach(({ requires }, index) => {
      if (named.has(index)) return;
      if ((requires ?? []).some((id) => named.has(byId.get(id) ?? -1))) {
        refuse('missing_requirement', [index]);
        changed = true;
      }
    });
  }
}
