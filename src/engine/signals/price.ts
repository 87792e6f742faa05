import type { ClaimKind } from '../../domain/listing.ts';
import type { AgainstPrior, ReferencePath, Rise } from '../../domain/price/pattern-kinds.ts';
import { ARTICLE_WORDS, BASIS_WORDS, VERDICT_WORDS } from '../../domain/price/words.ts';
import type { Bilingual } from '../../domain/signal.ts';
import type { ContextDefinition, Scope, SignalDefinition, SignalType, Tier } from '../registry.ts';

/** What each loader supplies, worded as what would make a signal known. */
export const PRICE_CONTEXTS: readonly ContextDefinition[] = [
  { name: 'snapshot', zh: '在商品信息中填写该内容', en: 'the listing states it' },
  {
    name: 'price_history',
    zh: '补充覆盖比较期间的价格与成交记录',
    en: 'price observations and sales that cover the comparison period',
  },
  {
    name: 'campaign_feed',
    zh: '接入促销活动记录(划线价、倒计时、面向人群)',
    en: 'a feed of campaigns: references, countdowns and audiences as they were shown',
  },
  { name: 'stock_feed', zh: '接入库存记录', en: 'a feed of stock levels' },
  { name: 'market', zh: '提供同款商品在其他店铺的价格', en: "other shops' prices of the same product" },
];

const AGAINST_PRIOR: Readonly<Record<AgainstPrior, Bilingual>> = {
  above: { zh: '高于此前最低价', en: 'above the prior minimum' },
  equal: { zh: '等于此前最低价', en: 'equal to the prior minimum' },
  below: { zh: '低于此前最低价', en: 'below the prior minimum' },
};

const RISES: Readonly<Record<Rise, Bilingual>> = {
  none: { zh: '没有上涨', en: 'no rise' },
  promotion_ended: { zh: '促销结束后恢复', en: 'a promotion ended' },
  raised: { zh: '涨至新高', en: 'raised beyond what it had been' },
};

const PATHS: Readonly<Record<ReferencePath, Bilingual>> = {
  none: { zh: '没有划线价', en: 'no reference' },
  steady: { zh: '划线价不变', en: 'steady reference' },
  climbs: { zh: '售价未涨而划线价上涨', en: 'reference that climbs while the price stays' },
  toggles: { zh: '划线价随促销往复', en: 'reference that toggles with promotions' },
  moves: { zh: '划线价随售价变动', en: 'reference that moves with the price' },
};

const CLAIM_KINDS: Readonly<Record<ClaimKind, Bilingual>> = {
  own: { zh: '本店自身价格', en: 'own earlier price' },
  msrp: { zh: '厂商建议零售价', en: "manufacturer's suggested price" },
  market: { zh: '市场价', en: 'market price' },
  competitor: { zh: '其他经营者价格', en: "competitor's price" },
};

interface Extra {
  readonly unit?: string;
  readonly codes?: Readonly<Record<string, Bilingual>>;
}

/** The signals on prices and discounts. */
export const PRICE_SIGNALS: readonly SignalDefinition[] = [
  stated('listing.price', 'money', '售价', 'price'),
  stated('listing.headlinePrice', 'money', '首页价格', 'headline price'),
  stated('listing.minVariantPrice', 'money', '最低规格价', 'lowest variant price'),
  stated('listing.maxVariantPrice', 'money', '最高规格价', 'highest variant price'),
  stated('listing.claimCount', 'int', '比价数', 'number of comparisons', { unit: 'claims' }),
  stated('listing.category', 'string', '类目', 'category'),
  stated('listing.jurisdiction', 'string', '适用法域', 'jurisdiction'),
  stated('listing.discountWords', 'strings', '促销用语', 'words of reduction'),
  stated('listing.currency', 'string', '币种', 'currency'),
  stated('listing.claimsDisagree', 'bool', '各比价互相矛盾', 'comparisons that disagree'),
  fed('listing.referencePath', 'string', 'campaign_feed', '划线价走势', 'path of the reference', { codes: PATHS }),
  fed('listing.countdownRestarts', 'int', 'campaign_feed', '倒计时重新开始次数', 'restarts of the countdown', {
    unit: 'times',
  }),
  fed('listing.audienceSplit', 'bps', 'campaign_feed', '不同人群价格差', 'difference between audiences'),
  fed('listing.stockRefills', 'int', 'stock_feed', '“最后几件”期间补货次数', 'refills while "last pieces" was shown', {
    unit: 'times',
  }),
  fed('listing.marketScore', 'int', 'market', '同款价格偏离(百分之一)', 'distance from the market, hundredths', {
    unit: 'hundredths',
  }),
  stated('claim.kind', 'string', '比价类型', 'kind of comparison', { codes: CLAIM_KINDS }),
  stated('claim.reference', 'money', '划线价', 'reference price'),
  stated('claim.percent', 'bps', '标示降幅', 'claimed reduction'),
  stated('claim.impliedPercent', 'bps', '按价格计算的降幅', 'reduction implied by the prices'),
  stated('claim.sale', 'money', '促销价', 'sale price'),
  stated('claim.disclosed', 'bool', '已标明比较依据', 'basis disclosed'),
  stated('claim.labelledMsrp', 'bool', '已标明为厂商建议零售价', "labelled as the manufacturer's price"),
  stated('claim.evidenceHeld', 'bool', '留存比较依据证据', 'evidence held'),
  stated('claim.announced', 'bool', '公开宣示降价', 'reduction announced'),
  stated('claim.hasEnd', 'bool', '标明结束时间', 'end stated'),
  stated('claim.durationDays', 'int', '促销天数', 'days of promotion', { unit: 'days' }),
  measured('claim.overstatedPercent', 'bps', '多标的降幅', 'overstated reduction'),
  measured('price.verdict', 'string', '价格合规结论', 'price verdict', { codes: VERDICT_WORDS }),
  measured('price.article', 'string', '适用条款', 'provision', { codes: ARTICLE_WORDS }),
  measured('price.cap', 'money', '可比价上限', 'lawful cap'),
  measured('price.basis', 'string', '上限依据', 'basis of the cap', { codes: BASIS_WORDS }),
  measured('price.saleCount', 'int', '计入的成交笔数', 'sales counted', { unit: 'sales' }),
  measured('price.offerLow30', 'money', '三十日最低标价', 'lowest offer of 30 days'),
  measured('price.raiseBeforePercent', 'bps', '促销前涨幅', 'raise before the promotion'),
  measured('price.daysAtReference', 'int', '按划线价销售的天数', 'days at the reference price', { unit: 'days' }),
  measured('price.unitsAtReference', 'int', '按划线价售出的件数', 'units sold at the reference price', {
    unit: 'units',
  }),
  measured('price.observations', 'int', '价格记录数', 'price observations', { unit: 'observations' }),
  measured('price.lastSaleAgeDays', 'int', '距最后成交天数', 'days since the last sale', { unit: 'days' }),
  measured('price.findings', 'strings', '价格判定的各项发现', 'findings of the price verdict'),
  measured('price.raisedUnitsShare', 'bps', '涨价后售出件数占比', 'share of units sold at the raised price'),
  measured('price.onSaleShare', 'bps', '低于划线价的时间占比', 'share of time below the reference price'),
  measured('price.againstPriorMinimum', 'string', '与此前三十日最低价相比', 'against the minimum of 30 days', {
    codes: AGAINST_PRIOR,
  }),
  measured('price.lastRise', 'string', '促销前最近一次上涨', 'last rise before the promotion', { codes: RISES }),
  measured('price.campaignAbovePrior', 'bps', '活动价高于活动前最低价', 'campaign price above the lowest before'),
  measured('price.referenceAboveMax', 'bool', '划线价高于历史最高价', 'reference above every price observed'),
];

/** A signal that the snapshot itself holds. */
function stated(name: string, type: SignalType, zh: string, en: string, extra: Extra = {}): SignalDefinition {
  return define(name, type, 'snapshot', 0, zh, en, extra);
}

/** A signal that needs the price history. */
function measured(name: string, type: SignalType, zh: string, en: string, extra: Extra = {}): SignalDefinition {
  return define(name, type, 'price_history', 2, zh, en, extra);
}

/** A signal that needs a feed, which only the worker reads. */
function fed(
  name: string,
  type: SignalType,
  context: string,
  zh: string,
  en: string,
  extra: Extra = {},
): SignalDefinition {
  return define(name, type, context, 3, zh, en, extra);
}

function define(
  name: string,
  type: SignalType,
  context: string,
  tier: Tier,
  zh: string,
  en: string,
  extra: Extra,
): SignalDefinition {
  const scope: Scope = name.startsWith('listing.') ? 'listing' : 'claim';
  const codes = extra.codes === undefined ? {} : { codes: extra.codes };
  return { name, type, unit: extra.unit ?? null, scope, context, tier, adversarial: false, zh, en, ...codes };
}
