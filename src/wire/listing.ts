import { z } from 'zod';
import type { FieldError } from '../domain/errors.ts';
import type { ListingSnapshot, Promotion } from '../domain/listing.ts';
import { DAY, type Instant, MINUTE } from '../domain/time.ts';
import type { IdentifierDeclaration } from '../http/ownership.ts';
import {
  currency,
  identifier,
  instant,
  jurisdiction,
  money,
  reason,
  safeText,
  title,
  wireForm,
} from '../http/primitives.ts';
import { categoryPath } from './category.ts';

/** A percentage on the wire, `78` or `12.5`; basis points inside. */
const percent = z
  .codec(
    z
      .number()
      .gt(0)
      .lte(100)
      .refine((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6, {
        ...reason('must have at most two decimals', '最多两位小数'),
      }),
    z.int(),
    { decode: (value) => Math.round(value * 100), encode: (bps) => bps / 100 },
  )
  .meta({ override: wireForm({ type: 'number', exclusiveMinimum: 0, maximum: 100, examples: [78] }) });

const claim = z
  .strictObject({
    kind: z.enum(['own', 'msrp', 'market', 'competitor']),
    reference: money.refine((amount) => amount > 0n, reason('must be above zero', '必须大于零')).nullish(),
    label: safeText(100).nullish(),
    percent: percent.nullish(),
    text: safeText(500).nullish(),
    sku: identifier.nullish(),
    startsAt: instant,
    endsAt: instant.nullish(),
    campaignStartsAt: instant.nullish(),
    basis: z
      .strictObject({
        disclosed: z.boolean(),
        verified: z.boolean().exactOptional(),
        labelledMsrp: z.boolean().exactOptional(),
        evidence: z.boolean().exactOptional(),
      })
      .exactOptional(),
  })
  .refine((value) => value.endsAt == null || value.endsAt > value.startsAt, {
    ...reason('must be after startsAt', '必须晚于 startsAt'),
    path: ['endsAt'],
  })
  .meta({ id: 'Claim' });

const variant = z
  .strictObject({
    sku: identifier,
    attributes: z.record(safeText(64, 1), safeText(256)).exactOptional(),
    price: money,
    stock: z.int().nonnegative().nullish(),
  })
  .meta({ id: 'Variant' });

const promotion = z
  .strictObject({
    kind: safeText(40, 1),
    amount: money,
    threshold: money.nullish(),
    stacks: z.boolean().exactOptional(),
    audience: safeText(40, 1).exactOptional(),
    /** The words that announce it. */
    text: safeText(500).nullable().exactOptional(),
    /** Names it among the promotions of this listing. */
    id: safeText(40, 1).nullable().exactOptional(),
    percent: percent.nullable().exactOptional(),
    maximum: money.nullable().exactOptional(),
    repeats: z.boolean().nullable().exactOptional(),
    quantity: z.int().min(1).max(999).nullable().exactOptional(),
    freeQuantity: z.int().min(1).max(999).nullable().exactOptional(),
    deposit: money.nullable().exactOptional(),
    giftValue: money.nullable().exactOptional(),
    /** Percent of the reduction that the platform pays. */
    platformShare: z.int().min(0).max(100).nullable().exactOptional(),
    startsAt: instant.nullable().exactOptional(),
    endsAt: instant.nullable().exactOptional(),
    requires: z.array(safeText(40, 1)).max(20).nullable().exactOptional(),
    excludes: z.array(safeText(40, 1)).max(20).nullable().exactOptional(),
  })
  .meta({ id: 'Promotion' });

const listingFields = {
  id: identifier,
  shopId: identifier,
  merchantId: identifier,
  jurisdiction,
  category: categoryPath,
  title,
  description: safeText(20_000).nullish(),
  brand: safeText(200).nullish(),
  gtin: safeText(20).nullish(),
  model: safeText(200).nullish(),
  condition: safeText(40).nullish(),
  grade: safeText(40).nullish(),
  madeAt: instant.nullish(),
  expiresAt: instant.nullish(),
  attributes: z.record(safeText(64, 1), safeText(1_000)).exactOptional(),
  variants: z.array(variant).max(500).exactOptional(),
  currency,
  price: money,
  headlinePrice: money.nullish(),
  promotions: z.array(promotion).max(50).exactOptional(),
  claims: z.array(claim).max(20).exactOptional(),
  images: z
    .array(z.url({ protocol: /^https?$/ }).max(2_000))
    .max(50)
    .exactOptional(),
  lots: z
    .array(z.strictObject({ id: safeText(100, 1), territory: safeText(16).nullish() }).meta({ id: 'Lot' }))
    .max(200)
    .exactOptional(),
  campaignId: identifier.nullish(),
  at: instant,
};

export type ListingWire = z.input<typeof listingSnapshot>;

export const listingStates = ['draft', 'live', 'held', 'removed'] as const;
export type ListingState = (typeof listingStates)[number];

type Priced = { price: bigint; variants?: { sku: string }[]; claims?: { sku?: string | null | undefined }[] };

/** What holds between the fields. A price of zero is a gift, not a bargain. */
function consistent<Schema extends z.ZodType<Priced>>(schema: Schema) {
  return schema
    .refine((value) => value.price > 0n, { ...reason('must be above zero', '必须大于零'), path: ['price'] })
    .refine((value) => skusAreKnown(value), {
      ...reason('names a sku that variants do not list, or variants list one twice', '引用了不存在的 SKU,或 SKU 重复'),
      path: ['variants'],
    });
}

/** A listing as the platform sends it to be judged. */
export const listingSnapshot = consistent(z.strictObject(listingFields)).meta({ id: 'Listing' });

/** A listing of the feed: the snapshot and the state that the platform has it in. */
export const listingRow = consistent(z.strictObject({ ...listingFields, state: z.enum(listingStates) })).meta({
  id: 'ListingRow',
});
export type ListingRow = z.output<typeof listingRow>;

function skusAreKnown(value: Priced): boolean {
  const skus = new Set((value.variants ?? []).map(({ sku }) => sku));
  if (skus.size !== (value.variants ?? []).length) return false;
  return (value.claims ?? []).every(({ sku }) => sku == null || skus.has(sku));
}

/** Clocks differ; what claims to be from further ahead than this is refused. */
const AHEAD_MS = 5 * MINUTE;
/** Campaigns are planned ahead, but not by more than this; beyond it a year was mistyped. */
const PLANNED_AHEAD_MS = 366 * DAY;

export const TIMES_OUT_OF_RANGE = { zh: '时间超出允许范围', en: 'times are out of range' };

/** What of a listing's times cannot be at `now`: a snapshot from the future would keep every later one out. */
export function timeFaults({ at, claims = [] }: Timed, now: Instant): FieldError[] {
  const faults: FieldError[] = [];
  if (at > now + AHEAD_MS) {
    const time = new Date(now).toISOString();
    faults.push({ pointer: '/at', reason: `is later than now, ${time}`, zh: `晚于当前时间 ${time}` });
  }
  claims.forEach(({ startsAt }, index) => {
    if (startsAt <= now + PLANNED_AHEAD_MS) return;
    faults.push({
      pointer: `/claims/${index}/startsAt`,
      reason: 'is more than a year ahead',
      zh: '超出当前时间一年以上',
    });
  });
  return faults;
}

interface Timed {
  readonly at: Instant;
  readonly claims?: readonly { readonly startsAt: Instant }[];
}

/** Whom and what a listing names, for routes that take one; each is checked for ownership. */
export const LISTING_IDENTIFIERS: readonly IdentifierDeclaration[] = [
  { in: 'body', name: 'id', resource: 'listing', whenAbsent: 'allow' },
  { in: 'body', name: 'shopId', resource: 'shop' },
  { in: 'body', name: 'merchantId', resource: 'merchant' },
  { in: 'body', name: 'lots[].id', resource: 'shared' },
  { in: 'body', name: 'promotions[].id', resource: 'shared' },
  { in: 'body', name: 'campaignId', resource: 'shared' },
];

/** The snapshot as it goes over the wire, in one form whatever offset or order it was sent with. */
export function toWire(parsed: z.output<typeof listingSnapshot>): ListingWire {
  return z.encode(listingSnapshot, parsed);
}

type PromotionOutput = z.output<typeof promotion>;

function toPromotion({
  threshold,
  stacks,
  audience,
  percent: rate,
  platformShare,
  ...terms
}: PromotionOutput): Promotion {
  return {
    ...terms,
    threshold: threshold ?? null,
    stacks: stacks ?? false,
    audience: audience ?? 'public',
    percentBps: rate ?? null,
    platformShareBps: platformShare == null ? null : platformShare * 100,
  };
}

/** The snapshot that the core judges: every absent field is null, never undefined. */
export function toSnapshot(parsed: z.output<typeof listingSnapshot>): ListingSnapshot {
  return {
    id: parsed.id,
    shopId: parsed.shopId,
    merchantId: parsed.merchantId,
    jurisdiction: parsed.jurisdiction,
    category: parsed.category,
    title: parsed.title,
    description: parsed.description ?? null,
    brand: parsed.brand ?? null,
    gtin: parsed.gtin ?? null,
    model: parsed.model ?? null,
    condition: parsed.condition ?? null,
    grade: parsed.grade ?? null,
    madeAt: parsed.madeAt ?? null,
    expiresAt: parsed.expiresAt ?? null,
    attributes: parsed.attributes ?? {},
    variants: (parsed.variants ?? []).map(({ sku, attributes, price, stock }) => ({
      sku,
      attributes: attributes ?? {},
      price,
      stock: stock ?? null,
    })),
    currency: parsed.currency,
    price: parsed.price,
    headlinePrice: parsed.headlinePrice ?? null,
    promotions: (parsed.promotions ?? []).map(toPromotion),
    claims: (parsed.claims ?? []).map((each) => ({
      kind: each.kind,
      reference: each.reference ?? null,
      percentBps: each.percent ?? null,
      label: each.label ?? null,
      text: each.text ?? null,
      sku: each.sku ?? null,
      startsAt: each.startsAt,
      endsAt: each.endsAt ?? null,
      campaignStartsAt: each.campaignStartsAt ?? null,
      basis: each.basis ?? { disclosed: false },
    })),
    images: parsed.images ?? [],
    lots: (parsed.lots ?? []).map(({ id, territory }) => ({ id, territory: territory ?? null })),
    campaignId: parsed.campaignId ?? null,
    at: parsed.at,
  };
}
