import { z } from 'zod';
import type { Json } from '../domain/canonical.ts';
import { isCurrency } from '../domain/currency.ts';
import { TouchstoneError } from '../domain/errors.ts';
import type { EuPricePolicy, PricePolicy, PricePolicySet } from '../domain/price/policy.ts';
import { isZone, parseInZone } from '../domain/time-zone.ts';
import { PackError, type PackProblem, PackSource, type RulesFile } from './pack-source.ts';

const bps = z
  .int()
  .min(0)
  .max(1_000_000)
  .transform((value) => BigInt(value));
const days = z.int().min(1).max(3_650);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date such as "2022-05-28"');
const layer = z.enum(['public', 'member', 'coupon', 'livestream', 'rebate']);

const head = {
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
  version: z.int().min(1),
  effectiveFrom: date,
  zone: z.string().refine(isZone, 'is not an IANA time zone'),
  currency: z.string().refine(isCurrency, 'is not an ISO 4217 currency'),
  source: z.strictObject({
    title: z.string().min(1),
    checkedOn: date,
    confidence: z.enum(['read', 'secondary', 'unverified']),
  }),
};

const shared = {
  countedLayers: z.array(layer).min(1),
  percentToleranceBps: bps,
  lookbackDays: days,
  raiseThenCut: z.strictObject({ raiseBps: bps, withinDays: days, maxUnitShareBps: bps }),
};

const options = z.strictObject({
  progressive: z.boolean(),
  maxStepGapDays: days.nullable(),
  perishable: z.enum(['standard', 'exempt', 'last_price']),
  perishableCategories: z.array(z.string().min(1)),
  newlyListed: z.enum(['none', 'since_listing']),
});

const cnPolicy = z.strictObject({
  ...head,
  ...shared,
  law: z.literal('CN'),
  jurisdiction: z.literal('CN'),
  dealWindowDays: days,
  subsidisedSale: z.enum(['full_price', 'buyer_paid']),
  roundingUnit: z
    .string()
    .regex(/^\d{1,9}$/, 'must be minor units, in quotes')
    .transform((value) => BigInt(value)),
});

const euPolicy = z.strictObject({
  ...head,
  ...shared,
  law: z.literal('EU'),
  jurisdiction: z.literal('EU'),
  priorWindowDays: z.int().min(30, 'art. 6a(2) allows no period shorter than 30 days').max(3_650),
  options,
});

const months = z.int().min(1).max(60);
const share = z
  .int()
  .min(0)
  .max(9_999)
  .transform((value) => BigInt(value));

const ukPolicy = z.strictObject({
  ...head,
  ...shared,
  law: z.literal('UK'),
  jurisdiction: z.literal('UK'),
  durationRatioBps: bps,
  volumeRatioBps: bps,
  runWindowDays: days,
});

const usPolicy = z.strictObject({
  ...head,
  ...shared,
  law: z.literal('US'),
  jurisdiction: z.literal('US'),
  offerWindowDays: days,
  minOfferedDays: days,
  minReductionBps: share,
  meaninglessBps: share,
  substantialShareBps: share,
  appreciableBps: bps,
});

const caPolicy = z.strictObject({
  ...head,
  ...shared,
  law: z.literal('CA'),
  jurisdiction: z.literal('CA'),
  volumeWindowMonths: months,
  volumeShareBps: share,
  timeWindowMonths: months,
  timeShareBps: share,
});

const auPolicy = z.strictObject({
  ...head,
  ...shared,
  law: z.literal('AU'),
  jurisdiction: z.literal('AU'),
  raiseWindowMonths: months,
  minOfferedDays: days,
  minUnits: z.int().min(1),
});

const memberState = z.strictObject({
  ...head,
  jurisdiction: z.string().regex(/^EU-[A-Z]{2}$/, 'must be a member state such as "EU-DE"'),
  /** Id of the directive's policy, whose other parameters apply. */
  basis: z.string(),
  options,
});

const policyFile = z.strictObject({
  policies: z.array(z.discriminatedUnion('law', [cnPolicy, euPolicy, ukPolicy, usPolicy, caPolicy, auPolicy])),
  memberStates: z.array(memberState).optional(),
});

type PolicyFile = z.output<typeof policyFile>;
type MemberState = z.output<typeof memberState>;
type Path = readonly (string | number)[];

/** The policies, and their content as JSON for the hash of the pack that they are used with. */
export interface PricePolicies {
  readonly policies: PricePolicySet;
  readonly content: Json;
}

interface Entry {
  readonly policy: PricePolicy;
  readonly source: PackSource;
  readonly path: Path;
}

type Dated = { readonly zone: string; readonly effectiveFrom: string };

function instantOf(entry: Dated, source: PackSource, path: Path): number | null {
  try {
    return parseInZone(entry.effectiveFrom, entry.zone);
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    source.report([...path, 'effectiveFrom'], `effectiveFrom: ${error.fields[0]?.reason ?? error.message}`);
    return null;
  }
}

function ownPolicies(file: PolicyFile, source: PackSource): Entry[] {
  return file.policies.flatMap((entry, index): Entry[] => {
    const path = ['policies', index];
    const effectiveFrom = instantOf(entry, source, path);
    if (effectiveFrom === null) return [];
    if (entry.law !== 'EU') return [{ policy: { ...entry, effectiveFrom }, source, path }];
    const { options: chosen, ...rest } = entry;
    return [{ policy: { ...rest, ...chosen, effectiveFrom }, source, path }];
  });
}

function basisOf(member: MemberState, effectiveFrom: number, known: readonly Entry[]): EuPricePolicy | null {
  let best: EuPricePolicy | null = null;
  for (const { policy } of known) {
    if (policy.law !== 'EU' || policy.id !== member.basis || policy.effectiveFrom > effectiveFrom) continue;
    if (best === null || policy.effectiveFrom > best.effectiveFrom) best = policy;
  }
  return best;
}

function memberPolicies(file: PolicyFile, source: PackSource, known: readonly Entry[]): Entry[] {
  return (file.memberStates ?? []).flatMap((member, index): Entry[] => {
    const path = ['memberStates', index];
    const effectiveFrom = instantOf(member, source, path);
    if (effectiveFrom === null) return [];
    const basis = basisOf(member, effectiveFrom, known);
    if (basis === null) {
      source.report([...path, 'basis'], `basis: no policy "${member.basis}" is in force on ${member.effectiveFrom}`);
      return [];
    }
    const { options: chosen, basis: _, ...rest } = member;
    return [{ policy: { ...basis, ...rest, ...chosen, effectiveFrom }, source, path }];
  });
}

/** A version is named once, and no two versions of one jurisdiction begin on the same day. */
function checkUnique(entries: readonly Entry[]): void {
  const names = new Set<string>();
  const starts = new Set<string>();
  for (const { policy, source, path } of entries) {
    const name = `${policy.id} version ${policy.version}`;
    const start = `${policy.jurisdiction} ${policy.effectiveFrom}`;
    if (names.has(name)) source.report([...path, 'id'], `${name} is stated twice`);
    if (starts.has(start)) {
      source.report([...path, 'effectiveFrom'], `another policy of ${policy.jurisdiction} begins on the same day`);
    }
    names.add(name);
    starts.add(start);
  }
}

/**
 * Reads and checks the price policies of `rules/policies/price`.
 * @throws PackError with every problem found: file, line and reason.
 */
export function parsePricePolicies(files: readonly RulesFile[]): PricePolicies {
  const problems: PackProblem[] = [];
  const parsed = files.flatMap((file) => {
    const source = new PackSource(file, problems);
    const content = source.parse(policyFile);
    return content === null ? [] : [{ source, content }];
  });
  const own = parsed.flatMap(({ content, source }) => ownPolicies(content, source));
  const entries = [...own, ...parsed.flatMap(({ content, source }) => memberPolicies(content, source, own))];
  checkUnique(entries);
  if (problems.length > 0) throw new PackError(problems);
  const policies = entries.map(({ policy }) => policy);
  return { policies, content: policies.map(toJson) };
}

function toJson(policy: PricePolicy): Json {
  return JSON.parse(JSON.stringify(policy, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)));
}
