import type { Claim, ListingSnapshot } from '../../domain/listing.ts';
import { known, type SignalValue, unknown } from '../../domain/signal.ts';
import { END_OF_TIME } from '../../domain/time.ts';

/** Words by which a text announces a reduction, longest first within a language; matched without regard to case. */
const DISCOUNT_WORDS: readonly string[] = [
  '限时折扣',
  '限时抢购',
  '跳楼价',
  '清仓',
  '甩卖',
  '特价',
  '秒杀',
  '直降',
  '立减',
  '立省',
  '折扣',
  '促销',
  '降价',
  '原价',
  '划线价',
  'clearance',
  'discount',
  'reduced',
  'sale',
  'save',
  'was',
];

const WORD = /[a-z]/;

function contains(text: string, word: string): boolean {
  if (!WORD.test(word)) return text.includes(word);
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1];
    const after = text[at + word.length];
    if ((before === undefined || !WORD.test(before)) && (after === undefined || !WORD.test(after))) return true;
  }
  return false;
}

function discountWords(listing: ListingSnapshot): readonly string[] {
  const texts = [listing.title, listing.description ?? ''];
  for (const claim of listing.claims) texts.push(claim.label ?? '', claim.text ?? '');
  const text = texts.join('\n').toLowerCase();
  return DISCOUNT_WORDS.filter((word) => contains(text, word));
}

const NO_HEADLINE = unknown({
  zh: '请提供首页或其他显著位置展示的价格',
  en: 'Send the price shown on the home page or in another prominent place',
});
const NO_VARIANTS = unknown({ zh: '请提供各规格的价格', en: 'Send the price of each variant' });

function extreme(listing: ListingSnapshot, better: (left: bigint, right: bigint) => boolean): SignalValue {
  const [first, ...rest] = listing.variants;
  if (first === undefined) return NO_VARIANTS;
  let chosen = first;
  for (const variant of rest) if (better(variant.price, chosen.price)) chosen = variant;
  return known(chosen.price, [chosen.sku]);
}

function overlap(left: Claim, right: Claim): boolean {
  return (left.endsAt ?? END_OF_TIME) > right.startsAt && (right.endsAt ?? END_OF_TIME) > left.startsAt;
}

/** Two comparisons of one kind, for one variant and at one time, that name different prices. */
function claimsDisagree({ claims }: ListingSnapshot): SignalValue {
  for (const [index, left] of claims.entries()) {
    for (let other = index + 1; other < claims.length; other += 1) {
      const right = claims[other];
      if (right === undefined || right.kind !== left.kind || right.sku !== left.sku) continue;
      if (left.reference === null || right.reference === null || left.reference === right.reference) continue;
      if (overlap(left, right)) return known(true, [`claims[${index}]`, `claims[${other}]`]);
    }
  }
  return known(false);
}

/** Signals that the snapshot alone gives. */
export function listingSignals(listing: ListingSnapshot): Readonly<Record<string, SignalValue>> {
  return {
    'listing.price': known(listing.price),
    'listing.headlinePrice': listing.headlinePrice === null ? NO_HEADLINE : known(listing.headlinePrice),
    'listing.claimCount': known(BigInt(listing.claims.length)),
    'listing.category': known(listing.category),
    'listing.jurisdiction': known(listing.jurisdiction),
    'listing.discountWords': known(discountWords(listing)),
    'listing.minVariantPrice': extreme(listing, (left, right) => left < right),
    'listing.maxVariantPrice': extreme(listing, (left, right) => left > right),
    'listing.claimsDisagree': claimsDisagree(listing),
    'listing.currency': known(listing.currency),
  };
}
