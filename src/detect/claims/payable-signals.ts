import type { ListingSnapshot } from '../../domain/listing.ts';
import { type Payable, type PayablePrice, payableOf, reachOfHeadline } from '../../domain/payable/payable.ts';
import type { PayablePolicy } from '../../domain/payable/policy.ts';
import { known, type SignalValue, unknown } from '../../domain/signal.ts';
import { evidenceOf, type ReadText } from './texts.ts';

export interface PayableSignals {
  readonly signals: Readonly<Record<string, SignalValue>>;
  /** What a piece may truly come to, beyond the price shown. */
  readonly prices: readonly bigint[];
}

const NO_POLICY = unknown({ zh: '该法域没有优惠叠加顺序', en: 'No order of stacking is known for the jurisdiction' });
const NO_HEADLINE = unknown({
  zh: '请提供首页价格或文字中的到手价',
  en: 'Send the headline price, or state the price after promotions in words',
});
const UNREAD = unknown({
  zh: '请用已知的优惠类型说明全部优惠',
  en: 'State every promotion by a kind that the order of stacking names',
});

/** No promotions and nothing to compare with: the price shown is what everyone pays. */
const PLAIN: PayableSignals = { signals: { 'payable.promotionCount': known(0n) }, prices: [] };

/** What the promotions of a listing make of its price. */
export function payableSignals(
  listing: ListingSnapshot,
  policy: PayablePolicy | null,
  texts: readonly ReadText[],
): PayableSignals {
  const count = listing.promotions.length;
  const promised = headlineOf(listing, texts);
  if (count === 0 && promised === null) return PLAIN;
  if (policy === null) {
    return { signals: { 'payable.promotionCount': known(BigInt(count)), 'payable.lowest': NO_POLICY }, prices: [] };
  }
  const { price, promotions, at } = listing;
  const payable = payableOf({ price, promotions, at, policy });
  const { lowest, typical, claimable } = payable;
  return {
    signals: { ...amounts(payable), ...headline(payable, promised, policy), ...composition(payable, count) },
    prices: [lowest.unitNet, lowest.unitPaid, typical.unitNet, typical.unitPaid, claimable.unitPaid],
  };
}

/** A price that the listing shows or promises in words as what is paid in the end. */
interface Headline {
  readonly amount: bigint;
  readonly evidence: readonly string[];
}

function headlineOf(listing: ListingSnapshot, texts: readonly ReadText[]): Headline | null {
  let best: Headline | null = null;
  for (const text of texts) {
    for (const claim of text.claims) {
      if (claim.kind !== 'sale' || !claim.afterLayers || claim.amount.currency !== listing.currency) continue;
      if (best === null || claim.amount.minor < best.amount) {
        best = { amount: claim.amount.minor, evidence: [evidenceOf(text, claim)] };
      }
    }
  }
  const shown = listing.headlinePrice;
  if (shown !== null && shown < listing.price && (best === null || shown < best.amount)) {
    return { amount: shown, evidence: ['headlinePrice'] };
  }
  return best;
}

function amounts({ lowest, typical, claimable, unreadKinds }: Payable): Record<string, SignalValue> {
  const unread = unreadKinds.length > 0;
  return {
    'payable.lowest': unread ? UNREAD : known(lowest.unitNet, evidenceOfPrice(lowest)),
    'payable.lowestReach': unread ? UNREAD : known(lowest.reachBps),
    'payable.typical': unread ? UNREAD : known(typical.unitPaid, evidenceOfPrice(typical)),
    'payable.claimable': unread ? UNREAD : known(claimable.unitPaid, evidenceOfPrice(claimable)),
    'payable.platformSubsidy': unread ? UNREAD : known(lowest.subsidy),
  };
}

function evidenceOfPrice({ applied }: PayablePrice): string[] {
  return applied.map((index) => `promotions[${index}]`);
}

function headline(payable: Payable, promised: Headline | null, policy: PayablePolicy): Record<string, SignalValue> {
  if (promised === null) {
    return {
      'payable.headline': NO_HEADLINE,
      'payable.headlineReach': NO_HEADLINE,
      'payable.headlineNeeds': NO_HEADLINE,
    };
  }
  const shown = known(promised.amount, promised.evidence);
  const reached = reachOfHeadline(payable, promised.amount, policy);
  if (reached === null && payable.unreadKinds.length > 0) {
    return { 'payable.headline': shown, 'payable.headlineReach': UNREAD, 'payable.headlineNeeds': UNREAD };
  }
  const reach = reached?.reachBps ?? 0n;
  return {
    'payable.headline': shown,
    'payable.headlineReach': known(reach, reached === null ? promised.evidence : evidenceOfPrice(reached)),
    'payable.headlineFew': known(reach < BigInt(policy.fewBps)),
    'payable.headlineNeeds': known(reached === null ? [] : needsOf(reached)),
    'payable.headlinePieces': known(BigInt(reached?.quantity ?? 0)),
  };
}

/** Who must buy: audiences by name. */
function needsOf({ audiences }: PayablePrice): string[] {
  return [...audiences];
}

function composition({ refusals, unreadKinds, giftValue }: Payable, count: number): Record<string, SignalValue> {
  const refused = refusals.flatMap(({ promotions }) => promotions.map((index) => `promotions[${index}]`));
  return {
    'payable.promotionCount': known(BigInt(count)),
    'payable.refusals': known([...new Set(refusals.map(({ code }) => code))], [...new Set(refused)]),
    'payable.unreadKinds': known(unreadKinds),
    'payable.giftValue': known(giftValue),
  };
}
