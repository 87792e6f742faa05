import { parseMajor, parseScaled } from '../domain/money.ts';
import type { ClaimFacts, GiftFacts, StatedPractice } from '../domain/price/facts.ts';
import type { Fields } from './fields.ts';
import { amount, instant, type Reading, refuse, wholeNumber } from './price-fields.ts';

const PRACTICES: readonly StatedPractice[] = [
  'promise_refused',
  'conditions_hidden',
  'coupon_refused',
  'scope_differs',
];
const IMPERFECT = /^(seconds?|irregulars?|imperfect|defective|damaged|b-?grade|factory seconds?)$/i;
/** A markup without "percent" in its name is a fraction below this, and a percentage from it on. */
const LARGEST_FRACTION = 5;

/** The claim, a group `facts` in it or beside it, and the case around it: the first that has the field. */
class Places {
  private readonly places: readonly Fields[];
  private readonly reading: Reading;

  constructor(places: readonly Fields[], reading: Reading) {
    this.places = places;
    this.reading = reading;
  }

  first<T>(read: (fields: Fields) => T | null | undefined): T | undefined {
    for (const place of this.places) {
      const value = read(place);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  }

  flag(...names: string[]): boolean | undefined {
    return this.first((fields) => fields.flag(...names));
  }

  count(...names: string[]): number | undefined {
    return this.first((fields) => wholeNumber(fields, ...names));
  }

  amount(...names: string[]): bigint | undefined {
    return this.first((fields) => amount(fields, this.reading, ...names));
  }

  instant(...names: string[]): number | undefined {
    return this.first((fields) => instant(fields, this.reading, ...names));
  }
}

/** A rate in basis points; a bare number below five is a fraction, so that 0.5 and 50 are both half. */
function markupBps(fields: Fields): bigint | undefined {
  const percent = fields.find('usual_markup_pct', 'usual_markup_percent', 'markup_pct', 'markup_percent');
  if (percent.value !== undefined) return parseScaled(percent.value, 8, percent.pointer) / 1_000_000n;
  const { value, pointer } = fields.find('usual_markup', 'markup');
  if (value === undefined) return undefined;
  const isFraction = Number(value) < LARGEST_FRACTION;
  return parseScaled(value, 8, pointer) / (isFraction ? 10_000n : 1_000_000n);
}

/** One price, or the middle one of several. */
function areaPrice(fields: Fields, { currency }: Reading): bigint | undefined {
  const names = ['area_price', 'area_prices', 'market_price', 'prevailing_price', 'principal_outlets_price'];
  const { value, pointer } = fields.find(...names);
  if (value === undefined) return undefined;
  const listed = Array.isArray(value) ? value : [value];
  const prices = listed.map((one, index) =>
    parseMajor(one, currency, listed === value ? `${pointer}/${index}` : pointer),
  );
  prices.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return prices[Math.floor((prices.length - 1) / 2)];
}

function practices(fields: Fields): readonly StatedPractice[] | undefined {
  const { value, pointer } = fields.find('practices');
  const listed = Array.isArray(value)
    ? value.map((one, index) => {
        const known = PRACTICES.find((practice) => practice === one);
        return known ?? refuse(`${pointer}/${index}`, `is none of ${PRACTICES.join(', ')}`);
      })
    : [];
  if (value !== undefined && !Array.isArray(value)) return refuse(pointer, 'must be a list');
  const flagged = PRACTICES.filter((practice) => fields.flag(practice) === true);
  return listed.length + flagged.length === 0 ? undefined : [...new Set([...listed, ...flagged])];
}

function gift(fields: Fields, reading: Reading): GiftFacts | undefined {
  const group = fields.group('gift');
  if (group === null) return undefined;
  const named = group.text('name') !== undefined;
  const counted = wholeNumber(group, 'quantity', 'qty') !== undefined;
  const currentPrice = amount(group, reading, 'current_price', 'price');
  return {
    described: named && counted,
    shownValue: amount(group, reading, 'value', 'shown_value'),
    ...(currentPrice === null ? {} : { currentPrice }),
  };
}

function imperfect(fields: Fields): boolean | undefined {
  const stated = fields.flag('imperfect', 'seconds', 'irregular');
  const grade = fields.text('grade');
  return stated ?? (grade === undefined ? undefined : IMPERFECT.test(grade.trim()));
}

function defined<T extends object>(values: { readonly [Key in keyof T]: T[Key] | undefined }): Partial<T> {
  const result: Partial<T> = {};
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/**
 * The stated facts of a case, from the claim, a group `facts`, or the case around them. `units_sold` counts units at the
 * reference; `total_units` counts all.
 * @throws TouchstoneError `validation_failed`, naming the field.
 */
export function factsOf(
  claim: Fields,
  around: Fields,
  reading: Reading,
  referenceCurrency: string | undefined,
): ClaimFacts {
  const groups = [claim.group('facts'), around.group('facts')].filter((group) => group !== null);
  const places = new Places([claim, ...groups, around], reading);
  const usualPrice = places.amount('usual_price');
  return defined<ClaimFacts>({
    goodFaith: places.flag('good_faith'),
    expectedUnits: places.count('expected_promo_units', 'expected_units', 'promo_units', 'units_at_promo'),
    offeredDays: places.count('offered_days', 'days_offered', 'offered_for_days', 'days_at_reference', 'days_at_ref'),
    openlyOffered: places.flag('openly_offered', 'openly_listed', 'actively_offered'),
    unitsAtReference: places.count(
      'units_at_reference',
      'units_sold_at_reference',
      'units_sold_at_ref',
      'units_at_ref',
      'units_sold',
      'sold_units',
    ),
    unitsSold: places.count('total_units', 'units_total', 'total_units_sold'),
    raisedAt: places.instant('raised_at', 'price_raised_at', 'last_raised_at', 'increased_at'),
    cost: usualPrice ?? places.amount('cost', 'unit_cost'),
    usualMarkupBps: usualPrice === undefined ? places.first(markupBps) : 0n,
    areaPrice: places.first((fields) => areaPrice(fields, reading)),
    likeGrade: places.flag('like_grade', 'same_grade', 'comparable_grade', 'like_grade_and_quality'),
    imperfect: places.first(imperfect),
    imperfectDisclosed: places.flag('imperfect_disclosed', 'grade_disclosed', 'seconds_disclosed'),
    settledPrice: places.amount('settled_price', 'charged_price'),
    practices: places.first(practices),
    gift: places.first((fields) => gift(fields, reading)),
    noIntent: places.flag('no_intent', 'no_intent_evidence'),
    goodReason: places.flag('good_reason'),
    restocked: places.flag('restocked'),
    referenceCurrency,
  });
}
