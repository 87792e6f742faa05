// Generated from docs/openapi.json. Do not edit.

/** Good rows were taken, whatever became of the others. 逐行结果 */
export type BatchResult = {
  accepted: number;
  rejected: number;
  results: RowResult[];
};

export type Categories = {
  version: number;
  categories: Category[];
};

export type CategoriesBody = {
  categories: Category[];
};

export type Category = {
  path: CategoryPath;
  zh: string;
  en: string;
};

export type CategoryPath = string;

export type Claim = {
  kind: 'own' | 'msrp' | 'market' | 'competitor';
  reference?: (Money | null) | undefined;
  label?: (string | null) | undefined;
  percent?: (number | null) | undefined;
  text?: (string | null) | undefined;
  sku?: (Identifier | null) | undefined;
  startsAt: Instant;
  endsAt?: (Instant | null) | undefined;
  campaignStartsAt?: (Instant | null) | undefined;
  basis?:
    | {
        disclosed: boolean;
        verified?: boolean | undefined;
        labelledMsrp?: boolean | undefined;
        evidence?: boolean | undefined;
      }
    | undefined;
};

export type ClaimWithCap = {
  claim: number;
  kind: string;
  reference: Money | null;
  percent: number | null;
  startsAt: Instant;
  endsAt: Instant | null;
  verdict: string;
  cap: Money | null;
  basis: string | null;
  article: string | null;
  evidence: string[];
};

export type Currency = string;

export type Decision = {
  id: Identifier;
  listingId: Identifier;
  currency: Currency;
  snapshotHash: string;
  outcome: 'allow' | 'allow_with_notice' | 'inspect' | 'review' | 'reject';
  provisional: boolean;
  notEvaluated: string[];
  /** `guaranteed`: the request is durably noted and will be judged again in full, announced by an event. `not_noted`: it could not be noted; send it again. 复评保证 */
  rescore: 'not_needed' | 'guaranteed' | 'not_noted';
  pack: string;
  policy: string;
  at: Instant;
  validUntil: Instant;
  risks: Record<
    string,
    {
      probability: number;
    }
  >;
  rules: RuleView[];
  price: PriceVerdict[];
  hints: Hint[];
  supersedes?: Identifier | undefined;
};

export type DecisionDetail = {
  id: Identifier;
  listingId: Identifier;
  currency: Currency;
  snapshotHash: string;
  outcome: 'allow' | 'allow_with_notice' | 'inspect' | 'review' | 'reject';
  provisional: boolean;
  notEvaluated: string[];
  /** `guaranteed`: the request is durably noted and will be judged again in full, announced by an event. `not_noted`: it could not be noted; send it again. 复评保证 */
  rescore: 'not_needed' | 'guaranteed' | 'not_noted';
  pack: string;
  policy: string;
  at: Instant;
  validUntil: Instant;
  risks: Record<
    string,
    {
      probability: number;
    }
  >;
  rules: RuleView[];
  price: PriceVerdict[];
  hints: Hint[];
  supersedes?: Identifier | undefined;
  supersededBy?: Identifier | undefined;
  signals?: Record<string, unknown> | undefined;
};

export type Edit = {
  path: string;
  value?: unknown | undefined;
  remove?: boolean | undefined;
};

export type Event = {
  /** Grows by one with every event; pass the last one as `after`. 位置 */
  position: number;
  id: string;
  stream: string;
  sequence: number;
  type:
    | 'merchant.changed'
    | 'shop.changed'
    | 'categories.changed'
    | 'listing.changed'
    | 'prices.recorded'
    | 'decision.made'
    | 'decision.provisional'
    | 'verdict.changed'
    | 'import.accepted'
    | 'import.finished'
    | 'key.created'
    | 'key.revoked';
  subject: Record<string, string>;
  facts: Record<string, string>;
  at: string;
  hash: string;
};

export type Events = {
  events: Event[];
  after: number;
  more: boolean;
};

/** Edits that belong together; `verified`: the whole evaluation passes with them. 修改建议 */
export type Hint = {
  names: string[];
  zh: string;
  en: string;
  edits: Edit[];
  verified: boolean;
};

export type Identifier = string;

export type Import = {
  id: Identifier;
  status: 'queued' | 'running' | 'finished';
  total: number;
  done: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: number;
  errors: {
    line: number;
    pointer: string;
    reason: string;
  }[];
  acceptedAt: string;
  finishedAt: string | null;
};

/** ISO 8601 with offset. 带时区偏移的时间。 */
export type Instant = string;

/** ISO 3166 based; a member state of the Union as EU-XX. 适用法域。 */
export type Jurisdiction =
  | 'CN'
  | 'UK'
  | 'US'
  | 'CA'
  | 'AU'
  | 'EU-AT'
  | 'EU-BE'
  | 'EU-BG'
  | 'EU-CY'
  | 'EU-CZ'
  | 'EU-DE'
  | 'EU-DK'
  | 'EU-EE'
  | 'EU-ES'
  | 'EU-FI'
  | 'EU-FR'
  | 'EU-GR'
  | 'EU-HR'
  | 'EU-HU'
  | 'EU-IE'
  | 'EU-IT'
  | 'EU-LT'
  | 'EU-LU'
  | 'EU-LV'
  | 'EU-MT'
  | 'EU-NL'
  | 'EU-PL'
  | 'EU-PT'
  | 'EU-RO'
  | 'EU-SE'
  | 'EU-SI'
  | 'EU-SK';

export type Key = {
  id: Identifier;
  subject: string;
  role: 'platform' | 'moderator' | 'analyst' | 'finance' | 'inspector' | 'admin' | 'merchant' | 'auditor';
  scopes:
    | (
        | 'appeals:decide'
        | 'appeals:read'
        | 'appeals:write'
        | 'cases:read'
        | 'cases:work'
        | 'categories:read'
        | 'categories:write'
        | 'decisions:read'
        | 'deposits:read'
        | 'deposits:write'
        | 'events:read'
        | 'imports:read'
        | 'imports:write'
        | 'inspections:read'
        | 'inspections:write'
        | 'journal:read'
        | 'keys:manage'
        | 'listings:read'
        | 'listings:write'
        | 'merchants:read'
        | 'merchants:write'
        | 'observations:write'
        | 'penalties:read'
        | 'penalties:write'
        | 'prechecks:run'
        | 'prices:read'
        | 'returns:score'
        | 'reviews:score'
        | 'rules:publish'
        | 'rules:read'
        | 'rules:write'
        | 'shops:read'
        | 'shops:write'
        | 'webhooks:manage'
      )[]
    | null;
  merchantId: Identifier | null;
  expiresAt: string | null;
  revokedAt: string | null;
};

export type KeyBody = {
  /** Who acts with the key; stays the same when keys are rotated. 使用者 */
  subject: string;
  role: 'platform' | 'moderator' | 'analyst' | 'finance' | 'inspector' | 'admin' | 'merchant' | 'auditor';
  scopes?:
    | (
        | 'appeals:decide'
        | 'appeals:read'
        | 'appeals:write'
        | 'cases:read'
        | 'cases:work'
        | 'categories:read'
        | 'categories:write'
        | 'decisions:read'
        | 'deposits:read'
        | 'deposits:write'
        | 'events:read'
        | 'imports:read'
        | 'imports:write'
        | 'inspections:read'
        | 'inspections:write'
        | 'journal:read'
        | 'keys:manage'
        | 'listings:read'
        | 'listings:write'
        | 'merchants:read'
        | 'merchants:write'
        | 'observations:write'
        | 'penalties:read'
        | 'penalties:write'
        | 'prechecks:run'
        | 'prices:read'
        | 'returns:score'
        | 'reviews:score'
        | 'rules:publish'
        | 'rules:read'
        | 'rules:write'
        | 'shops:read'
        | 'shops:write'
        | 'webhooks:manage'
      )[]
    | undefined;
  merchantId?: Identifier | undefined;
  expiresAt?: Instant | undefined;
};

export type Listing = {
  id: Identifier;
  shopId: Identifier;
  merchantId: Identifier;
  jurisdiction: Jurisdiction;
  category: CategoryPath;
  title: Title;
  description?: (string | null) | undefined;
  brand?: (string | null) | undefined;
  gtin?: (string | null) | undefined;
  model?: (string | null) | undefined;
  condition?: (string | null) | undefined;
  grade?: (string | null) | undefined;
  madeAt?: (Instant | null) | undefined;
  expiresAt?: (Instant | null) | undefined;
  attributes?: Record<string, string> | undefined;
  variants?: Variant[] | undefined;
  currency: Currency;
  price: Money;
  headlinePrice?: (Money | null) | undefined;
  promotions?: Promotion[] | undefined;
  claims?: Claim[] | undefined;
  images?: string[] | undefined;
  lots?: Lot[] | undefined;
  campaignId?: (Identifier | null) | undefined;
  at: Instant;
};

export type ListingRow = {
  id: Identifier;
  shopId: Identifier;
  merchantId: Identifier;
  jurisdiction: Jurisdiction;
  category: CategoryPath;
  title: Title;
  description?: (string | null) | undefined;
  brand?: (string | null) | undefined;
  gtin?: (string | null) | undefined;
  model?: (string | null) | undefined;
  condition?: (string | null) | undefined;
  grade?: (string | null) | undefined;
  madeAt?: (Instant | null) | undefined;
  expiresAt?: (Instant | null) | undefined;
  attributes?: Record<string, string> | undefined;
  variants?: Variant[] | undefined;
  currency: Currency;
  price: Money;
  headlinePrice?: (Money | null) | undefined;
  promotions?: Promotion[] | undefined;
  claims?: Claim[] | undefined;
  images?: string[] | undefined;
  lots?: Lot[] | undefined;
  campaignId?: (Identifier | null) | undefined;
  at: Instant;
  state: 'draft' | 'live' | 'held' | 'removed';
};

export type ListingView = {
  id: Identifier;
  version: number;
  state: 'draft' | 'live' | 'held' | 'removed';
  snapshot: Record<string, unknown>;
  snapshotHash: string;
  verdict: {
    decisionId: Identifier;
    outcome: string;
    at: string;
    provisional: boolean;
  } | null;
};

export type Lot = {
  id: string;
  territory?: (string | null) | undefined;
};

export type Merchant = {
  id: Identifier;
  version: number;
  /** Who trades: a person, a registered sole trader, a company, the owner of a brand. 主体类型 */
  entityType: 'individual' | 'sole_trader' | 'company' | 'brand_owner';
  /** ISO 3166-1 or 3166-2 code of the seat, such as CN-44. 所在地区 */
  region: string;
  zone: TimeZone;
  /** Standing with the platform. 商家状态 */
  standing: 'new' | 'good' | 'watch' | 'restricted' | 'closed';
};

export type MerchantBody = {
  /** Who trades: a person, a registered sole trader, a company, the owner of a brand. 主体类型 */
  entityType: 'individual' | 'sole_trader' | 'company' | 'brand_owner';
  /** ISO 3166-1 or 3166-2 code of the seat, such as CN-44. 所在地区 */
  region: string;
  zone: TimeZone;
  /** Standing with the platform. 商家状态 */
  standing: 'new' | 'good' | 'watch' | 'restricted' | 'closed';
};

export type MerchantRow = {
  id: Identifier;
  /** Who trades: a person, a registered sole trader, a company, the owner of a brand. 主体类型 */
  entityType: 'individual' | 'sole_trader' | 'company' | 'brand_owner';
  /** ISO 3166-1 or 3166-2 code of the seat, such as CN-44. 所在地区 */
  region: string;
  zone: TimeZone;
  /** Standing with the platform. 商家状态 */
  standing: 'new' | 'good' | 'watch' | 'restricted' | 'closed';
};

export type MissingSignal = {
  signal: string;
  zh: string;
  en: string;
};

/** Minor units of the currency that stands beside it, as text. 金额:最小货币单位的整数文本。 */
export type Money = string;

export type NewKey = {
  id: Identifier;
  subject: string;
  role: 'platform' | 'moderator' | 'analyst' | 'finance' | 'inspector' | 'admin' | 'merchant' | 'auditor';
  scopes:
    | (
        | 'appeals:decide'
        | 'appeals:read'
        | 'appeals:write'
        | 'cases:read'
        | 'cases:work'
        | 'categories:read'
        | 'categories:write'
        | 'decisions:read'
        | 'deposits:read'
        | 'deposits:write'
        | 'events:read'
        | 'imports:read'
        | 'imports:write'
        | 'inspections:read'
        | 'inspections:write'
        | 'journal:read'
        | 'keys:manage'
        | 'listings:read'
        | 'listings:write'
        | 'merchants:read'
        | 'merchants:write'
        | 'observations:write'
        | 'penalties:read'
        | 'penalties:write'
        | 'prechecks:run'
        | 'prices:read'
        | 'returns:score'
        | 'reviews:score'
        | 'rules:publish'
        | 'rules:read'
        | 'rules:write'
        | 'shops:read'
        | 'shops:write'
        | 'webhooks:manage'
      )[]
    | null;
  merchantId: Identifier | null;
  expiresAt: string | null;
  revokedAt: string | null;
  /** Shown this once; only its hash is kept. 仅显示一次 */
  token: string;
};

export type PrecheckBatch = {
  decisions: {
    id: Identifier;
    listingId: Identifier;
    currency: Currency;
    snapshotHash: string;
    outcome: 'allow' | 'allow_with_notice' | 'inspect' | 'review' | 'reject';
    provisional: boolean;
    notEvaluated: string[];
    /** `guaranteed`: the request is durably noted and will be judged again in full, announced by an event. `not_noted`: it could not be noted; send it again. 复评保证 */
    rescore: 'not_needed' | 'guaranteed' | 'not_noted';
    pack: string;
    policy: string;
    at: Instant;
    validUntil: Instant;
    risks: Record<
      string,
      {
        probability: number;
      }
    >;
    rules: RuleView[];
    price: PriceVerdict[];
    hints: Hint[];
    supersedes?: Identifier | undefined;
    line: number;
  }[];
  rejected: RowResult[];
};

export type PriceHistory = {
  listingId: Identifier;
  currency: Currency;
  from: Instant;
  to: Instant;
  /** From when on nothing is missing; null: not known to be complete at any time. 数据完整起点 */
  completeSince: Instant | null;
  observations: RecordedObservation[];
  claims: ClaimWithCap[];
};

export type PriceObservation = {
  id: Identifier;
  listingId: Identifier;
  sku?: (Identifier | null) | undefined;
  shopId: Identifier;
  kind: 'offer' | 'sale';
  price: Money;
  currency: Currency;
  at: Instant;
  quantity?: number | undefined;
  layer?: 'public' | 'member' | 'coupon' | 'livestream' | 'rebate' | undefined;
  platformSubsidy?: Money | undefined;
  refunded?: boolean | undefined;
  brushed?: boolean | undefined;
  corrects?: (Identifier | null) | undefined;
  retracted?: boolean | undefined;
};

export type PriceVerdict = {
  claim: number;
  verdict: 'ok' | 'violation' | 'out_of_scope' | 'insufficient_history' | 'review';
  cap: Money | null;
  basis: string | null;
  article: string | null;
  evidence: string[];
  findings: string[];
  policy: string | null;
};

/** RFC 9457 problem details. 问题详情。 */
export type Problem = {
  /** Address on this service that explains the problem. 问题说明页地址 */
  type: string;
  title: string;
  status: number;
  code:
    | 'body_too_large'
    | 'conflict'
    | 'forbidden'
    | 'idempotency_in_flight'
    | 'idempotency_key_reused'
    | 'internal'
    | 'malformed_body'
    | 'method_not_allowed'
    | 'not_acceptable_encoding'
    | 'not_found'
    | 'overloaded'
    | 'precondition_required'
    | 'rate_limited'
    | 'store_unavailable'
    | 'unauthenticated'
    | 'unsupported_media_type'
    | 'validation_failed'
    | 'version_mismatch';
  detail: string;
  requestId: string;
  errors?:
    | {
        in?: 'body' | 'query' | 'path' | 'header' | undefined;
        /** RFC 6901 JSON pointer. 字段指针 */
        pointer: string;
        reason: string;
      }[]
    | undefined;
};

export type Promotion = {
  kind: string;
  amount: Money;
  threshold?: (Money | null) | undefined;
  stacks?: boolean | undefined;
  audience?: string | undefined;
  text?: (string | null) | undefined;
  id?: (string | null) | undefined;
  percent?: (number | null) | undefined;
  maximum?: (Money | null) | undefined;
  repeats?: (boolean | null) | undefined;
  quantity?: (number | null) | undefined;
  freeQuantity?: (number | null) | undefined;
  deposit?: (Money | null) | undefined;
  giftValue?: (Money | null) | undefined;
  platformShare?: (number | null) | undefined;
  startsAt?: (Instant | null) | undefined;
  endsAt?: (Instant | null) | undefined;
  requires?: (string[] | null) | undefined;
  excludes?: (string[] | null) | undefined;
};

export type RecordedObservation = {
  id: Identifier;
  kind: 'offer' | 'sale';
  sku: Identifier | null;
  layer: string;
  price: Money;
  at: Instant;
  recordedAt: Instant;
  quantity: number;
  platformSubsidy: Money;
  refunded: boolean;
  brushed: boolean;
  corrects: Identifier | null;
  retracted: boolean;
};

export type RecordedObservations = {
  received: number;
  stored: number;
  /** Offers that repeat the price in force. 价格未变 */
  unchanged: number;
  duplicates: number;
  rejected: RejectedObservation[];
};

export type RejectedObservation = {
  line: number;
  id?: string | undefined;
  code: string;
  errors: {
    pointer: string;
    reason: string;
  }[];
};

export type RowError = {
  pointer: string;
  reason: string;
};

export type RowResult = {
  /** Line of an NDJSON body, number of the row in a JSON list; from 1. 行号 */
  line: number;
  id?: string | undefined;
  outcome: 'created' | 'updated' | 'unchanged' | 'rejected';
  version?: number | undefined;
  code?: string | undefined;
  errors?: RowError[] | undefined;
};

export type RuleView = {
  id: string;
  /** Index of the claim; null for a rule about the listing. 声明序号 */
  claim: number | null;
  outcome: 'hit' | 'miss' | 'unknown' | 'snoozed' | 'error';
  risk?:
    | 'fake_goods'
    | 'channel_diversion'
    | 'inflated_original_price'
    | 'exaggerated_discount'
    | 'inferior_goods'
    | 'advertising_claim'
    | 'price_isolation_breach'
    | 'return_abuse'
    | 'review_manipulation'
    | undefined;
  constraint?: 'allow_with_notice' | 'inspect' | 'review' | 'reject' | undefined;
  zh?: string | undefined;
  en?: string | undefined;
  law?: string[] | undefined;
  missing?: MissingSignal[] | undefined;
};

export type Shop = {
  id: Identifier;
  version: number;
  merchantId: Identifier;
  name: string;
  zone: TimeZone;
  jurisdiction: Jurisdiction;
  /** From when on every price and sale of this shop is in the feed. Before it, and without it, a missing observation is unknown. 价格与成交数据自何时起完整 */
  pricesCompleteSince?: (Instant | null) | undefined;
};

export type ShopBody = {
  merchantId: Identifier;
  name: string;
  zone: TimeZone;
  jurisdiction: Jurisdiction;
  /** From when on every price and sale of this shop is in the feed. Before it, and without it, a missing observation is unknown. 价格与成交数据自何时起完整 */
  pricesCompleteSince?: (Instant | null) | undefined;
};

export type ShopRow = {
  id: Identifier;
  merchantId: Identifier;
  name: string;
  zone: TimeZone;
  jurisdiction: Jurisdiction;
  /** From when on every price and sale of this shop is in the feed. Before it, and without it, a missing observation is unknown. 价格与成交数据自何时起完整 */
  pricesCompleteSince?: (Instant | null) | undefined;
};

/** IANA time zone. 时区 */
export type TimeZone = string;

export type Title = string;

export type Variant = {
  sku: Identifier;
  attributes?: Record<string, string> | undefined;
  price: Money;
  stock?: (number | null) | undefined;
};

export interface Operations {
  /** The category tree */
  getCategories: {
    params: undefined;
    query: undefined;
    body: undefined;
    response: Categories;
  };
  /** Replace the category tree */
  putCategories: {
    params: undefined;
    query: undefined;
    body: CategoriesBody;
    response: Categories;
  };
  /** A decision with the signals that it rests on */
  getDecision: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: DecisionDetail;
  };
  /** What happened after a position, in order */
  listEvents: {
    params: undefined;
    query: { after?: number | undefined; limit?: number | undefined };
    body: undefined;
    response: Events;
  };
  /** Take many listings of the feed; they are worked off in the background */
  createImport: {
    params: undefined;
    query: undefined;
    body: readonly ListingRow[];
    response: Import;
  };
  /** How far an import is, and which rows were refused */
  getImport: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: Import;
  };
  /** Make an API key; the token is shown this once */
  createKey: {
    params: undefined;
    query: undefined;
    body: KeyBody;
    response: NewKey;
  };
  /** An API key, without its secret */
  getKey: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: Key;
  };
  /** Revoke an API key */
  revokeKey: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: Key;
  };
  /** A listing, its snapshot and the verdict that it stands under */
  getListing: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: ListingView;
  };
  /** State what a listing says now, and the state that the platform has it in */
  putListing: {
    params: { id: Identifier };
    query: undefined;
    body: ListingRow;
    response: ListingView;
  };
  /** What was offered and sold, what the listing claims, and the lawful cap of each claim */
  getPriceHistory: {
    params: { id: Identifier };
    query: { from?: Instant | undefined; to?: Instant | undefined };
    body: undefined;
    response: PriceHistory;
  };
  /** State what many listings say now */
  putListings: {
    params: undefined;
    query: undefined;
    body: readonly ListingRow[];
    response: BatchResult;
  };
  /** A merchant */
  getMerchant: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: Merchant;
  };
  /** State what holds of a merchant */
  putMerchant: {
    params: { id: Identifier };
    query: undefined;
    body: MerchantBody;
    response: Merchant;
  };
  /** State what holds of many merchants */
  putMerchants: {
    params: undefined;
    query: undefined;
    body: readonly MerchantRow[];
    response: BatchResult;
  };
  /** Judge a listing before it goes live */
  precheck: {
    params: undefined;
    query: undefined;
    body: Listing;
    response: Decision;
  };
  /** Judge up to 1,000 listings */
  precheckBatch: {
    params: undefined;
    query: undefined;
    body: readonly Listing[];
    response: PrecheckBatch;
  };
  /** Record offers and sales, in any order, any number of times */
  recordPriceObservations: {
    params: undefined;
    query: undefined;
    body: readonly PriceObservation[];
    response: RecordedObservations;
  };
  /** A shop */
  getShop: {
    params: { id: Identifier };
    query: undefined;
    body: undefined;
    response: Shop;
  };
  /** State what holds of a shop */
  putShop: {
    params: { id: Identifier };
    query: undefined;
    body: ShopBody;
    response: Shop;
  };
  /** State what holds of many shops */
  putShops: {
    params: undefined;
    query: undefined;
    body: readonly ShopRow[];
    response: BatchResult;
  };
}

export const OPERATIONS = {
  getCategories: { method: 'GET', path: '/v1/categories', format: 'none', idempotent: false },
  putCategories: { method: 'PUT', path: '/v1/categories', format: 'json', idempotent: false },
  getDecision: { method: 'GET', path: '/v1/decisions/{id}', format: 'none', idempotent: false },
  listEvents: { method: 'GET', path: '/v1/events', format: 'none', idempotent: false },
  createImport: { method: 'POST', path: '/v1/imports', format: 'ndjson', idempotent: true },
  getImport: { method: 'GET', path: '/v1/imports/{id}', format: 'none', idempotent: false },
  createKey: { method: 'POST', path: '/v1/keys', format: 'json', idempotent: false },
  getKey: { method: 'GET', path: '/v1/keys/{id}', format: 'none', idempotent: false },
  revokeKey: { method: 'DELETE', path: '/v1/keys/{id}', format: 'none', idempotent: false },
  getListing: { method: 'GET', path: '/v1/listings/{id}', format: 'none', idempotent: false },
  putListing: { method: 'PUT', path: '/v1/listings/{id}', format: 'json', idempotent: false },
  getPriceHistory: { method: 'GET', path: '/v1/listings/{id}/price-history', format: 'none', idempotent: false },
  putListings: { method: 'POST', path: '/v1/listings/batch', format: 'ndjson', idempotent: false },
  getMerchant: { method: 'GET', path: '/v1/merchants/{id}', format: 'none', idempotent: false },
  putMerchant: { method: 'PUT', path: '/v1/merchants/{id}', format: 'json', idempotent: false },
  putMerchants: { method: 'POST', path: '/v1/merchants/batch', format: 'ndjson', idempotent: false },
  precheck: { method: 'POST', path: '/v1/prechecks', format: 'json', idempotent: true },
  precheckBatch: { method: 'POST', path: '/v1/prechecks/batch', format: 'ndjson', idempotent: true },
  recordPriceObservations: { method: 'POST', path: '/v1/price-observations', format: 'ndjson', idempotent: false },
  getShop: { method: 'GET', path: '/v1/shops/{id}', format: 'none', idempotent: false },
  putShop: { method: 'PUT', path: '/v1/shops/{id}', format: 'json', idempotent: false },
  putShops: { method: 'POST', path: '/v1/shops/batch', format: 'ndjson', idempotent: false },
} as const;
