import type { Bilingual } from '../signal.ts';
import type { Mitigation, PriceArticle, PriceBasis, VerdictKind } from './verdict.ts';

function both(zh: string, en: string): Bilingual {
  return { zh, en };
}

function order56(zh: string, en: string): Bilingual {
  return both(`《明码标价和禁止价格欺诈规定》${zh}`, `SAMR Order 56 ${en}`);
}

function directive(paragraph: number): Bilingual {
  return both(`欧盟98/6/EC号指令第6a条第${paragraph}款`, `Directive 98/6/EC art. 6a(${paragraph})`);
}

function guides(section: string, zh: string): Bilingual {
  return both(`美国《反欺骗性定价指南》第233.${section}条(${zh})`, `16 CFR 233.${section}`);
}

/** Names of the verdicts. */
export const VERDICT_WORDS: Readonly<Record<VerdictKind, Bilingual>> = {
  ok: both('合规', 'lawful'),
  violation: both('违规', 'violation'),
  out_of_scope: both('不适用', 'out of scope'),
  insufficient_history: both('记录不足', 'insufficient history'),
  review: both('需人工判断', 'needs a person'),
};

/** What a cap rests on, as a noun. */
export const BASIS_WORDS: Readonly<Record<PriceBasis, Bilingual>> = {
  lowest_sale_7d: both('前七日内最低成交价', 'lowest sale of the preceding 7 days'),
  last_sale: both('此前最后一次成交价', 'last sale before the comparison'),
  never_sold: both('从未成交', 'never sold'),
  labelled_msrp: both('已标明的厂商建议零售价', "labelled manufacturer's price"),
  disclosed_basis: both('已标明的比较依据', 'disclosed basis'),
  external_evidence: both('留存的外部证据', 'external evidence held'),
  lowest_offer_30d: both('前三十日内最低价', 'lowest price of the preceding 30 days'),
  first_step: both('首次降价前的价格', 'price before the first step'),
  last_price: both('降价前的最后价格', 'last price before the reduction'),
  since_listing: both('上架以来的最低价', 'lowest price since listing'),
  run_before: both(
    '促销前连续销售且销量足够的价格',
    'price that ran, and sold, long enough right before the promotion',
  ),
  offered_period: both('在合理期间内公开销售的价格', 'price openly offered for a substantial period'),
  share_of_units: both('过半销量达到的价格', 'price that more than half of the units reached'),
  share_of_time: both('过半时间维持的价格', 'price held for more than half of the time'),
  usual_markup: both('成本加惯常加价', 'cost with the usual markup'),
  area_price: both('当地其他经营者的实际售价', 'price at which others in the area really sell'),
};

/** The provisions by the names that people cite. */
export const ARTICLE_WORDS: Readonly<Record<PriceArticle, Bilingual>> = {
  'CN-56-16-1': order56('第十六条第一款', 'art. 16(1)'),
  'CN-56-16-2': order56('第十六条第二款', 'art. 16(2)'),
  'CN-56-16-3': order56('第十六条第三款', 'art. 16(3)'),
  'CN-56-17-1': order56('第十七条第一项', 'art. 17(1)'),
  'CN-56-17-2': order56('第十七条第二项', 'art. 17(2)'),
  'CN-56-18': order56('第十八条', 'art. 18'),
  'CN-56-19-2': order56('第十九条第二项', 'art. 19(2)'),
  'CN-56-19-5': order56('第十九条第五项', 'art. 19(5)'),
  'CN-56-19-6': order56('第十九条第六项', 'art. 19(6)'),
  'CN-56-19-7': order56('第十九条第七项', 'art. 19(7)'),
  'CN-56-20-1': order56('第二十条第一项', 'art. 20(1)'),
  'CN-56-20-2': order56('第二十条第二项', 'art. 20(2)'),
  'CN-56-21-1': order56('第二十一条第一项', 'art. 21(1)'),
  'CN-56-21-2': order56('第二十一条第二项', 'art. 21(2)'),
  'CN-56-21-3': order56('第二十一条第三项', 'art. 21(3)'),
  'CN-32-21': both('《规范促销行为暂行规定》第二十一条', 'SAMR Order 32 art. 21'),
  'CN-CPR-6-5': both(
    '《侵害消费者权益行为处罚办法》第六条第五项',
    'Measures on Penalties for Infringing Consumer Rights art. 6(5)',
  ),
  'EU-98-6-6a-1': directive(1),
  'EU-98-6-6a-2': directive(2),
  'EU-98-6-6a-3': directive(3),
  'EU-98-6-6a-4': directive(4),
  'EU-98-6-6a-5': directive(5),
  'UK-DMCC-226': both('英国《2024年数字市场、竞争与消费者法》第226条', 'DMCC Act 2024 s. 226'),
  'UK-CMA-DURATION': both('英国竞争与市场管理局期间原则', "the CMA's principle of duration"),
  'UK-CMA-VOLUME': both('英国竞争与市场管理局销量原则', "the CMA's principle of volume"),
  'US-16-233-1-a': guides('1(a)', '原价须真实'),
  'US-16-233-1-b': guides('1(b)', '原价的销售'),
  'US-16-233-1-c': guides('1(c)', '虚构的原价'),
  'US-16-233-1-d': guides('1(d)', '久远或未公开的原价'),
  'US-16-233-1-e': guides('1(e)', '无意义的降幅'),
  'US-16-233-2': guides('2', '与他人价格比较'),
  'US-16-233-3': guides('3', '厂商建议零售价'),
  'US-16-233-5': guides('5', '次品及其他比较'),
  'CA-74-01-1-a': both('加拿大《竞争法》第74.01条第(1)款(a)项', 'Competition Act s. 74.01(1)(a)'),
  'CA-74-01-2': both('加拿大《竞争法》第74.01条第(2)款', 'Competition Act s. 74.01(2)'),
  'CA-74-01-3': both('加拿大《竞争法》第74.01条第(3)款', 'Competition Act s. 74.01(3)'),
  'CA-74-01-3-a': both('加拿大《竞争法》第74.01条第(3)款(a)项', 'Competition Act s. 74.01(3)(a)'),
  'CA-74-01-3-b': both('加拿大《竞争法》第74.01条第(3)款(b)项', 'Competition Act s. 74.01(3)(b)'),
  'AU-ACL-18': both('《澳大利亚消费者法》第18条', 'Australian Consumer Law s. 18'),
  'AU-ACL-29-1-i': both('《澳大利亚消费者法》第29条第(1)款(i)项', 'Australian Consumer Law s. 29(1)(i)'),
};

export const MITIGATION_WORDS: Readonly<Record<Mitigation['code'], Bilingual>> = {
  no_intent: both('有证据证明没有欺诈故意', 'there is evidence that nobody meant to deceive'),
  better_deal_paid: both('实际成交价使消费者获得更大优惠', 'buyers really paid less than was announced'),
  rounding: both('差异源于结算舍零取整', 'the difference comes from rounding the amount to pay'),
};
