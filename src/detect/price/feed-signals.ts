import { known, type SignalValue } from '../../domain/signal.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time.ts';
import { type MarketPrice, type MarketPrior, marketPosition, scoreHundredths } from './market-position.ts';
import { type AudiencePrice, audienceSplit } from './patterns/audience-split.ts';
import type { ClaimedPrice } from './patterns/claimed-price.ts';
import { referencePath } from './patterns/reference-path.ts';
import {
  type Countdown,
  countdownRestarts,
  falseScarcity,
  type LastPieces,
  type StockLevel,
} from './patterns/scarcity.ts';

/** What the feeds of campaigns, stock and other shops tell of one listing; a feed that has nothing is null. */
export interface Feeds {
  readonly claimed: readonly ClaimedPrice[] | null;
  readonly countdowns: readonly Countdown[] | null;
  readonly lastPieces: readonly LastPieces[] | null;
  readonly stock: readonly StockLevel[] | null;
  readonly audiences: readonly AudiencePrice[] | null;
  readonly market: { readonly others: readonly MarketPrice[]; readonly wider: MarketPrior | null } | null;
}

const CLOCK_TOLERANCE = 5 * MINUTE;
const PAUSE = DAY;
const SEEN_TOGETHER = HOUR;

/** Signals of the listing that rest on feeds. What a feed does not tell is absent, and so unknown. */
export function feedSignals(price: bigint, feeds: Feeds): Readonly<Record<string, SignalValue>> {
  const signals: Record<string, SignalValue> = {};
  if (feeds.claimed !== null) {
    const path = referencePath(feeds.claimed);
    if (path.value !== 'none') signals['listing.referencePath'] = known(path.value, path.evidence);
  }
  if (feeds.countdowns !== null && feeds.countdowns.length > 0) {
    const restarts = countdownRestarts(feeds.countdowns, CLOCK_TOLERANCE, PAUSE);
    signals['listing.countdownRestarts'] = known(BigInt(restarts.value), restarts.evidence);
  }
  if (feeds.lastPieces !== null && feeds.stock !== null) {
    const scarcity = falseScarcity(feeds.lastPieces, feeds.stock);
    if (scarcity !== null) signals['listing.stockRefills'] = known(BigInt(scarcity.refills), scarcity.evidence);
  }
  if (feeds.audiences !== null) {
    const split = audienceSplit(feeds.audiences, SEEN_TOGETHER);
    if (split !== null) signals['listing.audienceSplit'] = known(split.value, split.evidence);
  }
  if (feeds.market !== null) {
    const position = marketPosition(price, feeds.market.others, feeds.market.wider);
    if (position !== null) signals['listing.marketScore'] = known(scoreHundredths(position), position.evidence);
  }
  return signals;
}
