import { isCurrency } from '../domain/currency.ts';
import { type FieldError, TouchstoneError } from '../domain/errors.ts';
import type { Claim, ClaimKind } from '../domain/listing.ts';
import { divideHalfEven, parseMajor, parseScaled } from '../domain/money.ts';
import type { ClaimAudience, ClaimInput } from '../domain/price/claim-input.ts';
import type { PriceLayer, PriceObservation } from '../domain/price/observation.ts';
import {
  type EuPricePolicy,
  type PolicyLookup,
  type PricePolicy,
  type PricePolicySet,
  policyInForce,
} from '../domain/price/policy.ts';
import { BEGINNING_OF_TIME, END_OF_TIME, type Instant } from '../domain/time.ts';
import { isZone, minusCalendarDays } from '../domain/time-zone.ts';
import { Fields } from './fields.ts';
import { factsOf } from './price-facts.ts';
import { amount, flag, instant, type Reading, refuse, required, wholeNumber } from './price-fields.ts';

/** Remarks for people. */
const NOT_OURS = /\/(expect|why|source|note|comment|title)$/;

/** A case as it is judged, or what keeps it from being judged. */
export type PriceCase =
  | {
      readonly status: 'ready';
      readonly id: string | number;
      readonly input: ClaimInput;
      readonly amounts: 'number' | 'string';
      /** Pointers of fields that no rule reads; they may be misspelt. */
      readonly unused: readonly string[];
    }
  | { readonly status: 'no_policy'; readonly id: string | number; readonly lookup: WithoutPolicy };

export type WithoutPolicy = Exclude<PolicyLookup, { readonly status: 'in_force' }>;

const OTHER_JURISDICTIONS = ['UK', 'US', 'CA', 'AU'];
const KINDS: Readonly<Record<string, ClaimKind>> = {
  own: 'own',
  was: 'own',
  former: 'own',
  msrp: 'msrp',
  rrp: 'msrp',
  list: 'msrp',
  market: 'market',
  area: 'market',
  retail: 'market',
  comparable: 'market',
  competitor: 'competitor',
};
/** Names of the currency of the compared price, where it is not that of the sale price. */
const REFERENCE_CURRENCY = ['reference_currency', 'compared_currency', 'compared_price_currency'];
const LAYERS: readonly PriceLayer[] = ['public', 'member', 'coupon', 'livestream', 'rebate'];
const AUDIENCES: Readonly<Record<string, ClaimAudience>> = {
  everyone: 'everyone',
  public: 'everyone',
  all: 'everyone',
  loyalty: 'loyalty',
  members: 'loyalty',
  individual: 'individual',
  personal: 'individual',
};

function jurisdictionOf(fields: Fields): string {
  const text = fields.text('jurisdiction') ?? refuse(fields.at('jurisdiction'), 'is missing');
  if (text === 'GB') return 'UK';
  if (text === 'CN' || text === 'EU' || /^EU-[A-Z]{2}$/.test(text) || OTHER_JURISDICTIONS.includes(text)) return text;
  return refuse(fields.at('jurisdiction'), `${JSON.stringify(text)} is none of CN, EU, EU-XX, UK, US, CA, AU`);
}

function evidenceHeld(claim: Fields, around: Fields): boolean | undefined {
  const current = flag(claim, around, 'evidence_current', 'msrp_current');
  const held = flag(claim, around, 'evidence', 'evidence_held');
  return current === false ? false : held;
}

function audienceOf(claim: Fields, around: Fields): ClaimAudience {
  const text = claim.text('audience') ?? around.text('audience');
  if (text !== undefined) {
    return AUDIENCES[text] ?? refuse(claim.at('audience'), `${JSON.stringify(text)} is no audience`);
  }
  if (flag(claim, around, 'personalised', 'personalized') === true) return 'individual';
  return flag(claim, around, 'loyalty', 'loyalty_only', 'members_only') === true ? 'loyalty' : 'everyone';
}

function percentBps(fields: Fields): number | null {
  const { value, pointer } = fields.find('pct', 'percent', 'percentage');
  if (value === undefined || value === null) return null;
  const scaled = divideHalfEven(parseScaled(value, 8, pointer), 1_000_000n);
  return scaled > 10_000n ? refuse(pointer, 'is more than 100 percent') : Number(scaled);
}

function ofReference(claim: Fields, reading: Reading): Reading {
  return { ...reading, currency: claim.text(...REFERENCE_CURRENCY) ?? reading.currency };
}

function basisOf(claim: Fields, around: Fields): Claim['basis'] {
  const verified = flag(claim, around, 'details_true');
  const labelledMsrp = flag(claim, around, 'labelled_msrp', 'labeled_msrp');
  const evidence = evidenceHeld(claim, around);
  return {
    disclosed: flag(claim, around, 'details_disclosed', 'disclosed') ?? false,
    ...(verified === undefined ? {} : { verified }),
    ...(labelledMsrp === undefined ? {} : { labelledMsrp }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** The end that is stated, by its instant or by the length of the promotion in days. */
function endOf(claim: Fields, reading: Reading, startsAt: Instant): Instant | null {
  const stated = instant(claim, reading, 'end', 'ends_at');
  const days = wholeNumber(claim, 'promo_days', 'duration_days', 'planned_days', 'planned_promo_days');
  return stated ?? (days === undefined ? null : minusCalendarDays(reading.zone, startsAt, -days));
}

function claimOf(claim: Fields, around: Fields, reading: Reading): Claim {
  const kindText = claim.text('kind') ?? 'own';
  const kind = KINDS[kindText] ?? refuse(claim.at('kind'), `${JSON.stringify(kindText)} is no kind of claim`);
  const startsAt = instant(claim, reading, 'start', 'starts_at') ?? refuse(claim.at('start'), 'is missing');
  const endsAt = endOf(claim, reading, startsAt);
  if (endsAt !== null && endsAt < startsAt) return refuse(claim.at('end'), 'lies before the start');
  return {
    kind,
    reference: amount(claim, ofReference(claim, reading), 'compared_price', 'reference', 'reference_price'),
    percentBps: percentBps(claim),
    label: claim.text('label') ?? null,
    text: claim.text('text') ?? null,
    sku: claim.text('sku') ?? null,
    startsAt,
    endsAt,
    campaignStartsAt: instant(claim, reading, 'campaign_start', 'campaign_starts_at', 'first_step'),
    basis: basisOf(claim, around),
  };
}

function observationOf(row: Fields, reading: Reading, index: number): PriceObservation {
  const kindText = row.text('kind') ?? refuse(row.at('kind'), 'is missing');
  const kind = kindText === 'tx' || kindText === 'sale' ? 'sale' : kindText === 'offer' ? 'offer' : null;
  if (kind === null) return refuse(row.at('kind'), `${JSON.stringify(kindText)} is neither offer nor tx`);
  const at = instant(row, reading, 't', 'at') ?? refuse(row.at('t'), 'is missing');
  const own = { ...reading, currency: row.text('currency') ?? reading.currency };
  const price = required(row, own, 'price');
  const subsidy = row.find('platform_subsidy', 'subsidy');
  const platformSubsidy = subsidy.value === undefined ? 0n : parseMajor(subsidy.value, own.currency, subsidy.pointer);
  if (platformSubsidy > price) return refuse(subsidy.pointer, 'is more than the price');
  const layer = LAYERS.find((known) => known === (row.text('layer') ?? 'public'));
  if (layer === undefined) return refuse(row.at('layer'), `is none of ${LAYERS.join(', ')}`);
  return {
    id: row.text('id') ?? `history/${index}`,
    sku: row.text('sku') ?? null,
    kind,
    price,
    currency: own.currency,
    at,
    recordedAt: instant(row, reading, 'recorded_at') ?? at,
    quantity: row.count('qty', 'quantity') ?? 1,
    layer,
    platformSubsidy,
    refunded: row.flag('refunded', 'refund') ?? row.find('refunded_at').value != null,
    brushed: row.flag('brushed', 'brushing', 'fake') ?? false,
    corrects: row.text('corrects') ?? null,
    retracted: row.flag('retracted') ?? false,
  };
}

/** The place whose prices are compared: rows of another shop or channel are another operator's premises. */
function premises(fields: Fields): string | undefined {
  return fields.text('shop', 'shop_id', 'channel', 'premises');
}

function historyOf(around: Fields, claim: Fields, reading: Reading, errors: FieldError[]): PriceObservation[] {
  const own = premises(claim) ?? premises(around);
  const seen = new Set<string>();
  const rows: PriceObservation[] = [];
  for (const [index, row] of around.rows('history').entries()) {
    attempt(errors, () => {
      const observation = observationOf(row, reading, index);
      if (seen.has(observation.id)) refuse(row.at('id'), `${JSON.stringify(observation.id)} is stated twice`);
      seen.add(observation.id);
      const place = premises(row);
      if (place !== undefined && own === undefined) refuse(row.at('shop'), 'names a shop, but the claim names none');
      if (place === undefined || place === own) rows.push(observation);
    });
  }
  return rows;
}

/** What `read` gives; null after adding the fields that it finds broken. */
function attempt<T>(errors: FieldError[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    errors.push(...error.fields);
    return null;
  }
}

function memberStateOptions(fields: Fields, policy: EuPricePolicy): EuPricePolicy {
  const perishable = fields.text('perishable') ?? policy.perishable;
  if (perishable !== 'standard' && perishable !== 'exempt' && perishable !== 'last_price') {
    return refuse(fields.at('perishable'), 'is none of standard, exempt, last_price');
  }
  const newlyListed = fields.text('new_arrival', 'newly_listed') ?? policy.newlyListed;
  if (newlyListed !== 'none' && newlyListed !== 'since_listing') {
    return refuse(fields.at('new_arrival'), 'is none of none, since_listing');
  }
  return { ...policy, perishable, newlyListed, progressive: fields.flag('progressive') ?? policy.progressive };
}

function withOptions(policy: PricePolicy, around: Fields, zone: string): PricePolicy {
  const local = { ...policy, zone };
  const options = around.group('ms');
  return local.law === 'EU' && options !== null ? memberStateOptions(options, local) : local;
}

interface Setting extends Reading {
  readonly jurisdiction: string;
}

/** Zone and currency of the shop: stated, or the policy's. Dates cannot be read before the zone is known. */
function settingOf(around: Fields, claim: Fields, policies: PricePolicySet): Setting {
  const jurisdiction = jurisdictionOf(around);
  const latest = policyInForce(policies, jurisdiction, END_OF_TIME);
  const policy = latest.status === 'in_force' ? latest.policy : null;
  const zone = around.text('zone') ?? claim.text('zone') ?? policy?.zone ?? 'UTC';
  if (!isZone(zone)) refuse(around.at('zone'), `${JSON.stringify(zone)} is not a time zone`);
  const currency = claim.text('currency') ?? around.text('currency') ?? policy?.currency ?? 'USD';
  if (!isCurrency(currency)) refuse(claim.at('currency'), `${JSON.stringify(currency)} is not an ISO 4217 currency`);
  return { jurisdiction, zone, currency };
}

function completeSince(around: Fields, reading: Reading): Instant | null {
  const since = instant(around, reading, 'complete_since');
  if (since !== null) return since;
  return around.flag('history_complete') === false ? null : BEGINNING_OF_TIME;
}

function caseId(fields: Fields): string | number {
  const { value, pointer } = fields.find('id');
  if (typeof value === 'string' || typeof value === 'number') return value;
  return refuse(pointer, 'is missing');
}

function amountForm(claim: Fields): 'number' | 'string' {
  const { value } = claim.find('compared_price', 'reference', 'reference_price');
  const shown = value ?? claim.find('sale_price', 'price').value;
  return typeof shown === 'string' ? 'string' : 'number';
}

/**
 * Reads one case: amounts in decimal major units, dates without zone in the shop's zone, history complete unless said.
 * @throws TouchstoneError `validation_failed` with every broken field of the case.
 */
export function readPriceCase(value: unknown, policies: PricePolicySet): PriceCase {
  const around = Fields.of(value, '');
  const id = caseId(around);
  const claim = around.group('claim') ?? refuse('/claim', 'is missing');
  const setting = settingOf(around, claim, policies);
  const { jurisdiction } = setting;
  const start = instant(claim, setting, 'start', 'starts_at') ?? refuse(claim.at('start'), 'is missing');
  const lookup = policyInForce(policies, jurisdiction, start);
  if (lookup.status !== 'in_force') return { status: 'no_policy', id, lookup };
  const errors: FieldError[] = [];
  const input = attempt(errors, () => ({
    claim: claimOf(claim, around, setting),
    salePrice: required(claim, setting, 'sale_price', 'price'),
    headlinePrice: amount(claim, setting, 'headline_price') ?? amount(around, setting, 'headline_price'),
    currency: setting.currency,
    knownAt: instant(around, setting, 'known_at') ?? END_OF_TIME,
    policy: withOptions(lookup.policy, around, setting.zone),
    perishable: flag(claim, around, 'perishable') ?? false,
    announced: flag(claim, around, 'announcement', 'announced') ?? true,
    audience: audienceOf(claim, around),
    facts: factsOf(claim, around, setting, claim.text(...REFERENCE_CURRENCY)),
  }));
  const observations = historyOf(around, claim, setting, errors);
  if (input === null || errors.length > 0) {
    throw new TouchstoneError('validation_failed', 'the case cannot be read', errors);
  }
  const history = { observations, completeSince: completeSince(around, setting) };
  const amounts = amountForm(claim);
  const unused = around.unused().filter((pointer) => !NOT_OURS.test(pointer));
  return { status: 'ready', id, input: { ...input, history }, amounts, unused };
}
