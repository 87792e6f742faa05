import type { Instant } from '../../../domain/time.ts';

/** A price as it was shown at an instant, with the reference beside it; null where none was shown. */
export interface ClaimedPrice {
  readonly id: string;
  readonly at: Instant;
  /** Minor units. */
  readonly price: bigint;
  readonly reference: bigint | null;
}

/** What a detector saw, with the ids of the records that show it. */
export interface Seen<Value> {
  readonly value: Value;
  readonly evidence: readonly string[];
}

/** Records in order of time; equal instants keep the order in which they were given. */
export function ordered<Record extends { readonly at: Instant }>(records: readonly Record[]): readonly Record[] {
  return [...records].sort((left, right) => left.at - right.at);
}
