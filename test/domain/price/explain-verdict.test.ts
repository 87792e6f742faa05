import { explainVerdict } from '../../../src/domain/price/explain-verdict.ts';
import { FINDING_WORDS } from '../../../src/domain/price/finding-words.ts';
import { judgeClaim } from '../../../src/domain/price/judge.ts';
import type { PriceVerdict } from '../../../src/domain/price/verdict.ts';
import { ARTICLE_WORDS, BASIS_WORDS, MITIGATION_WORDS, VERDICT_WORDS } from '../../../src/domain/price/words.ts';
import { claim, claimInput, cnPolicy, complete, observation, policyOf, shanghai } from './world.ts';

const START = shanghai('2026-03-15');

function words(verdict: PriceVerdict, currency = 'CNY', zone = 'Asia/Shanghai'): readonly [zh: string, en: string] {
  return [explainVerdict(verdict, 'zh', currency, zone), explainVerdict(verdict, 'en', currency, zone)];
}

test('a violation says what was found, the cap with its basis, and the record it rests on', () => {
  const history = complete(observation({ id: 'S1', at: shanghai('2026-03-12'), price: 89_00n, kind: 'sale' }));
  const verdict = judgeClaim(
    claimInput({ claim: claim({ startsAt: START, reference: 199_00n }), history, policy: cnPolicy() }),
  );
  expect(words(verdict)).toEqual([
    '该比价违规(《明码标价和禁止价格欺诈规定》第十六条第二款):划线价高于可比价上限;可比价上限为 ¥89.00(前七日内最低成交价);依据记录 S1。',
    'The comparison is a violation (SAMR Order 56 art. 16(2)): the reference price is above the lawful cap; ' +
      'the lawful cap is CN¥89.00 (lowest sale of the preceding 7 days); on record S1.',
  ]);
});

test('too little history says from when it is needed and from when a claim could be judged, in the days of the shop', () => {
  const history = { observations: [], completeSince: shanghai('2026-03-11') };
  const verdict = judgeClaim(
    claimInput({ claim: claim({ startsAt: START, reference: 199_00n }), history, policy: cnPolicy() }),
  );
  const [zh, en] = words(verdict);
  expect(zh).toContain('需要自 2026-03-08 起的完整记录;按目前的记录,自 2026-03-18 起开始的声明可以判断');
  expect(en).toContain('complete records from 2026-03-08 on are needed');
  expect(en).toContain('a claim from 2026-03-18 on can be judged');
});

test('shares are given in figures', () => {
  const sold = (price: bigint, quantity: number) =>
    observation({ at: shanghai('2026-01-01'), price, kind: 'sale', currency: 'CAD', quantity });
  const verdict = judgeClaim(
    claimInput({
      claim: claim({ startsAt: START, reference: 100_00n }),
      history: complete(sold(100_00n, 60), sold(70_00n, 40)),
      policy: policyOf('CA'),
    }),
  );
  const [zh, en] = words(verdict, 'CAD', 'America/Toronto');
  expect(zh).toContain('共售出 100 件,其中 60 件不低于划线价');
  expect(en).toContain('60 of 100 units sold were at the reference price or above');
});

test('every code has words in both languages, and no word of one stands in the other', () => {
  const tables = [FINDING_WORDS, BASIS_WORDS, ARTICLE_WORDS, MITIGATION_WORDS, VERDICT_WORDS];
  for (const table of tables) {
    for (const { zh, en } of Object.values(table)) {
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(en).not.toMatch(/\p{Script=Han}/u);
    }
  }
});
