import fc from 'fast-check';
import { parseClaims } from '../../../src/detect/claims/scan.ts';
import type { TextAmount, TextClaim } from '../../../src/detect/claims/text-claim.ts';

function money({ minor, currency }: TextAmount): string {
  return `${minor} ${currency}`;
}

function figures(claim: TextClaim): string {
  switch (claim.kind) {
    case 'reference':
      return `${claim.role} ${money(claim.amount)}`;
    case 'sale':
      return `${claim.afterLayers ? 'after layers ' : ''}${money(claim.amount)}`;
    case 'saving':
      return money(claim.amount);
    case 'percent':
      return `${claim.bps}`;
    case 'threshold': {
      const from = claim.threshold === null ? `${claim.pieces} pieces` : money(claim.threshold);
      return `${claim.every ? 'every ' : ''}${from} -> ${claim.off === null ? claim.bps : money(claim.off)}`;
    }
    case 'bundle':
      return `${claim.buy}+${claim.free}`;
    case 'nth_piece':
      return `#${claim.nth} ${claim.bps}`;
    case 'deposit':
      return `${money(claim.deposit)} -> ${money(claim.offsets)}`;
    case 'unit_price':
      return `${money(claim.amount)}/${claim.unit}`;
    case 'pack':
      return `${claim.pieces}`;
    case 'word':
      return claim.meaning;
  }
}

/** Each claim as one line: the words it stands on, its kind and figures. */
function told(text: string, currency = 'CNY'): string[] {
  return parseClaims(text, currency).map(
    (claim) => `${text.slice(claim.start, claim.end)} | ${claim.kind} ${claim.upTo ? 'up to ' : ''}${figures(claim)}`,
  );
}

describe('claims in Chinese', () => {
  test.each([
    [
      '原价199元,现价79元,直降120元',
      ['原价199元 | reference own 19900 CNY', '现价79元 | sale 7900 CNY', '直降120元 | saving 12000 CNY'],
    ],
    ['专柜价:¥1,299.00', ['专柜价:¥1,299.00 | reference market 129900 CNY']],
    ['吊牌价 399 秒杀价99', ['吊牌价 399 | reference msrp 39900 CNY', '秒杀价99 | sale 9900 CNY']],
    ['厂商建议零售价¥2999', ['厂商建议零售价¥2999 | reference msrp 299900 CNY']],
    ['市场价一百九十九元', ['市场价一百九十九元 | reference market 19900 CNY']],
    ['劃線價：￥１，２９９．００', ['劃線價：￥１，２９９．００ | reference own 129900 CNY']],
    ['原价两千三', ['原价两千三 | reference own 230000 CNY']],
    ['原价1.2万元', ['原价1.2万元 | reference own 1200000 CNY']],
    ['到手价9块9包邮', ['到手价9块9 | sale after layers 990 CNY']],
    ['券后九块九', ['券后九块九 | sale after layers 990 CNY']],
    ['直降至99元', ['直降至99元 | sale 9900 CNY']],
    ['最高立减300', ['最高立减300 | saving up to 30000 CNY']],
    ['特价99包邮', ['特价99 | sale 9900 CNY']],
    ['立省¥50', ['立省¥50 | saving 5000 CNY']],
    ['立减20%', ['立减20% | percent 2000']],
    ['5折', ['5折 | percent 5000']],
    ['全场打八五折', ['打八五折 | percent 1500']],
    ['低至3折', ['低至3折 | percent up to 7000']],
    ['3折起', ['3折起 | percent up to 7000']],
    ['85折 0.5折 9.5折', ['85折 | percent 1500', '0.5折 | percent 9500', '9.5折 | percent 500']],
    ['五折 半价', ['五折 | percent 5000', '半价 | percent 5000']],
    ['今日对折!', ['对折 | percent 5000']],
    ['满199减100', ['满199减100 | threshold 19900 CNY -> 10000 CNY']],
    ['每满300元立减50元', ['每满300元立减50元 | threshold every 30000 CNY -> 5000 CNY']],
    ['满199-100', ['满199-100 | threshold 19900 CNY -> 10000 CNY']],
    ['300减40', ['300减40 | threshold 30000 CNY -> 4000 CNY']],
    ['满2件8折', ['满2件8折 | threshold 2 pieces -> 2000']],
    ['满三件减五十元', ['满三件减五十元 | threshold 3 pieces -> 5000 CNY']],
    ['买一送一', ['买一送一 | bundle 1+1']],
    ['买3件免1件', ['买3件免1件 | bundle 2+1']],
    ['半价仅88元 仅限今日', ['半价 | percent 5000', '仅88元 | sale 8800 CNY']],
    ['买1得3', ['买1得3 | bundle 1+2']],
    ['第二件半价', ['第二件半价 | nth_piece #2 5000']],
    ['第2件5折', ['第2件5折 | nth_piece #2 5000']],
    ['第三件0元', ['第三件0元 | nth_piece #3 10000']],
    ['定金50抵100', ['定金50抵100 | deposit 5000 CNY -> 10000 CNY']],
    ['9.9元/斤 3瓶装', ['9.9元/斤 | unit_price 990 CNY/斤', '3瓶装 | pack 3']],
    ['每瓶仅33元', ['每瓶仅33元 | unit_price 3300 CNY/瓶']],
    ['50ml*3瓶', ['*3瓶 | pack 3']],
    ['史低!全网最低价', ['史低 | word lowest_ever', '全网最低价 | word lowest_anywhere']],
    ['清仓价 出厂价', ['清仓价 | word clearance', '出厂价 | word factory']],
    ['原价€49,99', ['原价€49,99 | reference own 4999 EUR']],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});

describe('claims in other languages', () => {
  test.each([
    ['Was $1,299.00 now $999', 'USD', ['Was $1,299.00 | reference own 129900 USD', 'now $999 | sale 99900 USD']],
    ['RRP £49.99, save £20', 'GBP', ['RRP £49.99 | reference msrp 4999 GBP', 'save £20 | saving 2000 GBP']],
    [
      'statt 1.299,00 € jetzt nur 999 €',
      'EUR',
      ['statt 1.299,00 € | reference own 129900 EUR', 'jetzt nur 999 € | sale 99900 EUR'],
    ],
    ['UVP: 59,95', 'EUR', ['UVP: 59,95 | reference msrp 5995 EUR']],
    ['MRP Rs.1,29,999', 'INR', ['MRP Rs.1,29,999 | reference own 12999900 INR']],
    ['Bananen -23 %', 'EUR', ['-23 % | percent 2300']],
    ['23% off everything', 'GBP', ['23% off | percent 2300']],
    ['Up to 70% off', 'USD', ['Up to 70% off | percent up to 7000']],
    ['save up to 40%', 'USD', ['save up to 40% | percent up to 4000']],
    ['bis zu 50% reduziert', 'EUR', ['bis zu 50% reduziert | percent up to 5000']],
    ['$20 off', 'USD', ['$20 off | saving 2000 USD']],
    ['half price clearance', 'GBP', ['half price | percent 5000', 'clearance | word clearance']],
    ['buy one get one free', 'GBP', ['buy one get one free | bundle 1+1']],
    ['Pack of 3 socks, 6-pack', 'USD', ['Pack of 3 | pack 3', '6-pack | pack 6']],
  ])('%s', (text, currency, expected) => {
    expect(told(text, currency)).toEqual(expected);
  });
});

describe('what only looks like a claim', () => {
  test.each([
    '100%棉 50%以上羊毛',
    '5折叠手机 打折叠',
    '三折晴雨伞 超轻三折伞',
    '可对折 对折钱包',
    '最小起订量10件',
    '型号X199-100 A1-299',
    'iPhone 15 Pro 256GB',
    '省电30% 节省50%空间',
    '60*90cm 1.5m*2m',
    '2026年3月15日 第3代',
    '特价 2026新款',
    '满足3个孩子',
    '买2送50元红包',
    '50% cotton 50% polyester',
    '50% off-white',
    'washed wasp 40',
    'was 40 years old',
    'now 100% recycled',
    'save 20GB',
    'up to 70% more absorbent',
    '10%-20% humidity',
    'buy one get one 50% off'.slice(0, 15),
    '一心一意 三生三世',
    '10折',
    '【11-11套装】',
  ])('%s', (text) => {
    expect(told(text)).toEqual([]);
  });
});

describe('every text', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '原价',
      '直降',
      '低至',
      '满',
      '每满',
      '第',
      '定金',
      '买',
      '折',
      '%',
      '-',
      '¥',
      '元',
      '199',
      '1,299.00',
      '一百',
      'up to',
      'was ',
      ' off',
      '抵',
      '万',
      '\ud800',
    ),
  );
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

  test('gives claims in order, that do not overlap and lie within it', () => {
    fc.assert(
      fc.property(text, (each) => {
        let last = 0;
        for (const { start, end } of parseClaims(each, 'CNY')) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(each.length);
          last = end;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('with other words before it gives the same claims further on', () => {
    const before = fc.constantFrom('好评如潮。', '纯棉舒适 ', 'Soft and warm. ', '🎉🎉 ', '……\n');
    fc.assert(
      fc.property(text, before, (each, words) => {
        const shifted = parseClaims(words + each, 'CNY');
        const plain = parseClaims(each, 'CNY').map((claim) => ({
          ...claim,
          start: claim.start + words.length,
          end: claim.end + words.length,
        }));
        expect(shifted).toEqual(plain);
      }),
      { numRuns: 1_000 },
    );
  });

  // A pass that looked back or ahead without bound would take minutes here.
  test.each([
    '原价',
    '9',
    '1,',
    '低至',
    '满1',
    'was ',
    '¥',
    '一',
    '-',
    'a',
    '每满1减',
    '原价 ',
    '买一',
    '3折',
    '定金1抵',
  ])('is read in one pass, however often %s is repeated', (piece) => {
    expect(parseClaims(piece.repeat(300_000), 'CNY').length).toBeLessThanOrEqual(300_000);
  });

  test('gives figures above zero', () => {
    fc.assert(
      fc.property(text, (each) => {
        for (const claim of parseClaims(each, 'CNY')) {
          if ('amount' in claim) expect(claim.amount.minor).toBeGreaterThan(0n);
          if (claim.kind === 'percent') expect(claim.bps).toBeGreaterThan(0);
        }
      }),
    );
  });
});
