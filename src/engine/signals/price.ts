import type { ClaimKind } from '../../domain/listing.ts';
import type { PriceArticle, PriceBasis, VerdictKind } from '../../domain/price/verdict.ts';
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
];

const CLAIM_KINDS: Readonly<Record<ClaimKind, Bilingual>> = {
  own: { zh: '本店自身价格', en: 'own earlier price' },
  msrp: { zh: '厂商建议零售价', en: "manufacturer's suggested price" },
  market: { zh: '市场价', en: 'market price' },
  competitor: { zh: '其他经营者价格', en: "competitor's price" },
};

const VERDICTS: Readonly<Record<VerdictKind, Bilingual>> = {
  ok: { zh: '合规', en: 'lawful' },
  violation: { zh: '违规', en: 'violation' },
  out_of_scope: { zh: '不适用', en: 'out of scope' },
  insufficient_history: { zh: '记录不足', en: 'insufficient history' },
  review: { zh: '需人工判断', en: 'needs a person' },
};

const BASES: Readonly<Record<PriceBasis, Bilingual>> = {
  lowest_sale_7d: { zh: '前七日内最低成交价', en: 'lowest sale of the preceding 7 days' },
  last_sale: { zh: '此前最后一次成交价', en: 'last sale before the comparison' },
  never_sold: { zh: '从未成交', en: 'never sold' },
  labelled_msrp: { zh: '已标明的厂商建议零售价', en: "labelled manufacturer's price" },
  disclosed_basis: { zh: '已标明的比较依据', en: 'disclosed basis' },
  external_evidence: { zh: '留存的外部证据', en: 'external evidence held' },
  lowest_offer_30d: { zh: '前三十日内最低价', en: 'lowest price of the preceding 30 days' },
  first_step: { zh: '首次降价前的价格', en: 'price before the first step' },
  last_price: { zh: '降价前的最后价格', en: 'last price before the reduction' },
  since_listing: { zh: '上架以来的最低价', en: 'lowest price since listing' },
};

const ARTICLES: Readonly<Record<PriceArticle, Bilingual>> = {
  'CN-56-16-1': article('《明码标价和禁止价格欺诈规定》第十六条第一款', 'SAMR Order 56 art. 16(1)'),
  'CN-56-16-2': article('《明码标价和禁止价格欺诈规定》第十六条第二款', 'SAMR Order 56 art. 16(2)'),
  'CN-56-16-3': article('《明码标价和禁止价格欺诈规定》第十六条第三款', 'SAMR Order 56 art. 16(3)'),
  'CN-56-17-1': article('《明码标价和禁止价格欺诈规定》第十七条第一项', 'SAMR Order 56 art. 17(1)'),
  'CN-56-17-2': article('《明码标价和禁止价格欺诈规定》第十七条第二项', 'SAMR Order 56 art. 17(2)'),
  'CN-56-20-1': article('《明码标价和禁止价格欺诈规定》第二十条第一项', 'SAMR Order 56 art. 20(1)'),
  'CN-56-21-2': article('《明码标价和禁止价格欺诈规定》第二十一条第二项', 'SAMR Order 56 art. 21(2)'),
  'CN-56-21-3': article('《明码标价和禁止价格欺诈规定》第二十一条第三项', 'SAMR Order 56 art. 21(3)'),
  'EU-98-6-6a-1': article('欧盟98/6/EC号指令第6a条第1款', 'Directive 98/6/EC art. 6a(1)'),
  'EU-98-6-6a-2': article('欧盟98/6/EC号指令第6a条第2款', 'Directive 98/6/EC art. 6a(2)'),
  'EU-98-6-6a-3': article('欧盟98/6/EC号指令第6a条第3款', 'Directive 98/6/EC art. 6a(3)'),
  'EU-98-6-6a-4': article('欧盟98/6/EC号指令第6a条第4款', 'Directive 98/6/EC art. 6a(4)'),
  'EU-98-6-6a-5': article('欧盟98/6/EC号指令第6a条第5款', 'Directive 98/6/EC art. 6a(5)'),
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
  measured('price.verdict', 'string', '价格合规结论', 'price verdict', { codes: VERDICTS }),
  measured('price.article', 'string', '适用条款', 'provision', { codes: ARTICLES }),
  measured('price.cap', 'money', '可比价上限', 'lawful cap'),
  measured('price.basis', 'string', '上限依据', 'basis of the cap', { codes: BASES }),
  measured('price.saleCount', 'int', '计入的成交笔数', 'sales counted', { unit: 'sales' }),
  measured('price.offerLow30', 'money', '三十日最低标价', 'lowest offer of 30 days'),
  measured('price.raiseBeforePercent', 'bps', '促销前涨幅', 'raise before the promotion'),
  measured('price.daysAtReference', 'int', '按划线价销售的天数', 'days at the reference price', { unit: 'days' }),
  measured('price.unitsAtReference', 'int', '按划线价售出的件数', 'units sold at the reference price', {
    unit: 'units',
  }),
  measured('price.observations', 'int', '价格记录数', 'price observations', { unit: 'observations' }),
  measured('price.lastSaleAgeDays', 'int', '距最后成交天数', 'days since the last sale', { unit: 'days' }),
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

function article(zh: string, en: string): Bilingual {
  return { zh, en };
}
