/// <reference lib="dom" />
import { type Decision, type Event, OPERATIONS, type Operations, type PriceHistory } from '../client/api.ts';
import { createClient, ProblemError } from '../client/client.ts';
import { element, money, place, table } from './page.ts';
import { KINDS, type Language, OUTCOMES, TEXTS, VERDICTS } from './texts.ts';

const SHOWN = 200;
const EVENTS_A_PAGE = 1_000;
const LOOK_MS = 3_000;
const HISTORY_ROWS = 40;

let language: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';
let apiKey = sessionStorage.getItem('apiKey') ?? '';
let after = 0;
let decided: Event[] = [];
let chosen: string | null = null;

const text = (key: keyof typeof TEXTS): string => TEXTS[key][language];
const client = () => createClient<Operations>(OPERATIONS, { baseUrl: '', apiKey, language });

function showBar(): void {
  const input = element('input', {
    type: 'password',
    placeholder: text('key'),
    'aria-label': text('key'),
    value: apiKey,
  });
  const form = element('form', {}, input, element('button', {}, text('open')));
  form.addEventListener('submit', (submitted) => {
    submitted.preventDefault();
    apiKey = input.value.trim();
    sessionStorage.setItem('apiKey', apiKey);
    after = 0;
    decided = [];
    look().catch(showFailure);
  });
  const other = element('button', { type: 'button' }, text('other'));
  other.addEventListener('click', () => {
    language = language === 'zh' ? 'en' : 'zh';
    showAll();
  });
  place('bar').replaceChildren(element('h1', {}, text('title')), form, other);
  document.documentElement.lang = language;
}

/** Reads what happened since the last look and keeps the decisions, newest first. */
async function look(): Promise<void> {
  if (apiKey === '') return;
  for (;;) {
    const { body } = await client().call('listEvents', { query: { after, limit: EVENTS_A_PAGE } });
    const fresh = body.events.filter(({ type }) => type === 'decision.made' || type === 'decision.provisional');
    decided = [...fresh.reverse(), ...decided].slice(0, SHOWN);
    after = body.after;
    if (!body.more) break;
  }
  showList();
}

function showList(): void {
  const rows = decided.map(({ subject, facts, at }) => {
    const id = subject.decisionId ?? '';
    const row = element(
      'button',
      { type: 'button', 'aria-current': String(id === chosen) },
      element('span', {}, subject.listingId ?? ''),
      badge(facts.outcome ?? ''),
      element('span', { class: 'dim' }, `${at.slice(0, 19).replace('T', ' ')} UTC`),
    );
    row.addEventListener('click', () => choose(id));
    return row;
  });
  const message = apiKey === '' ? text('needKey') : text('none');
  place('list').replaceChildren(...(rows.length > 0 ? rows : [element('div', { class: 'empty' }, message)]));
}

function choose(id: string): void {
  chosen = id;
  showList();
  showDecision(id).catch(showFailure);
}

async function showDecision(id: string): Promise<void> {
  const { body: decision } = await client().call('getDecision', { params: { id } });
  const history = await priceHistory(decision.listingId);
  if (chosen !== id) return;
  place('detail').replaceChildren(...detailOf(decision, history));
}

/** A listing that was only pre-checked is not in the feed and has no page of its own. */
async function priceHistory(listingId: string): Promise<PriceHistory | null> {
  try {
    return (await client().call('getPriceHistory', { params: { id: listingId } })).body;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return null;
    throw error;
  }
}

function detailOf(decision: Decision, history: PriceHistory | null): Node[] {
  const hits = decision.rules.filter(({ outcome }) => outcome === 'hit');
  const unknown = decision.rules.filter(({ outcome }) => outcome === 'unknown');
  const { currency } = decision;
  const parts: Node[] = [
    element('h2', {}, `${decision.listingId} `, badge(decision.outcome)),
    element(
      'div',
      { class: 'dim' },
      `${decision.at} · ${text('validUntil')} ${decision.validUntil}${decision.provisional ? ` · ${text('provisional')}` : ''}`,
    ),
  ];
  if (decision.price.length > 0) {
    parts.push(
      element('h3', {}, text('claims')),
      table(
        [text('reference'), text('cap'), text('verdict'), text('article'), text('evidence')],
        decision.price.map((verdict) => [
          money(history?.claims.find(({ claim }) => claim === verdict.claim)?.reference ?? null, currency, language),
          money(verdict.cap, currency, language),
          VERDICTS[verdict.verdict]?.[language] ?? verdict.verdict,
          verdict.article ?? '–',
          verdict.evidence.join(', '),
        ]),
        [0, 1],
      ),
    );
  }
  parts.push(element('h3', {}, text('reasons')));
  parts.push(
    hits.length === 0 ? element('p', {}, text('noReasons')) : listOf(hits.map((rule) => rule[language] ?? rule.id)),
  );
  if (unknown.length > 0) {
    const missing = new Set(unknown.flatMap((rule) => (rule.missing ?? []).map((each) => each[language])));
    parts.push(element('h3', {}, text('unknown')), listOf([...missing]));
  }
  if (decision.hints.length > 0) {
    parts.push(element('h3', {}, text('hints')), listOf(decision.hints.map((hint) => hint[language])));
  }
  if (history !== null) parts.push(...historyOf(history));
  return parts;
}

function historyOf(history: PriceHistory): Node[] {
  const rows = [...history.observations].reverse().slice(0, HISTORY_ROWS);
  return [
    element('h3', {}, text('history')),
    table(
      [text('when'), text('kind'), text('price')],
      rows.map(({ at, kind, price }) => [
        at.slice(0, 16).replace('T', ' '),
        KINDS[kind]?.[language] ?? kind,
        money(price, history.currency, language),
      ]),
      [2],
    ),
  ];
}

function listOf(texts: readonly string[]): HTMLElement {
  return element('ul', {}, ...texts.map((each) => element('li', {}, each)));
}

function badge(outcome: string): HTMLElement {
  return element('span', { class: `badge ${outcome}` }, OUTCOMES[outcome]?.[language] ?? outcome);
}

function showFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  place('detail').replaceChildren(element('div', { class: 'empty', role: 'alert' }, message));
}

function showAll(): void {
  showBar();
  showList();
  if (chosen === null) place('detail').replaceChildren(element('div', { class: 'empty' }, text('choose')));
  else showDecision(chosen).catch(showFailure);
}

document.addEventListener('keydown', ({ key, target }) => {
  if (target instanceof HTMLInputElement || (key !== 'j' && key !== 'k')) return;
  const index = decided.findIndex(({ subject }) => subject.decisionId === chosen) + (key === 'j' ? 1 : -1);
  const id = decided[Math.max(0, index)]?.subject.decisionId;
  if (id !== undefined) choose(id);
});

showAll();
look().catch(showFailure);
setInterval(() => look().catch(showFailure), LOOK_MS);
