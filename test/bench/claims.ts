import { Bench } from 'tinybench';
import { parseClaims } from '../../src/detect/claims/scan.ts';
import { claimsSignals } from '../../src/detect/claims/signals.ts';
import type { ListingSnapshot } from '../../src/domain/listing.ts';

/** Claims parsed from distinct Chinese texts of 200 characters, beside a plain list of regular expressions. */
const TEXTS = 4_000;
const LENGTH = 200;

const PLAIN = [
  ...[
    '这款运动鞋采用轻便透气的网面',
    '鞋底柔软防滑适合日常通勤',
    '面料亲肤不起球',
    '多色可选尺码齐全',
    '下单后当天发出',
  ],
  ...['支持七天无理由退换', '材质为百分之百棉', '适合春夏秋冬四季穿着', '请放入阴凉干燥处保存', '由专业团队设计'],
  ...['含棉95%氨纶5%', '型号A1299', '规格60*90cm', '容量500ml', '保质期18个月', '重约350克', '三折便携', '2026新款'],
];
const CLAIMING = [
  (figure: number) => `原价${figure + 100}元现价${figure}元`,
  (figure: number) => `直降${figure}元`,
  (figure: number) => `专柜价¥${figure + 300}.00`,
  (figure: number) => `${(figure % 8) + 1}.${figure % 10}折`,
  (figure: number) => `满${figure + 200}减${figure}`,
  (figure: number) => `低至${(figure % 8) + 1}折`,
  () => '第二件半价',
  () => '全网最低价',
];

/** The same for every run: a xorshift sequence. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function textOf(next: (below: number) => number, claims: number): string {
  const parts: string[] = [];
  for (let count = 0; count < claims; count++) parts.push(CLAIMING[next(CLAIMING.length)]?.(next(400) + 1) ?? '');
  for (let length = parts.join(',').length; length < LENGTH; ) {
    const part = PLAIN[next(PLAIN.length)] ?? '';
    parts.splice(next(parts.length + 1), 0, `${part}${next(1_000)}`);
    length = parts.join(',').length;
  }
  return parts.join(',').slice(0, LENGTH);
}

function distinct(claims: number): string[] {
  const next = sequence(claims + 7_919);
  const texts = new Set<string>();
  while (texts.size < TEXTS) texts.add(textOf(next, claims));
  return [...texts];
}

/** What a first attempt looks like: one expression for each form, each run over the whole text. */
const EXPRESSIONS = [
  /(?:原价|划线价|专柜价|吊牌价|市场价|建议零售价)[::\s]*[¥¥]?\s*(\d+(?:\.\d+)?)\s*元?/g,
  /(?:现价|特价|到手价|券后价?|活动价)[::\s]*[¥¥]?\s*(\d+(?:\.\d+)?)\s*元?/g,
  /(?:直降|立省|立减|省)[::\s]*[¥¥]?\s*(\d+(?:\.\d+)?)\s*元?/g,
  /(?:低至|最高)?\s*(\d+(?:\.\d+)?|[一二三四五六七八九]+)折/g,
  /每?满(\d+)[元件]?[立再]?[减打](\d+(?:\.\d+)?)折?/g,
  /买([一二三\d]+)[送免]([一二三\d]+)/g,
  /第([二三\d]+)件(?:半价|(\d+)折)/g,
  /(?:-|up to )?(\d+)\s*[%%]\s*off/gi,
  /(?:was|rrp|msrp|uvp|statt)[:\s]*[¥€£$]?\s*(\d+(?:[.,]\d+)*)/gi,
  /(?:save|now)[:\s]*[€£$]\s*(\d+(?:[.,]\d+)*)/gi,
  /定金(\d+)抵(\d+)/g,
  /[¥¥]?(\d+(?:\.\d+)?)元?\/(?:件|瓶|盒|包|斤)/g,
  /(\d+)(?:件|瓶|盒|包|片|支)装/g,
  /史低|历史最低价?|全网最低价?|清仓价?|甩卖|跳楼价|出厂价|批发价/g,
];

function byExpressions(text: string): number {
  let found = 0;
  for (const expression of EXPRESSIONS)
    for (const match of text.matchAll(expression)) found += match.length > 0 ? 1 : 0;
  return found;
}

function listingWith(title: string): ListingSnapshot {
  const nothing = { brand: null, gtin: null, model: null, condition: null, grade: null, madeAt: null, expiresAt: null };
  return {
    ...nothing,
    ...{ id: 'L1', shopId: 'S1', merchantId: 'M1', jurisdiction: 'CN', category: 'apparel', attributes: {} },
    ...{ title, description: null, variants: [], currency: 'CNY', price: 9_900n, headlinePrice: null, promotions: [] },
    ...{ claims: [], images: [], lots: [], campaignId: null, at: 0 },
  };
}

/** Hands out the elements in turn, so that no run sees the same text twice in a row. */
function turns<T>(from: readonly T[]): () => T {
  let turn = 0;
  return () => {
    turn = (turn + 1) % from.length;
    const each = from[turn];
    if (each === undefined) throw new Error('nothing to read');
    return each;
  };
}

async function medians(tasks: Readonly<Record<string, () => unknown>>): Promise<Record<string, number>> {
  const bench = new Bench({ time: 1_000, warmupTime: 300 });
  for (const [name, task] of Object.entries(tasks)) bench.add(name, () => void task());
  await bench.run();
  return Object.fromEntries(
    Object.keys(tasks).map((name) => {
      const result = bench.getTask(name)?.result;
      if (result === undefined || !('latency' in result)) throw new Error(`${name} was not measured`);
      return [name, result.latency.p50 * 1_000];
    }),
  );
}

async function benchClaims() {
  const [none, few, many] = [distinct(0), distinct(3), distinct(10)];
  const silent = none.map((text) => text.replace(/[\d*%三百]/g, '好'));
  const counted = few.reduce((sum, text) => sum + parseClaims(text, 'CNY').length, 0) / few.length;
  const byList = few.reduce((sum, text) => sum + byExpressions(text), 0) / few.length;
  const next = { none: turns(none), few: turns(few), many: turns(many), silent: turns(silent), list: turns(few) };
  const listings = turns(silent.map((text) => listingWith(text.slice(0, 40))));
  const microseconds = await medians({
    threeClaims: () => parseClaims(next.few(), 'CNY'),
    tenClaims: () => parseClaims(next.many(), 'CNY'),
    figuresButNoClaim: () => parseClaims(next.none(), 'CNY'),
    noFigure: () => parseClaims(next.silent(), 'CNY'),
    regexList: () => byExpressions(next.list()),
    listingWithoutClaims: () => claimsSignals(listings(), null),
  });
  const { threeClaims = 0, regexList = 0 } = microseconds;
  return {
    texts: TEXTS,
    characters: LENGTH,
    claimsPerText: counted,
    claimsPerTextByRegexList: byList,
    /** Medians. */
    microseconds,
    ratio: regexList / threeClaims,
  };
}

process.stdout.write(`${JSON.stringify(await benchClaims())}\n`);
