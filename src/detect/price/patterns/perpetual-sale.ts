import type { Window } from '../../../domain/time.ts';
import { type ClaimedPrice, ordered } from './claimed-price.ts';

export interface PerpetualSale {
  /** Share of the observed time in which a reference was shown above the price, basis points. */
  readonly onSaleBps: bigint;
  /** Time that the records cover, milliseconds; before the first of them nothing is known. */
  readonly observed: number;
  /** Whether the lowest reference that was shown was ever asked while nothing was compared. */
  readonly referenceAsked: boolean;
  readonly evidence: readonly string[];
}

/**
 * How much of the window the price was shown as reduced. A point holds until the next, but for no longer than
 * `holdsFor` milliseconds, so that a gap in the records is a gap. Null when nothing was observed in it.
 */
export function perpetualSale(points: readonly ClaimedPrice[], window: Window, holdsFor: number): PerpetualSale | null {
  const inOrder = ordered(points);
  let observed = 0;
  let onSale = 0;
  const evidence: string[] = [];
  let lowestReference: bigint | null = null;
  let highestAsked: bigint | null = null;
  for (const [index, { id, at, price, reference }] of inOrder.entries()) {
    const until = Math.min(inOrder[index + 1]?.at ?? window.to, at + holdsFor, window.to);
    const length = until - Math.max(at, window.from);
    if (length <= 0) continue;
    observed += length;
    if (reference !== null && reference > price) {
      onSale += length;
      if (evidence.length < 20) evidence.push(id);
      if (lowestReference === null || reference < lowestReference) lowestReference = reference;
    } else if (highestAsked === null || price > highestAsked) highestAsked = price;
  }
  if (observed === 0) return null;
  const referenceAsked = lowestReference !== null && highestAsked !== null && highestAsked >= lowestReference;
  return { onSaleBps: BigInt(Math.round((onSale / observed) * 10_000)), observed, referenceAsked, evidence };
}
