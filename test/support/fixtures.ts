import { DAY, type Instant } from '../../src/domain/time.ts';
import { instantText } from '../../src/http/primitives.ts';
import type { ListingWire } from '../../src/wire/listing.ts';
import { START } from './world.ts';

/** A Chinese listing that claims a compared price, as the pipeline sends it. */
export function makeListing(overrides: Partial<ListingWire> = {}): ListingWire {
  return {
    id: 'L1',
    shopId: 'S1',
    merchantId: 'M1',
    jurisdiction: 'CN',
    category: 'apparel/shoes',
    title: '轻便跑鞋',
    currency: 'CNY',
    price: '7900',
    claims: [{ kind: 'own', reference: '19900', startsAt: instantText(START), basis: { disclosed: false } }],
    at: instantText(START),
    ...overrides,
  };
}

export interface ObservationWire {
  readonly id: string;
  readonly listingId: string;
  readonly shopId: string;
  readonly kind: 'offer' | 'sale';
  readonly price: string;
  readonly currency: string;
  readonly at: string;
  readonly [more: string]: unknown;
}

export function makeObservation(overrides: Partial<ObservationWire> = {}): ObservationWire {
  return {
    id: 'O1',
    listingId: 'L1',
    shopId: 'S1',
    kind: 'sale',
    price: '8900',
    currency: 'CNY',
    at: daysBefore(3),
    ...overrides,
  };
}

export function daysBefore(days: number, at: Instant = START): string {
  return instantText(at - days * DAY);
}

export function ndjson(rows: readonly unknown[]): string {
  return rows.map((row) => JSON.stringify(row)).join('\n');
}
