import type { Instant, Window } from '../time.ts';
import { DAY } from '../time.ts';
import { daysBefore } from '../time-zone.ts';
import type { EuClaimInput } from './claim-input.ts';
import type { CountedPrice, PriceSeries } from './history.ts';
import { isCompleteFrom, lowestOf, offersInForce } from './history.ts';
import type { PriceArticle, PriceBasis } from './verdict.ts';

/**
 * The prior price of art. 6a, or what is known of it. `known` false with a `price` means: the prior price is that or
 * lower.
 */
export interface PriorPrice {
  readonly known: boolean;
  readonly price: CountedPrice | null;
  readonly basis: PriceBasis;
  readonly article: PriceArticle;
  /** Start of the period that has to be known. */
  readonly from: Instant;
  /** The goods were on the market for less than the period, and the member state sets no shorter one. */
  readonly newlyListed: boolean;
  /** A progressive reduction is claimed and not borne out. */
  readonly progressiveNotShown: boolean;
}

interface Anchor {
  readonly at: Instant;
  readonly firstStep: boolean;
  readonly notShown: boolean;
}

/** Prices of the public layer between the first step and the claim, the one that the first step replaced first. */
function stepsOf(series: PriceSeries, window: Window): { before: CountedPrice | null; steps: CountedPrice[] } {
  let before: CountedPrice | null = null;
  const steps: CountedPrice[] = [];
  for (const offer of series.offers) {
    if (offer.layer !== 'public') continue;
    if (offer.at >= window.to) break;
    if (offer.at < window.from) before = offer;
    else steps.push(offer);
  }
  return { before, steps };
}

function neverRises(before: CountedPrice, steps: readonly CountedPrice[], salePrice: bigint): boolean {
  let previous = before.price;
  for (const step of steps) {
    if (step.price > previous) return false;
    previous = step.price;
  }
  return salePrice <= previous;
}

function gapsWithin(steps: readonly CountedPrice[], end: Instant, limitDays: number | null): boolean {
  if (limitDays === null) return true;
  let previous: Instant | null = null;
  for (const at of [...steps.map((step) => step.at), end]) {
    if (previous !== null && at - previous > limitDays * DAY) return false;
    previous = at;
  }
  return true;
}

/**
 * The instant before which the prior price is looked for: the start of the reduction. A claim that goes on with a
 * reduction already under way is anchored to that reduction's start: always when the price has not changed since, and
 * under art. 6a(5) when it has only fallen. Anything else is a new reduction.
 */
function anchorOf(input: EuClaimInput, series: PriceSeries): Anchor {
  const { startsAt, campaignStartsAt } = input.claim;
  const plain = { at: startsAt, firstStep: false, notShown: false };
  if (campaignStartsAt === null || campaignStartsAt >= startsAt) return plain;
  const { before, steps } = stepsOf(series, { from: campaignStartsAt, to: startsAt });
  const first = steps[0];
  const reduces = before !== null && first !== undefined && first.price < before.price && first.at === campaignStartsAt;
  if (!reduces || !isCompleteFrom(series, campaignStartsAt)) return { ...plain, notShown: true };
  if (steps.every((step) => step.price === input.salePrice)) return { ...plain, at: campaignStartsAt };
  const uninterrupted =
    neverRises(before, steps, input.salePrice) && gapsWithin(steps, startsAt, input.policy.maxStepGapDays);
  return input.policy.progressive && uninterrupted
    ? { at: campaignStartsAt, firstStep: true, notShown: false }
    : { ...plain, notShown: true };
}

function lowestIn(series: PriceSeries, window: Window, layers: EuClaimInput['policy']['countedLayers']) {
  const inForce: CountedPrice[] = [];
  let complete = isCompleteFrom(series, window.from);
  let startsWithin = false;
  for (const layer of layers) {
    const known = offersInForce(series, layer, window);
    inForce.push(...known.inForce);
    complete &&= known.complete;
    if (layer === 'public') startsWithin = known.startsWithin;
  }
  return { lowest: lowestOf(inForce), complete, startsWithin };
}

function lastPrice(series: PriceSeries, at: Instant): { price: CountedPrice | null; known: boolean } {
  const { before } = stepsOf(series, { from: at, to: at + 1 });
  return { price: before, known: before !== null && isCompleteFrom(series, before.at) };
}

/** The prior price of the claim's goods: art. 6a(2), or what the member state provides under 6a(3) to 6a(5). */
export function priorPrice(input: EuClaimInput, series: PriceSeries): PriorPrice {
  const { policy } = input;
  const anchor = anchorOf(input, series);
  const common = { newlyListed: false, progressiveNotShown: anchor.notShown };
  if (input.perishable && policy.perishable === 'last_price') {
    const { price, known } = lastPrice(series, anchor.at);
    const settled = known ? price : null;
    return { ...common, known, price: settled, basis: 'last_price', article: 'EU-98-6-6a-3', from: anchor.at };
  }
  const window = daysBefore(policy.zone, anchor.at, policy.priorWindowDays);
  const { lowest, complete, startsWithin } = lowestIn(series, window, policy.countedLayers);
  const basis = anchor.firstStep ? 'first_step' : 'lowest_offer_30d';
  const article = anchor.firstStep ? 'EU-98-6-6a-5' : 'EU-98-6-6a-2';
  const result = { ...common, known: complete && lowest !== null, price: lowest, from: window.from };
  if (!startsWithin) return { ...result, basis, article };
  return policy.newlyListed === 'since_listing'
    ? { ...result, basis: 'since_listing', article: 'EU-98-6-6a-4' }
    : { ...result, basis, article, known: false, newlyListed: true };
}
