export type Language = 'zh' | 'en';

/** Every text of the page, in both languages. */
export const TEXTS = {
  title: { zh: '试金石 控制台', en: 'Touchstone console' },
  key: { zh: '粘贴 API 密钥', en: 'Paste an API key' },
  open: { zh: '打开', en: 'Open' },
  other: { zh: 'English', en: '中文' },
  needKey: {
    zh: '请粘贴 npm start 打印的演示密钥(platform 或 analyst)。',
    en: 'Paste a demonstration key that npm start printed (platform or analyst).',
  },
  none: { zh: '还没有判定。', en: 'There are no decisions yet.' },
  choose: {
    zh: '从左侧选择一个判定。用 J 和 K 键上下移动。',
    en: 'Choose a decision on the left. J and K move up and down.',
  },
  claims: { zh: '价格声明', en: 'Price claims' },
  reference: { zh: '划线价', en: 'Reference price' },
  cap: { zh: '可比价上限', en: 'Lawful cap' },
  verdict: { zh: '结论', en: 'Verdict' },
  article: { zh: '依据', en: 'Article' },
  evidence: { zh: '证据', en: 'Evidence' },
  reasons: { zh: '理由', en: 'Reasons' },
  noReasons: { zh: '没有命中任何规则。', en: 'No rule hit.' },
  unknown: { zh: '尚不清楚', en: 'Not known' },
  hints: { zh: '已验证的修改建议', en: 'Verified repairs' },
  history: { zh: '近 90 天的价格与成交', en: 'Offers and sales of the last 90 days' },
  when: { zh: '时间(UTC)', en: 'When (UTC)' },
  kind: { zh: '类型', en: 'Kind' },
  price: { zh: '价格', en: 'Price' },
  provisional: { zh: '临时判定', en: 'provisional' },
  validUntil: { zh: '有效期至', en: 'valid until' },
} as const satisfies Record<string, Record<Language, string>>;

export const OUTCOMES: Readonly<Record<string, Record<Language, string>>> = {
  allow: { zh: '放行', en: 'allow' },
  allow_with_notice: { zh: '放行并提示', en: 'allow with notice' },
  inspect: { zh: '质检', en: 'inspect' },
  review: { zh: '人工审核', en: 'review' },
  reject: { zh: '拒绝', en: 'reject' },
};

export const VERDICTS: Readonly<Record<string, Record<Language, string>>> = {
  ok: { zh: '合规', en: 'ok' },
  violation: { zh: '违规', en: 'violation' },
  out_of_scope: { zh: '不适用', en: 'out of scope' },
  insufficient_history: { zh: '历史不足', en: 'insufficient history' },
  review: { zh: '待人工判断', en: 'review' },
};

export const KINDS: Readonly<Record<string, Record<Language, string>>> = {
  offer: { zh: '报价', en: 'offer' },
  sale: { zh: '成交', en: 'sale' },
};
