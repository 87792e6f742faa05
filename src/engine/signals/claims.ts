import type { Scope, SignalDefinition, SignalType } from '../registry.ts';

/** The signals on what a listing's words claim and on what its promotions make of the price. All from the snapshot. */
export const CLAIMS_SIGNALS: readonly SignalDefinition[] = [
  listing('text.claimCount', 'int', '文字中的价格宣称数', 'claims on prices in words', 'statements'),
  listing('text.reference', 'money', '文字所称原价', 'compared price by the words'),
  listing('text.referenceImplied', 'bool', '原价由降幅推得', 'compared price follows from the reduction'),
  listing('text.referenceCount', 'int', '文字中不同原价数', 'different earlier prices in words', 'references'),
  listing('text.percent', 'bps', '文字所称降幅', 'reduction by the words'),
  listing('text.upToPercent', 'bps', '文字所称最高降幅', 'highest reduction by the words'),
  listing('text.saving', 'money', '文字所称优惠金额', 'saving by the words'),
  listing('text.lowestWords', 'strings', '最低价用语', 'words of the lowest price'),
  listing('text.clearanceWords', 'strings', '清仓用语', 'words of clearance'),
  listing('text.factoryWords', 'strings', '出厂价用语', 'words of a factory price'),
  listing('text.arithmeticWrong', 'bool', '文字中的价格算不上', 'figures in words do not add up'),
  listing('text.arithmeticOverstates', 'bool', '文字中的优惠多算', 'figures in words overstate the reduction'),
  listing('text.impossible', 'bool', '文字中的优惠不可能成立', 'an offer in words cannot hold'),
  listing('text.contradicts', 'bool', '文字与价格字段矛盾', 'words contradict the price'),
  listing('text.foreignCurrency', 'bool', '文字使用其他币种', 'words use another currency'),
  listing('text.perUnitConfusion', 'bool', '单价与整包价混淆', 'price per piece and per pack confused'),
  claim('claim.textContradicts', 'bool', '文字与比价字段矛盾', 'words contradict the comparison'),
  listing('payable.promotionCount', 'int', '优惠数', 'number of promotions', 'promotions'),
  listing('payable.lowest', 'money', '最低到手价', 'lowest payable price'),
  listing('payable.lowestReach', 'bps', '可享最低到手价的买家占比', 'buyers who can reach the lowest price'),
  listing('payable.typical', 'money', '通常到手价', 'typical payable price'),
  listing('payable.claimable', 'money', '可作宣传的到手价', 'payable price that may be claimed'),
  listing('payable.platformSubsidy', 'money', '平台补贴', 'platform subsidy'),
  listing('payable.headline', 'money', '宣传的到手价', 'headline payable price'),
  listing('payable.headlineReach', 'bps', '可享宣传价的买家占比', 'buyers who can reach the headline price'),
  listing('payable.headlineFew', 'bool', '宣传价仅少数人可享', 'headline price is for few'),
  listing('payable.headlineNeeds', 'strings', '宣传价所需身份', 'who can reach the headline price'),
  listing('payable.headlinePieces', 'int', '享宣传价须购件数', 'pieces to buy for the headline price', 'pieces'),
  listing('payable.refusals', 'strings', '无法成立的优惠', 'promotions that cannot hold'),
  listing('payable.unreadKinds', 'strings', '未识别的优惠类型', 'kinds of promotion that are not known'),
  listing('payable.giftValue', 'money', '赠品标价', 'stated value of gifts'),
];

function listing(name: string, type: SignalType, zh: string, en: string, unit: string | null = null): SignalDefinition {
  return define('listing', name, type, zh, en, unit);
}

function claim(name: string, type: SignalType, zh: string, en: string): SignalDefinition {
  return define('claim', name, type, zh, en, null);
}

function define(
  scope: Scope,
  name: string,
  type: SignalType,
  zh: string,
  en: string,
  unit: string | null,
): SignalDefinition {
  return { name, type, unit, scope, context: 'snapshot', tier: 0, adversarial: false, zh, en };
}
