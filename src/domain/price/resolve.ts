import type { Instant } from '../time.ts';
import type { PriceObservation } from './observation.ts';

function isLater(left: PriceObservation, right: PriceObservation): boolean {
  if (left.recordedAt !== right.recordedAt) return left.recordedAt > right.recordedAt;
  return left.id > right.id;
}

/** Id of the first record in the chain of corrections that leads to `record`; its own id when it corrects nothing. */
export function rootOf(record: PriceObservation, byId: ReadonlyMap<string, PriceObservation>): string {
  let root = record.id;
  let next = record.corrects;
  for (let hops = 0; next !== null && hops <= byId.size; hops += 1) {
    root = next;
    next = byId.get(next)?.corrects ?? null;
  }
  return root;
}

/**
 * The records as they were known at `knownAt`: those recorded later do not exist yet, of a record and its corrections
 * the one recorded last stands (the greater id on a tie), and what was retracted is gone.
 */
export function resolveObservations(
  observations: readonly PriceObservation[],
  knownAt: Instant,
): readonly PriceObservation[] {
  let plain = true;
  for (const record of observations) {
    if (record.recordedAt > knownAt || record.corrects !== null || record.retracted) {
      plain = false;
      break;
    }
  }
  if (plain) return observations;
  const byId = new Map(observations.map((record) => [record.id, record]));
  const standing = new Map<string, PriceObservation>();
  for (const record of observations) {
    if (record.recordedAt > knownAt) continue;
    const root = rootOf(record, byId);
    const current = standing.get(root);
    if (current === undefined || isLater(record, current)) standing.set(root, record);
  }
  return [...standing.values()].filter((record) => !record.retracted);
}

function byTime(left: PriceObservation, right: PriceObservation): number {
  if (left.at !== right.at) return left.at - right.at;
  return isLater(left, right) ? 1 : -1;
}

/** In order of time, then of recording, then of id; the same list when it is already. */
export function inOrder(records: readonly PriceObservation[]): readonly PriceObservation[] {
  for (let index = 1; index < records.length; index += 1) {
    const [left, right] = [records[index - 1], records[index]];
    if (left !== undefined && right !== undefined && byTime(left, right) > 0) return [...records].sort(byTime);
  }
  return records;
}

/** Whether the record states a price that was really asked or paid: refunded and brushed sales do not. */
export function isReal(record: PriceObservation): boolean {
  return !record.retracted && (record.kind === 'offer' || (!record.refunded && !record.brushed));
}
