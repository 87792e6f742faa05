import type { Instant } from '../../../domain/time.ts';
import { ordered, type Seen } from './claimed-price.ts';

/** A countdown as it was shown: at `at` it promised to end at `endsAt`, for goods at `price`. */
export interface Countdown {
  readonly id: string;
  readonly at: Instant;
  readonly endsAt: Instant;
  /** Minor units. */
  readonly price: bigint;
}

/**
 * How often a countdown began again: one shown later ends later, and the price is no higher than it was, so that
 * nothing ended. `tolerance` in milliseconds is left to clocks. A countdown after which the price rose, or which was
 * shortened, is no restart; neither is one that begins after a pause of `pause` milliseconds.
 */
export function countdownRestarts(shown: readonly Countdown[], tolerance: number, pause: number): Seen<number> {
  const evidence: string[] = [];
  let restarts = 0;
  let previous: Countdown | null = null;
  for (const countdown of ordered(shown)) {
    if (previous !== null) {
      const later = countdown.endsAt > previous.endsAt + tolerance;
      const prompt = countdown.at < previous.endsAt + pause;
      if (later && prompt && countdown.price <= previous.price) {
        restarts += 1;
        evidence.push(previous.id, countdown.id);
      }
    }
    previous = countdown;
  }
  return { value: restarts, evidence: [...new Set(evidence)] };
}

/** Stock as the feed reported it. */
export interface StockLevel {
  readonly id: string;
  readonly at: Instant;
  readonly units: number;
}

/** "Only N left" as it was shown. */
export interface LastPieces {
  readonly id: string;
  readonly at: Instant;
  readonly pieces: number;
}

export interface FalseScarcity {
  /** Times that stock rose while the words went on. */
  readonly refills: number;
  /** Times that more was in stock than the words said. */
  readonly overstated: number;
  readonly evidence: readonly string[];
}

function levelAt(levels: readonly StockLevel[], at: Instant): StockLevel | null {
  let level: StockLevel | null = null;
  for (const one of levels) {
    if (one.at > at) break;
    level = one;
  }
  return level;
}

/**
 * "Last N pieces" beside the stock feed: shown again after a refill, or shown with more in stock. Null when no level of
 * stock is known for any of the words.
 */
export function falseScarcity(shown: readonly LastPieces[], stock: readonly StockLevel[]): FalseScarcity | null {
  const levels = ordered(stock);
  const words = ordered(shown);
  const last = words.at(-1);
  const first = words[0];
  if (first === undefined || last === undefined || levels.length === 0) return null;
  const evidence: string[] = [];
  let [refills, overstated, judged] = [0, 0, 0];
  for (const word of words) {
    const level = levelAt(levels, word.at);
    if (level === null) continue;
    judged += 1;
    if (level.units <= word.pieces) continue;
    overstated += 1;
    evidence.push(word.id, level.id);
  }
  for (const [index, level] of levels.entries()) {
    const before = levels[index - 1];
    const during = level.at > first.at && level.at < last.at;
    if (before === undefined || !during || level.units <= before.units) continue;
    refills += 1;
    evidence.push(before.id, level.id);
  }
  return judged === 0 && refills === 0 ? null : { refills, overstated, evidence: [...new Set(evidence)] };
}
