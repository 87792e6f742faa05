import type { ClaimKind } from '../../domain/listing.ts';
import { hasAt } from './amounts.ts';
import { fold, foldedAt, isDigit, isLetter, unitSet } from './characters.ts';
import type { PriceWordMeaning } from './text-claim.ts';

/**
 * How much the amount after a word must look like one: `any` number will do after 原价; after `was` it needs a
 * currency or the decimals of a price.
 */
export type Strictness = 'any' | 'marked';

export type WordSense =
  | { readonly sense: 'reference'; readonly role: ClaimKind; readonly strict: Strictness }
  | { readonly sense: 'sale'; readonly strict: Strictness; readonly afterLayers: boolean }
  /** `rate`: a percentage after the word is a reduction. */
  | { readonly sense: 'saving'; readonly strict: Strictness; readonly rate: boolean }
  | { readonly sense: 'up_to' }
  | { readonly sense: 'threshold'; readonly every: boolean }
  | { readonly sense: 'buy' }
  | { readonly sense: 'nth' }
  | { readonly sense: 'deposit' }
  | { readonly sense: 'each' }
  | { readonly sense: 'pack' }
  | {
      readonly sense: 'rate';
      readonly bps: number;
      readonly not: readonly string[];
      readonly notAfter: readonly string[];
    }
  | { readonly sense: 'word'; readonly meaning: PriceWordMeaning };

export interface Word {
  readonly text: string;
  readonly means: WordSense;
}

function all(words: readonly string[], means: WordSense): Word[] {
  return words.map((text) => ({ text: fold(text), means }));
}

const FOLDING = [
  '钱包',
  '钱夹',
  '款',
  '叠',
  '放',
  '存',
  '短',
  '设计',
  '收纳',
  '式',
  '后',
  '线',
  '页',
  '即',
  '盒',
  '包',
];

const WORDS: readonly Word[] = [
  ...all(['原价', '划线价', '原售价', '日常价', '平时价', '平日价', '零售价', '正价', '标价', '挂牌价'], {
    sense: 'reference',
    role: 'own',
    strict: 'any',
  }),
  ...all(['专柜价', '市场价', '市价', '门店价', '线下价', '实体店价'], {
    sense: 'reference',
    role: 'market',
    strict: 'any',
  }),
  ...all(
    [
      '厂商建议零售价',
      '厂家建议零售价',
      '建议零售价',
      '官方指导价',
      '吊牌价',
      '建议售价',
      '指导价',
      'rrp',
      'msrp',
      'uvp',
      'srp',
    ],
    {
      sense: 'reference',
      role: 'msrp',
      strict: 'any',
    },
  ),
  ...all(['专柜', '吊牌'], { sense: 'reference', role: 'market', strict: 'marked' }),
  ...all(['retail price', 'retail value', 'list price', 'retails for', 'retail'], {
    sense: 'reference',
    role: 'msrp',
    strict: 'marked',
  }),
  ...all(['was', 'before', 'originally', 'original price', 'reg. price', 'regular price', 'regularly', 'usual price'], {
    sense: 'reference',
    role: 'own',
    strict: 'marked',
  }),
  ...all(['statt', 'bisher', 'vorher', 'mrp'], { sense: 'reference', role: 'own', strict: 'marked' }),
  ...all(['compare at'], { sense: 'reference', role: 'market', strict: 'marked' }),
  ...all(
    [
      '现价',
      '售价',
      '特价',
      '活动价',
      '促销价',
      '秒杀价',
      '抢购价',
      '优惠价',
      '仅售',
      '只卖',
      '现仅',
      '只要',
      '仅需',
      '仅要',
      '降至',
      '降到',
    ],
    {
      sense: 'sale',
      strict: 'any',
      afterLayers: false,
    },
  ),
  ...all(['到手价', '到手', '券后价', '券后', '折后价', '折后', '拍下', '返后', '预估到手价', '实付'], {
    sense: 'sale',
    strict: 'any',
    afterLayers: true,
  }),
  ...all(['仅', '只需'], { sense: 'sale', strict: 'marked', afterLayers: false }),
  ...all(['now only', 'now', 'only', 'jetzt nur', 'jetzt', 'nur', 'sale price', 'for only'], {
    sense: 'sale',
    strict: 'marked',
    afterLayers: false,
  }),
  ...all(['直降', '立省', '立减', '减免', '已省', '再减', '下单减', '直减', '狂降', '降价', '立降', '节省', '优惠'], {
    sense: 'saving',
    strict: 'any',
    rate: true,
  }),
  ...all(['省', '领券减', '抵扣', '返现'], { sense: 'saving', strict: 'marked', rate: false }),
  ...all(['save', 'you save', 'saving', 'sie sparen', 'spare', 'discount of', 'reduced by'], {
    sense: 'saving',
    strict: 'marked',
    rate: true,
  }),
  ...all(['低至', '最高', '至高', '最低', '高达', '最多', '低到', 'up to', 'upto', 'bis zu', 'as much as'], {
    sense: 'up_to',
  }),
  ...all(['每满', '每件满'], { sense: 'threshold', every: true }),
  ...all(['满', '买满', '购满'], { sense: 'threshold', every: false }),
  ...all(['买', 'buy', '拍'], { sense: 'buy' }),
  ...all(['第'], { sense: 'nth' }),
  ...all(['定金'], { sense: 'deposit' }),
  ...all(
    [
      '单件',
      '每件',
      '单价',
      '平均每',
      '每瓶',
      '每盒',
      '每包',
      '每斤',
      '每支',
      '每片',
      '每只',
      '每袋',
      '单瓶',
      '单盒',
      '单包',
      '单支',
    ],
    { sense: 'each' },
  ),
  ...all(['pack of', 'set of', 'lot of'], { sense: 'pack' }),
  ...all(['半价', 'half price', 'zum halben preis'], { sense: 'rate', bps: 5_000, not: [], notAfter: [] }),
  ...all(['对折'], {
    sense: 'rate',
    bps: 5_000,
    not: FOLDING,
    notAfter: ['可', '能', '下', '右', '式', '款', '后', '腰'],
  }),
  ...all(
    [
      '史低',
      '历史最低价',
      '历史最低',
      '历史低价',
      '史上最低价',
      '史上最低',
      'lowest price ever',
      'all-time low',
      'all time low',
    ],
    {
      sense: 'word',
      meaning: 'lowest_ever',
    },
  ),
  ...all(
    [
      '全网最低价',
      '全网最低',
      '全网底价',
      '全网低价',
      '最低价',
      '底价',
      'lowest price',
      'best price guaranteed',
      'bestpreis',
    ],
    {
      sense: 'word',
      meaning: 'lowest_anywhere',
    },
  ),
  ...all(
    [
      '清仓价',
      '清仓',
      '甩卖价',
      '甩卖',
      '跳楼价',
      '尾货价',
      'clearance price',
      'clearance',
      'ausverkauf',
      'räumungsverkauf',
    ],
    {
      sense: 'word',
      meaning: 'clearance',
    },
  ),
  ...all(
    ['出厂价', '批发价', '成本价', '厂家直销价', '工厂价', 'factory price', 'wholesale price', 'at cost', 'werkspreis'],
    {
      sense: 'word',
      meaning: 'factory',
    },
  ),
];

/** Words by their first unit, the longest first. */
const BY_FIRST: ReadonlyMap<number, readonly Word[]> = new Map(
  [...new Set(WORDS.map(({ text }) => text.charCodeAt(0)))].map((first) => [
    first,
    WORDS.filter(({ text }) => text.charCodeAt(0) === first).sort((a, b) => b.text.length - a.text.length),
  ]),
);

const STARTS = unitSet(WORDS.map(({ text }) => text));

/** Whether some word begins with this folded unit. */
export function beginsWord(code: number): boolean {
  return STARTS[code] === 1;
}

/** The longest word at `at`; words of letters stand alone. */
export function wordAt(text: string, at: number): Word | null {
  const first = foldedAt(text, at);
  const candidates = STARTS[first] === 1 ? BY_FIRST.get(first) : undefined;
  if (candidates === undefined) return null;
  for (const word of candidates) {
    if (hasAt(text, at, word.text) && standsAlone(text, at, word.text)) return word;
  }
  return null;
}

function standsAlone(text: string, at: number, word: string): boolean {
  if (!isLetter(word.charCodeAt(0))) return true;
  const before = foldedAt(text, at - 1);
  const after = foldedAt(text, at + word.length);
  return !isLetter(before) && !isDigit(before) && !isLetter(after);
}
