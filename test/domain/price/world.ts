import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Claim } from '../../../src/domain/listing.ts';
import type { ClaimInput } from '../../../src/domain/price/claim-input.ts';
import type { PriceHistory, PriceObservation } from '../../../src/domain/price/observation.ts';
import type { CnPricePolicy, EuPricePolicy, PricePolicy } from '../../../src/domain/price/policy.ts';
import { BEGINNING_OF_TIME, END_OF_TIME } from '../../../src/domain/time.ts';
import { parseInZone } from '../../../src/domain/time-zone.ts';
import { parsePricePolicies } from '../../../src/engine/price-policies.ts';

const folder = join(import.meta.dirname, '../../../rules/policies/price');

/** The policies that the product ships. */
export const POLICIES = parsePricePolicies(
  readdirSync(folder).map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') })),
).policies;

export function cnPolicy(change: Partial<CnPricePolicy> = {}): CnPricePolicy {
  const policy = POLICIES.find((one) => one.jurisdiction === 'CN');
  if (policy?.law !== 'CN') throw new Error('no policy for CN');
  return { ...policy, ...change };
}

export function euPolicy(change: Partial<EuPricePolicy> = {}): EuPricePolicy {
  const policy = POLICIES.find((one) => one.jurisdiction === 'EU');
  if (policy?.law !== 'EU') throw new Error('no policy for EU');
  return { ...policy, ...change };
}

/** The policy of a jurisdiction with one law of that name. */
export function policyOf<Law extends PricePolicy['law']>(law: Law): Extract<PricePolicy, { law: Law }> {
  const isOf = (policy: PricePolicy): policy is Extract<PricePolicy, { law: Law }> =>
    policy.law === law && policy.jurisdiction === law;
  const policy = POLICIES.find(isOf);
  if (policy === undefined) throw new Error(`no policy for ${law}`);
  return policy;
}

export function shanghai(text: string): number {
  return parseInZone(text, 'Asia/Shanghai');
}

export function brussels(text: string): number {
  return parseInZone(text, 'Europe/Brussels');
}

let serial = 0;

export function observation(
  change: Partial<PriceObservation> & Pick<PriceObservation, 'at' | 'price'>,
): PriceObservation {
  serial += 1;
  return {
    id: `O${serial}`,
    sku: null,
    kind: 'offer',
    currency: 'CNY',
    recordedAt: change.at,
    quantity: 1,
    layer: 'public',
    platformSubsidy: 0n,
    refunded: false,
    brushed: false,
    corrects: null,
    retracted: false,
    ...change,
  };
}

export function complete(...observations: PriceObservation[]): PriceHistory {
  return { observations, completeSince: BEGINNING_OF_TIME };
}

export function claim(change: Partial<Claim> & Pick<Claim, 'startsAt'>): Claim {
  return {
    kind: 'own',
    reference: null,
    percentBps: null,
    label: null,
    text: null,
    sku: null,
    endsAt: null,
    campaignStartsAt: null,
    basis: { disclosed: false },
    ...change,
  };
}

export function claimInput(change: Partial<ClaimInput> & Pick<ClaimInput, 'claim' | 'history' | 'policy'>): ClaimInput {
  return {
    salePrice: 79_00n,
    headlinePrice: null,
    currency: change.policy.currency,
    knownAt: END_OF_TIME,
    perishable: false,
    announced: true,
    audience: 'everyone',
    ...change,
  };
}
