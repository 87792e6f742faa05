import type { ListingSnapshot } from '../../domain/listing.ts';
import { known, type SignalValue, unknown } from '../../domain/signal.ts';
import { checkOffer, isImpossible, offersOf } from './arithmetic.ts';
import { contradictions } from './contradiction.ts';
import { type ImpliedClaim, impliedClaims, singlePrice } from './implied.ts';
import type { PackText, PriceWordMeaning, TextClaim, UnitPriceText } from './text-claim.ts';
import { evidenceOf, type ReadText } from './texts.ts';

type SignalRecord = Readonly<Record<string, SignalValue>>;

/** What a listing without a claim in words says. */
export const SILENT: SignalRecord = { 'text.claimCount': known(0n) };

const NO_REFERENCE = unknown({ zh: '文字中没有可确定的比较价格', en: 'The words state or imply no compared price' });
const NO_PERCENT = unknown({ zh: '文字中没有折扣幅度', en: 'The words state no rate of reduction' });
const NO_SAVING = unknown({ zh: '文字中没有降价金额', en: 'The words state no amount taken off' });

interface Placed {
  readonly text: ReadText;
  readonly claim: TextClaim;
}

/** Signals of a listing whose texts make at least one claim. `prices` are those that it may truly ask. */
export function textSignals(
  listing: ListingSnapshot,
  texts: readonly ReadText[],
  prices: readonly bigint[],
  unit: bigint,
): SignalRecord {
  const placed = texts.flatMap((text) => text.claims.map((claim): Placed => ({ text, claim })));
  const implied = impliedClaims(listing, texts);
  const reference = highest(implied);
  const contradicting = listing.claims.length === 0 ? contradictions(listing, texts, null, prices, unit) : [];
  return {
    'text.claimCount': known(BigInt(placed.length)),
    'text.reference': reference === null ? NO_REFERENCE : known(reference.reference, reference.evidence),
    'text.referenceImplied': reference === null ? NO_REFERENCE : known(reference.from !== 'stated'),
    'text.referenceCount': distinctReferences(implied),
    'text.percent': largestRate(placed, false),
    'text.upToPercent': largestRate(placed, true),
    'text.saving': largestSaving(placed, listing.currency),
    'text.lowestWords': words(placed, ['lowest_ever', 'lowest_anywhere']),
    'text.clearanceWords': words(placed, ['clearance']),
    'text.factoryWords': words(placed, ['factory']),
    ...sums(texts, listing.currency, unit),
    'text.impossible': flag(placed.filter(({ claim }) => isImpossible(claim))),
    'text.contradicts': known(contradicting.length > 0, contradicting),
    'text.foreignCurrency': flag(placed.filter(({ claim }) => isForeign(claim, listing.currency))),
    'text.perUnitConfusion': perUnit(listing, placed, unit),
  };
}

/** Signals of one claim against its own words, and against the listing's where it is the only claim. */
export function claimTextSignals(
  listing: ListingSnapshot,
  texts: readonly ReadText[],
  index: number,
  prices: readonly bigint[],
  unit: bigint,
): SignalRecord {
  const evidence = contradictions(listing, texts, index, prices, unit);
  return { 'claim.textContradicts': known(evidence.length > 0, evidence) };
}

function flag(placed: readonly Placed[]): SignalValue {
  return known(
    placed.length > 0,
    placed.map(({ text, claim }) => evidenceOf(text, claim)),
  );
}

function highest(implied: readonly ImpliedClaim[]): ImpliedClaim | null {
  let best: ImpliedClaim | null = null;
  for (const each of implied) if (best === null || each.reference > best.reference) best = each;
  return best;
}

/** How many different earlier prices of its own the texts state. */
function distinctReferences(implied: readonly ImpliedClaim[]): SignalValue {
  const own = implied.filter(({ kind, from }) => kind === 'own' && from === 'stated');
  const evidence = own.flatMap((each) => each.evidence);
  return known(BigInt(new Set(own.map(({ reference }) => reference)).size), evidence);
}

function largestRate(placed: readonly Placed[], upTo: boolean): SignalValue {
  let best: { readonly bps: number; readonly at: Placed } | null = null;
  for (const at of placed) {
    if (at.claim.kind !== 'percent' || at.claim.upTo !== upTo) continue;
    if (best === null || at.claim.bps > best.bps) best = { bps: at.claim.bps, at };
  }
  return best === null ? NO_PERCENT : known(BigInt(best.bps), [evidenceOf(best.at.text, best.at.claim)]);
}

function largestSaving(placed: readonly Placed[], currency: string): SignalValue {
  let best: { readonly minor: bigint; readonly at: Placed } | null = null;
  for (const at of placed) {
    if (at.claim.kind !== 'saving' || at.claim.upTo || at.claim.amount.currency !== currency) continue;
    if (best === null || at.claim.amount.minor > best.minor) best = { minor: at.claim.amount.minor, at };
  }
  return best === null ? NO_SAVING : known(best.minor, [evidenceOf(best.at.text, best.at.claim)]);
}

function words(placed: readonly Placed[], meanings: readonly PriceWordMeaning[]): SignalValue {
  const found = placed.filter(({ claim }) => claim.kind === 'word' && meanings.includes(claim.meaning));
  return known(
    [...new Set(found.map(({ text, claim }) => text.text.slice(claim.start, claim.end)))],
    found.map(({ text, claim }) => evidenceOf(text, claim)),
  );
}

function sums(texts: readonly ReadText[], currency: string, unit: bigint): SignalRecord {
  const wrong: string[] = [];
  const overstated: string[] = [];
  for (const text of texts) {
    for (const offer of offersOf(text, currency)) {
      const finding = checkOffer(offer, unit);
      if (finding === null || finding === 'agrees') continue;
      const used = [offer.reference, offer.sale, offer.saving, offer.percent];
      const evidence = used.flatMap((claim) => (claim === null ? [] : [evidenceOf(text, claim)]));
      wrong.push(...evidence);
      if (finding === 'overstated') overstated.push(...evidence);
    }
  }
  return {
    'text.arithmeticWrong': known(wrong.length > 0, wrong),
    'text.arithmeticOverstates': known(overstated.length > 0, overstated),
  };
}

function isForeign(claim: TextClaim, currency: string): boolean {
  switch (claim.kind) {
    case 'reference':
    case 'sale':
    case 'saving':
    case 'unit_price':
      return claim.amount.currency !== currency;
    case 'threshold':
      return [claim.threshold, claim.off].some((amount) => amount !== null && amount.currency !== currency);
    case 'deposit':
      return [claim.deposit, claim.offsets].some((amount) => amount.currency !== currency);
    default:
      return false;
  }
}

const SEVERAL_PRICES = unknown({ zh: '请为每个规格分别说明单价', en: 'State the price per unit of each variant' });

/**
 * A price per piece stands beside a pack of several, and the listing's price is neither the piece's nor, times the
 * pack, the pack's: or it is the piece's while a pack is offered.
 */
function perUnit(listing: ListingSnapshot, placed: readonly Placed[], unit: bigint): SignalValue {
  const isUnitPrice = (each: Placed): each is Placed & { claim: UnitPriceText } =>
    each.claim.kind === 'unit_price' && each.claim.amount.currency === listing.currency && COUNTED.has(each.claim.unit);
  const isPack = (each: Placed): each is Placed & { claim: PackText } => each.claim.kind === 'pack';
  const unitPrices = placed.filter(isUnitPrice);
  const packs = placed.filter(isPack);
  if (unitPrices.length === 0 || packs.length === 0) return known(false);
  const price = singlePrice(listing);
  if (price === null) return SEVERAL_PRICES;
  const fits = unitPrices.some(({ claim }) =>
    packs.some((pack) => {
      const whole = claim.amount.minor * BigInt(pack.claim.pieces);
      const apart = whole > price ? whole - price : price - whole;
      return apart < unit;
    }),
  );
  return fits ? known(false) : flag([...unitPrices, ...packs]);
}

/** Units that a pack holds several of; a price per kilogram beside a pack is no confusion. */
const COUNTED: ReadonlySet<string> = new Set([
  ...['件', '瓶', '盒', '包', '袋', '支', '片', '个', '只', '双', '条', '罐', '张', '枚', '颗', '粒'],
  ...['piece', 'pc', 'unit', 'each', 'item', 'stück'],
]);
