import type { Bilingual } from '../signal.ts';
import type { FindingCode } from './verdict.ts';

function both(zh: string, en: string): Bilingual {
  return { zh, en };
}

/** Each finding as a clause without a full stop. */
export const FINDING_WORDS: Readonly<Record<FindingCode, Bilingual>> = {
  reference_above_cap: both('划线价高于可比价上限', 'the reference price is above the lawful cap'),
  percent_overstated: both('标示降幅大于实际降幅', 'the percentage is more than the prices give'),
  never_sold: both('此前没有成交', 'nothing was sold before'),
  never_offered: both('从未以该价格销售', 'the goods were never offered at that price'),
  details_untrue: both('标明的比较信息不真实', 'the details stated of the comparison are untrue'),
  details_unsupported: both('价格记录不支持标明的比较信息', 'the records do not bear out the details stated'),
  msrp_unlabelled: both('厂商建议零售价没有标明', 'the suggested retail price is not labelled as one'),
  msrp_unsupported: both(
    '没有厂商建议零售价现行有效的证据',
    'there is no evidence that the suggested price is current',
  ),
  comparison_unsupported: both('与他人价格的比较没有证据', "the comparison with others' prices has no evidence"),
  facts_missing: both('缺少判断所需的事实', 'facts that the judgement needs were not stated'),
  raise_then_cut: both(
    '降价前临时显著提价,且几乎没有以该价成交',
    'the price was raised shortly before the cut and hardly anything sold at it',
  ),
  raised_recently: both('该价格是近期提价而来', 'the price had been raised shortly before'),
  reference_too_short: both('以划线价销售的期间过短', 'the reference price was asked for too short a time'),
  not_offered_recently: both(
    '近期没有以划线价销售',
    'the goods were not offered at the reference price in the period before',
  ),
  too_few_sales: both('以划线价成交的数量不足', 'too few units were sold at the reference price'),
  share_too_small: both(
    '达到划线价的销量和时间均未超过半数',
    'neither more than half of the units nor more than half of the time reached the reference price',
  ),
  not_good_faith: both('划线价并非善意设定', 'the reference price was not set in good faith'),
  good_faith_presumed: both('推定为善意,尚未证明', 'good faith is presumed, not established'),
  good_faith_doubtful: both('是否善意设定存疑', 'it is doubtful that the price was set in good faith'),
  not_openly_offered: both('没有公开以该价格销售', 'the goods were not openly offered at that price'),
  inflated_above_usual: both('划线价高于成本加惯常加价', 'the reference price is above cost with the usual markup'),
  reduction_meaningless: both('降幅小到没有意义', 'the reduction is so small as to be meaningless'),
  reduction_small: both('降幅很小', 'the reduction is small'),
  not_like_grade: both('比较的商品等级或质量不同', 'the compared goods are not of like grade and quality'),
  imperfect_not_disclosed: both(
    '次品或瑕疵品没有说明划线价为正品价格',
    'the goods are seconds, and buyers are not told that the higher price is for perfect ones',
  ),
  promotion_length_unknown: both('没有说明促销何时结束', 'it is not stated when the promotion ends'),
  promotion_units_unknown: both('没有说明预计的促销销量', 'it is not stated how many units the promotion is to sell'),
  reference_not_above_price: both('划线价不高于售价', 'the reference price is not above the price'),
  reference_currency_differs: both(
    '划线价与售价的币种不同',
    'the reference price is in another currency than the price',
  ),
  gift_untrue: both('赠品的标示不完整或不真实', 'the gift is not described, or its value is untrue'),
  settled_above_shown: both('结算价高于标示价', 'buyers were charged more than the price shown'),
  promise_refused: both('拒绝履行价格承诺', 'a price promise was refused'),
  conditions_hidden: both('隐瞒不利的价格条件', 'unfavourable conditions of the price were hidden'),
  coupon_refused: both('拒绝按约定使用优惠券或积分', 'coupons or points were refused against the agreement'),
  scope_differs: both('实际优惠范围或规则与公布的不一致', 'the promotion differs from what was announced'),
  period_not_shown: both('限时优惠没有标明期限', 'a reduction limited in time does not show its period'),
  clearance_untrue: both('清仓价、甩卖价、最低价等表示不真实', 'the words of clearance or lowest price are untrue'),
  headline_below_detail: both('首页价格低于详情页价格', 'the headline price is below the price to pay'),
  no_comparison: both('没有价格比较', 'nothing is compared'),
  no_reduction: both('售价不低于先前价格', 'the price is not below the prior price'),
  prior_not_indicated: both('没有标明先前价格', 'the prior price is not indicated'),
  not_announced: both('没有宣示降价', 'no reduction is announced'),
  not_general: both('降价并非面向所有人', 'the reduction is not offered to everyone'),
  not_own_prior_price: both('比较对象不是自身先前价格', "the comparison is not with the trader's own prior price"),
  perishable_exempt: both('易腐商品,成员国予以豁免', 'the goods are perishable and exempt'),
  newly_listed: both('上架时间短于所要求的期间', 'the goods were on offer for less than the period'),
  progressive_not_shown: both('记录不支持连续递减的主张', 'a progressive reduction is not borne out'),
  history_incomplete: both('记录没有覆盖所需的期间', 'the records do not cover the period that is needed'),
  foreign_currency: both('部分记录为其他币种,未作比较', 'some records are in another currency and were not compared'),
  variants_disagree: both('各规格的结论不一致', 'the variants do not agree'),
  law_not_in_force: both('声明开始时该规则尚未生效', 'the rule was not in force when the claim began'),
  law_not_supported: both('该司法辖区的价格规则尚未支持', 'the price law of this jurisdiction is not supported'),
};
