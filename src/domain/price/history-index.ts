import { DAY, type Instant } from '../time.ts';
import type { ClaimInput } from './claim-input.ts';
import type { PriceObservation } from './observation.ts';
import { longestWindowDays } from './policy.ts';
import { inOrder, isReal, resolveObservations } from './resolve.ts';

/** Fewer records are judged faster than looked up. */
const WORTH_INDEXING = 256;

/** Records that count as prices, by sku, layer, kind and currency, each list in order of time. */
interface HistoryIndex {
  readonly lists: readonly (readonly PriceObservation[])[];
  /** When the last of all records became known. */
  readonly lastRecordedAt: Instant;
}

/** Null for a history with corrections or retractions, which depends on who looks when. */
const indexes = new WeakMap<readonly PriceObservation[], HistoryIndex | null>();

function isAlike(left: PriceObservation, right: PriceObservation): boolean {
  return (
    left.sku === right.sku && left.kind === right.kind && left.layer === right.layer && left.currency === right.currency
  );
}

/** The lists of one sku by the first record of each: they are few, and looking is faster than making keys. */
class Lists {
  private readonly bySku = new Map<string | null, PriceObservation[][]>();

  add(record: PriceObservation): void {
    const lists = this.bySku.get(record.sku);
    if (lists === undefined) {
      this.bySku.set(record.sku, [[record]]);
      return;
    }
    for (const list of lists) {
      const [first] = list;
      if (first !== undefined && isAlike(first, record)) {
        list.push(record);
        return;
      }
    }
    lists.push([record]);
  }

  ordered(): readonly (readonly PriceObservation[])[] {
    return [...this.bySku.values()].flat().map(inOrder);
  }
}

function buildIndex(observations: readonly PriceObservation[]): HistoryIndex | null {
  const lists = new Lists();
  let lastRecordedAt = Number.NEGATIVE_INFINITY;
  for (const record of observations) {
    if (record.corrects !== null || record.retracted) return null;
    if (record.recordedAt > lastRecordedAt) lastRecordedAt = record.recordedAt;
    if (isReal(record)) lists.add(record);
  }
  return { lists: lists.ordered(), lastRecordedAt };
}

function indexOf(observations: readonly PriceObservation[]): HistoryIndex | null {
  const known = indexes.get(observations);
  if (known !== undefined) return known;
  const built = buildIndex(observations);
  indexes.set(observations, built);
  return built;
}

/** Position of the first record at or after the instant. */
function firstFrom(list: readonly PriceObservation[], instant: Instant): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.at ?? Number.POSITIVE_INFINITY) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the stretch begins that a verdict looks at: the window's first record, or the last ones before it. */
function opening(list: readonly PriceObservation[], from: Instant): number {
  const first = firstFrom(list, from);
  const last = list[first - 1];
  return last === undefined ? first : firstFrom(list, last.at);
}

/** Disclosed details may rest on any deal ever made. */
function looksAtAll({ claim, policy }: ClaimInput): boolean {
  return policy.law === 'CN' && claim.basis.disclosed && claim.basis.verified === undefined;
}

/**
 * The records that the claim's verdict can depend on, as they were known: those of the policy's longest window and, of
 * each sku, layer, kind and currency, the last before it. A long history is indexed when it is first judged, so that
 * the time for further verdicts grows with the window's records and not with the history's.
 */
export function recordsFor(input: ClaimInput): readonly PriceObservation[] {
  const { history, knownAt, claim, policy } = input;
  const { observations } = history;
  if (observations.length < WORTH_INDEXING || looksAtAll(input)) return resolveObservations(observations, knownAt);
  const index = indexOf(observations);
  if (index === null || index.lastRecordedAt > knownAt) return resolveObservations(observations, knownAt);
  const start = Math.min(claim.startsAt, claim.campaignStartsAt ?? claim.startsAt);
  const from = start - (longestWindowDays(policy) + 1) * DAY;
  return index.lists.flatMap((list) => list.slice(opening(list, from)));
}
