import type { PriceObservation } from '../domain/price/observation.ts';
import { DAY, HOUR, type Instant } from '../domain/time.ts';
import type { ListingRow } from '../wire/listing.ts';

/** A small marketplace that the project makes up: no real merchant, product or price. */
export interface DemoWorld {
  readonly merchants: readonly DemoMerchant[];
  readonly categories: readonly { readonly path: string; readonly zh: string; readonly en: string }[];
  readonly shops: readonly DemoShop[];
  readonly listings: readonly ListingRow[];
  readonly observations: readonly {
    readonly listingId: string;
    readonly shopId: string;
    readonly observation: PriceObservation;
  }[];
}

export interface DemoMerchant {
  readonly id: string;
  readonly entityType: 'individual' | 'company' | 'brand_owner';
  readonly region: string;
  readonly zone: string;
  readonly standing: 'new' | 'good' | 'watch';
}

export interface DemoShop {
  readonly id: string;
  readonly merchantId: string;
  readonly name: string;
  readonly zone: string;
  readonly jurisdiction: 'CN' | 'EU-DE' | 'EU-FR';
}

/** Days of history that each listing has. */
export const DEMO_DAYS = 90;

const MERCHANTS: readonly DemoMerchant[] = [
  { id: 'demo-m1', entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' },
  { id: 'demo-m2', entityType: 'individual', region: 'CN-33', zone: 'Asia/Shanghai', standing: 'new' },
  { id: 'demo-m3', entityType: 'company', region: 'DE-BE', zone: 'Europe/Berlin', standing: 'good' },
];

const SHOPS: readonly DemoShop[] = [
  { id: 'demo-s1', merchantId: 'demo-m1', name: '示例鞋服清仓店', zone: 'Asia/Shanghai', jurisdiction: 'CN' },
  { id: 'demo-s2', merchantId: 'demo-m2', name: '示例数码尾货店', zone: 'Asia/Shanghai', jurisdiction: 'CN' },
  { id: 'demo-s3', merchantId: 'demo-m3', name: 'Beispiel Restposten', zone: 'Europe/Berlin', jurisdiction: 'EU-DE' },
];

const CATEGORIES = [
  { path: 'apparel', zh: '服饰', en: 'Apparel' },
  { path: 'apparel/shoes', zh: '鞋', en: 'Shoes' },
  { path: 'electronics', zh: '数码', en: 'Electronics' },
  { path: 'electronics/audio', zh: '音频', en: 'Audio' },
  { path: 'home', zh: '家居', en: 'Home' },
];

/** One made-up listing: what it asks, what it compares with, and the price it had before. */
interface Plot {
  readonly id: string;
  readonly shop: string;
  readonly title: string;
  readonly category: string;
  readonly price: bigint;
  readonly reference: bigint | null;
  readonly percentBps: number | null;
  /** Prices before the claim: from how many days ago, and which. */
  readonly steps: readonly (readonly [daysAgo: number, price: bigint])[];
  /** One sale a day at the price in force, where the shop's law counts sales. */
  readonly sells: boolean;
}

const PLOTS: readonly Plot[] = [
  plot(
    'demo-shoe',
    'demo-s1',
    '轻便跑鞋 男款 42 码',
    'apparel/shoes',
    7_900n,
    19_900n,
    6_030,
    [
      [90, 9_900n],
      [4, 8_900n],
    ],
    true,
  ),
  plot('demo-coat', 'demo-s1', '冬季羽绒外套', 'apparel', 39_900n, 49_900n, 2_004, [[90, 49_900n]], true),
  plot(
    'demo-hat',
    'demo-s1',
    '针织帽 均码',
    'apparel',
    2_900n,
    5_900n,
    5_084,
    [
      [90, 2_900n],
      [9, 5_900n],
    ],
    false,
  ),
  plot(
    'demo-phones',
    'demo-s2',
    '头戴式耳机 黑色',
    'electronics/audio',
    12_900n,
    29_900n,
    5_685,
    [
      [90, 12_900n],
      [3, 29_900n],
    ],
    true,
  ),
  plot('demo-lamp', 'demo-s2', '护眼台灯', 'home', 6_900n, 8_900n, 2_247, [[90, 8_900n]], true),
  plot('demo-cable', 'demo-s2', '充电线 2 米', 'electronics', 1_900n, null, null, [[90, 1_900n]], true),
  plot(
    'demo-kessel',
    'demo-s3',
    'Wasserkocher 1,7 l',
    'home',
    2_499n,
    4_999n,
    5_001,
    [
      [90, 3_499n],
      [12, 2_999n],
      [6, 4_999n],
    ],
    false,
  ),
  plot('demo-stuhl', 'demo-s3', 'Klappstuhl Holz', 'home', 3_999n, 4_999n, 2_000, [[90, 4_999n]], false),
  plot('demo-radio', 'demo-s3', 'Küchenradio', 'electronics/audio', 4_499n, 5_999n, 2_500, [[90, 5_999n]], false),
];

function plot(
  id: string,
  shop: string,
  title: string,
  category: string,
  price: bigint,
  reference: bigint | null,
  percentBps: number | null,
  steps: Plot['steps'],
  sells: boolean,
): Plot {
  return { id, shop, title, category, price, reference, percentBps, steps, sells };
}

/** The world as it stands at `now`: the claims began at the start of that hour. */
export function demoWorld(now: Instant): DemoWorld {
  const hour = now - (now % HOUR);
  return {
    merchants: MERCHANTS,
    categories: CATEGORIES,
    shops: SHOPS,
    listings: PLOTS.flatMap((each) => listingOf(each, hour)),
    observations: PLOTS.flatMap((each) =>
      observationsOf(each, hour).map((observation) => ({ listingId: each.id, shopId: each.shop, observation })),
    ),
  };
}

function shopOf(id: string): DemoShop {
  const shop = SHOPS.find((each) => each.id === id);
  if (shop === undefined) throw new RangeError(`no shop ${id}`);
  return shop;
}

function currencyOf(shop: DemoShop): string {
  return shop.jurisdiction === 'CN' ? 'CNY' : 'EUR';
}

function listingOf(each: Plot, hour: Instant): ListingRow[] {
  const shop = shopOf(each.shop);
  const claim = {
    kind: 'own' as const,
    reference: each.reference,
    percent: each.percentBps,
    startsAt: hour,
    endsAt: hour + 7 * DAY,
    basis: { disclosed: false },
  };
  return [
    {
      id: each.id,
      shopId: shop.id,
      merchantId: shop.merchantId,
      jurisdiction: shop.jurisdiction,
      category: each.category,
      title: each.title,
      currency: currencyOf(shop),
      price: each.price,
      claims: each.reference === null ? [] : [claim],
      at: hour,
      state: 'live',
    },
  ];
}

function observationsOf(each: Plot, hour: Instant): PriceObservation[] {
  const currency = currencyOf(shopOf(each.shop));
  const base = { sku: null, currency, layer: 'public' as const, platformSubsidy: 0n, refunded: false, brushed: false };
  const record = (kind: 'offer' | 'sale', name: string, price: bigint, at: Instant): PriceObservation => ({
    ...base,
    id: `${each.id}-${name}`,
    kind,
    price,
    at,
    recordedAt: at,
    quantity: 1,
    corrects: null,
    retracted: false,
  });
  const offers = each.steps.map(([ago, price]) => record('offer', `offer-${ago}`, price, hour - ago * DAY));
  if (!each.sells) return offers;
  const sales: PriceObservation[] = [];
  for (let ago = DEMO_DAYS - 1; ago >= 1; ago -= 1) {
    const price = each.steps.findLast(([from]) => from >= ago)?.[1];
    if (price !== undefined) sales.push(record('sale', `sale-${ago}`, price, hour - ago * DAY + 2 * HOUR));
  }
  return [...offers, ...sales];
}
