import { formatMoney, type Language } from '../money.ts';
import type { Bilingual } from '../signal.ts';
import { formatInstant, type Instant } from '../time.ts';
import { offsetAt } from '../time-zone.ts';
import { FINDING_WORDS } from './finding-words.ts';
import type { Measure, PriceVerdict } from './verdict.ts';
import { ARTICLE_WORDS, BASIS_WORDS, MITIGATION_WORDS } from './words.ts';

const OPENING: Readonly<Record<PriceVerdict['verdict'], Bilingual>> = {
  ok: { zh: '该比价合规', en: 'The comparison is lawful' },
  violation: { zh: '该比价违规', en: 'The comparison is a violation' },
  out_of_scope: { zh: '该规则不适用', en: 'The rule does not apply' },
  insufficient_history: { zh: '记录不足,尚不能判断', en: 'The records do not reach far enough to judge' },
  review: { zh: '需人工判断', en: 'A person must judge' },
};

function measureWords({ code, value, of }: Measure, language: Language): string {
  const zh: Readonly<Record<Measure['code'], string>> = {
    units_share: `共售出 ${of} 件,其中 ${value} 件不低于划线价`,
    days_share: `${of} 天中有 ${value} 天不低于划线价`,
    run_days: `促销前连续 ${value} 天不低于划线价,需 ${of} 天`,
    units_in_run: `其间售出 ${value} 件,需 ${of} 件`,
    days_offered: `以不低于划线价销售 ${value} 天,需 ${of} 天`,
    units_sold: `以不低于划线价售出 ${value} 件,需 ${of} 件`,
  };
  const en: Readonly<Record<Measure['code'], string>> = {
    units_share: `${value} of ${of} units sold were at the reference price or above`,
    days_share: `${value} of ${of} days were at the reference price or above`,
    run_days: `the reference price ran for ${value} days right before, of ${of} needed`,
    units_in_run: `${value} units sold in that time, of ${of} needed`,
    days_offered: `offered at the reference price or above for ${value} days, of ${of} needed`,
    units_sold: `${value} units sold at the reference price or above, of ${of} needed`,
  };
  return language === 'zh' ? zh[code] : en[code];
}

function capWords({ cap, capIsBound, basis }: PriceVerdict, language: Language, currency: string): string | null {
  if (cap === null) return null;
  const amount = formatMoney(cap, currency, language);
  const because =
    basis === null ? '' : language === 'zh' ? `(${BASIS_WORDS[basis].zh})` : ` (${BASIS_WORDS[basis].en})`;
  if (language === 'zh') return `可比价上限${capIsBound ? '不高于' : '为'} ${amount}${because}`;
  return `the lawful cap is ${capIsBound ? 'at most ' : ''}${amount}${because}`;
}

function dayWords(instant: Instant, zone: string): string {
  return formatInstant(instant + offsetAt(zone, instant)).slice(0, 10);
}

function needWords({ need }: PriceVerdict, language: Language, zone: string): string | null {
  if (need === null) return null;
  const from = dayWords(need.from, zone);
  const known = need.knownFrom === null ? null : dayWords(need.knownFrom, zone);
  if (language === 'zh') {
    const later = known === null ? '' : `;按目前的记录,自 ${known} 起开始的声明可以判断`;
    return `需要自 ${from} 起的完整记录${later}`;
  }
  const later = known === null ? '' : `; with what is recorded now, a claim from ${known} on can be judged`;
  return `complete records from ${from} on are needed${later}`;
}

/**
 * A verdict in words: what it is and by which provision, what was found and counted, the cap with its basis, the
 * number of records that it rests on, what speaks for the trader, and what is missing. Pure; complete in both
 * languages. `currency` is the listing's; `zone` the one in which days are named.
 */
export function explainVerdict(
  verdict: PriceVerdict,
  language: Language,
  currency: string,
  zone: string = 'UTC',
): string {
  const article = verdict.article === null ? null : ARTICLE_WORDS[verdict.article][language];
  const opening = OPENING[verdict.verdict][language];
  const head = article === null ? opening : language === 'zh' ? `${opening}(${article})` : `${opening} (${article})`;
  const parts = [
    ...new Set(verdict.findings.map(({ code }) => FINDING_WORDS[code][language])),
    ...verdict.measures.map((measure) => measureWords(measure, language)),
    capWords(verdict, language, currency),
    evidenceWords(verdict.evidence, language),
    ...verdict.mitigations.map(({ code }) => MITIGATION_WORDS[code][language]),
    needWords(verdict, language, zone),
  ].filter((part) => part !== null);
  const body = parts.join(language === 'zh' ? ';' : '; ');
  if (language === 'zh') return body === '' ? `${head}。` : `${head}:${body}。`;
  return body === '' ? `${head}.` : `${head}: ${body}.`;
}

function evidenceWords(evidence: readonly string[], language: Language): string | null {
  if (evidence.length === 0) return null;
  const shown = evidence.slice(0, 5).join(language === 'zh' ? '、' : ', ');
  const more =
    evidence.length > 5 ? (language === 'zh' ? ` 等 ${evidence.length} 条` : ` and ${evidence.length - 5} more`) : '';
  return language === 'zh' ? `依据记录 ${shown}${more}` : `on record ${shown}${more}`;
}
