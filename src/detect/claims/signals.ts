import { currencyExponent } from '../../domain/currency.ts';
import type { ListingSnapshot } from '../../domain/listing.ts';
import type { PayablePolicy } from '../../domain/payable/policy.ts';
import { known, type SignalValue } from '../../domain/signal.ts';
import { type PayableSignals, payableSignals } from './payable-signals.ts';
import { claimTextSignals, SILENT, textSignals } from './text-signals.ts';
import { type ReadText, readTexts } from './texts.ts';

export interface ClaimsSignals {
  readonly listing: Readonly<Record<string, SignalValue>>;
  /** One record per claim of the listing, in its order. */
  readonly claims: readonly Readonly<Record<string, SignalValue>>[];
}

const NO_CONTRADICTION = { 'claim.textContradicts': known(false) };

/**
 * What the words of a listing claim of its price, and what its promotions make of it. Pure; the time taken grows with
 * the length of the texts. `policy` null: no order of stacking is known, and no payable price either.
 */
export function claimsSignals(listing: ListingSnapshot, policy: PayablePolicy | null): ClaimsSignals {
  const texts = readTexts(listing);
  const payable = payableSignals(listing, policy, texts);
  if (texts.length === 0) {
    return { listing: merged(SILENT, payable), claims: listing.claims.map(() => NO_CONTRADICTION) };
  }
  return worded(listing, texts, payable);
}

function worded(listing: ListingSnapshot, texts: readonly ReadText[], payable: PayableSignals): ClaimsSignals {
  const unit = 10n ** BigInt(currencyExponent(listing.currency) ?? 2);
  const prices = [...new Set([listing.price, ...listing.variants.map(({ price }) => price), ...payable.prices])];
  const claims = listing.claims.map((_, index) => claimTextSignals(listing, texts, index, prices, unit));
  return { listing: merged(textSignals(listing, texts, prices, unit), payable), claims };
}

function merged(words: Readonly<Record<string, SignalValue>>, { signals }: PayableSignals) {
  return Object.assign({}, words, signals);
}
