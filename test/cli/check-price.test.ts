import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { registerCheckPrice } from '../../src/cli/check-price.ts';
import { runProgram } from '../../src/cli/program.ts';

let folder: string;
let printed: string;
let complaints: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-price-'));
  printed = '';
  complaints = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text: unknown) => {
    printed += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text: unknown) => {
    complaints += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function check(
  content: string,
  name = 'cases.json',
): Promise<{ code: number; lines: Record<string, unknown>[] }> {
  const file = join(folder, name);
  writeFileSync(file, content);
  const sources = [{ name: 'check', load: async () => registerCheckPrice }];
  const code = await runProgram(sources, ['check', 'price', '--in', file]);
  return {
    code,
    lines: printed
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

interface Written {
  readonly claim?: Record<string, unknown>;
  readonly history?: Record<string, unknown>[];
  readonly [field: string]: unknown;
}

function cn({ claim, ...more }: Written) {
  const start = '2026-03-15T00:00:00';
  return {
    id: 'C',
    jurisdiction: 'CN',
    history: [],
    ...more,
    claim: { compared_price: 100, sale_price: 70, start, ...claim },
  };
}

function eu({ claim, ...more }: Written) {
  const start = '2026-03-15';
  return {
    id: 'E',
    jurisdiction: 'EU',
    history: [],
    ...more,
    claim: { compared_price: 100, sale_price: 70, start, ...claim },
  };
}

const tx = (t: string, price: number | string, more = {}) => ({ t, price, kind: 'tx', qty: 1, ...more });
const offer = (t: string, price: number | string, more = {}) => ({ t, price, kind: 'offer', ...more });

async function verdictOf(one: unknown): Promise<Record<string, unknown> | undefined> {
  const { code, lines } = await check(JSON.stringify([one]));
  expect({ code, complaints }).toEqual({ code: 0, complaints: expect.not.stringContaining('case') });
  return lines.at(-1);
}

describe('cases as people write them', () => {
  test.each<[string, unknown, string, unknown]>([
    ['the last deal before seven days without one', cn({ history: [tx('2026-02-10', 100)] }), 'ok', 100],
    ['a deal at midnight seven days before', cn({ history: [tx('2026-03-08', 90)] }), 'violation', 90],
    [
      'refunded and brushed deals left out',
      cn({
        history: [
          tx('2026-03-10', 10, { refunded: true }),
          tx('2026-03-11', 20, { brushed: true }),
          tx('2026-03-12', 100),
        ],
      }),
      'ok',
      100,
    ],
    [
      'another shop left out',
      cn({ shop: 'A', history: [tx('2026-03-10', 10, { shop: 'B' }), tx('2026-03-12', 100, { shop: 'A' })] }),
      'ok',
      100,
    ],
    [
      'another variant left out',
      cn({ claim: { sku: 'A' }, history: [tx('2026-03-10', 10, { sku: 'B' }), tx('2026-03-12', 100, { sku: 'A' })] }),
      'ok',
      100,
    ],
    ['details that are true', cn({ claim: { details_disclosed: true, details_true: true } }), 'ok', null],
    [
      'a suggested price without current evidence',
      cn({ claim: { kind: 'msrp', labelled_msrp: true, evidence: false } }),
      'violation',
      null,
    ],
    [
      'a list of documents as evidence',
      cn({ claim: { kind: 'msrp', labelled_msrp: true, evidence: ['D1'] } }),
      'ok',
      null,
    ],
    ['history not complete', cn({ historyComplete: false }), 'insufficient_history', null],
    [
      'history not complete, but enough',
      cn({ historyComplete: false, history: [tx('2026-03-12', 90)] }),
      'violation',
      90,
    ],
    [
      'the percentage of the prior price',
      eu({
        claim: { compared_price: 80, pct: 12.5 },
        history: [offer('2026-01-01', 100), offer('2026-02-20', 80), offer('2026-02-23', 100)],
      }),
      'ok',
      80,
    ],
    [
      'raised two days before',
      eu({
        claim: { compared_price: 500, sale_price: 450, pct: 10, start: '2023-05-12' },
        history: [offer('2023-01-01', 400), offer('2023-05-10', 500)],
      }),
      'violation',
      400,
    ],
    [
      'a progressive reduction that was interrupted',
      eu({
        ms: { progressive: true },
        claim: { start: '2026-03-29', campaign_start: '2026-03-15' },
        history: [offer('2025-12-01', 100), offer('2026-03-15', 90), offer('2026-03-20', 100)],
      }),
      'violation',
      90,
    ],
    [
      'ten days on the market and no option',
      eu({ claim: { compared_price: 50, sale_price: 40, pct: 20 }, history: [offer('2026-03-05', 50)] }),
      'insufficient_history',
      null,
    ],
    [
      '"sale" and nothing else',
      eu({ claim: { compared_price: null, announcement: true }, history: [offer('2026-01-01', 100)] }),
      'violation',
      100,
    ],
    ['for one buyer', eu({ claim: { personalised: true }, history: [offer('2026-01-01', 60)] }), 'out_of_scope', null],
    [
      'the state by its code',
      eu({ jurisdiction: 'EU-DE', perishable: true, history: [offer('2026-01-01', 60)] }),
      'out_of_scope',
      null,
    ],
  ])('%s', async (_, one, verdict, cap) => {
    expect(await verdictOf(one)).toMatchObject({ verdict, cap });
  });

  test('dates without zone are those of the shop', async () => {
    const inside = cn({ history: [tx('2026-03-07T17:00:00Z', 90), tx('2026-03-12', 100)] });
    expect(await verdictOf(inside)).toMatchObject({ cap: 90 });
    expect(await verdictOf({ ...inside, zone: 'UTC' })).toMatchObject({ cap: 100 });
  });

  test('the cap has the form of the amounts', async () => {
    const history = [tx('2026-03-12', '89.50', { id: 'T9' })];
    expect(await verdictOf(cn({ claim: { compared_price: '100.00', sale_price: '70' }, history }))).toMatchObject({
      cap: '89.50',
      evidence: ['T9'],
    });
  });

  test('camel case is read as well', async () => {
    const one = {
      id: 7,
      jurisdiction: 'CN',
      claim: { reference: 100, salePrice: 70, startsAt: '2026-03-15' },
      history: [],
    };
    expect(await verdictOf(one)).toMatchObject({ id: 7, article: 'CN-56-17-2' });
  });

  test('before the law was in force it says so', async () => {
    expect(await verdictOf(cn({ claim: { start: '2022-06-30' } }))).toMatchObject({
      verdict: 'out_of_scope',
      cap: null,
      article: null,
      note: { zh: expect.any(String), en: expect.stringContaining('not in force') },
    });
  });

  test('every answer says in both languages what was found', async () => {
    expect(await verdictOf(cn({ history: [tx('2026-03-12', 89)] }))).toMatchObject({
      explain: { zh: expect.stringContaining('¥89.00'), en: expect.stringContaining('CN¥89.00') },
    });
  });
});

const abroad = (jurisdiction: string, written: Written) => ({ ...eu(written), jurisdiction });

describe('facts that only people know', () => {
  test.each<[string, unknown, string, string]>([
    [
      'pens that cost 5, priced 10 for three days',
      abroad('US', {
        claim: { compared_price: 10, sale_price: 7.5 },
        facts: { cost: 5, usual_markup: 0.5, offered_days: 3, units_sold: 1, total_units: 50 },
      }),
      'violation',
      'US-16-233-1-c',
    ],
    [
      'the markup as a percentage',
      abroad('US', { claim: { compared_price: 10, sale_price: 7.5, cost: 5, usual_markup_pct: 50, offered_days: 3 } }),
      'violation',
      'US-16-233-1-c',
    ],
    [
      'offered for sixty days and sold',
      abroad('US', { claim: { offered_days: 60, units_sold: 20 } }),
      'ok',
      'US-16-233-1-a',
    ],
    [
      'the middle of the prices of the area',
      abroad('US', { claim: { kind: 'market', area_prices: [60, 70, 100] } }),
      'violation',
      'US-16-233-2',
    ],
    [
      'seconds without a word',
      abroad('US', { grade: 'seconds', grade_disclosed: false, claim: { offered_days: 60, units_sold: 9 } }),
      'violation',
      'US-16-233-5',
    ],
    [
      'good faith denied',
      abroad('CA', { claim: { good_faith: false }, history: [offer('2025-01-01', 100)] }),
      'violation',
      'CA-74-01-3',
    ],
    [
      'a promotion by its length',
      abroad('UK', {
        claim: { promo_days: 14, expected_promo_units: 4 },
        history: [offer('2026-03-01', 100), tx('2026-03-02', 100, { qty: 2 })],
      }),
      'ok',
      'UK-CMA-DURATION',
    ],
    [
      'raised within three months',
      abroad('AU', { claim: { offered_days: 60, units_sold: 9, raised_at: '2026-01-15' } }),
      'violation',
      'AU-ACL-29-1-i',
    ],
    ['a reference in other money', cn({ claim: { compared_price: 30, reference_currency: 'USD' } }), 'review', 'null'],
    [
      'a gift without its name',
      cn({ claim: { gift: { quantity: 1 } }, history: [tx('2026-03-12', 100)] }),
      'violation',
      'CN-56-18',
    ],
    [
      'settled above the price shown',
      cn({ facts: { settled_price: 71 }, history: [tx('2026-03-12', 100)] }),
      'violation',
      'CN-56-19-2',
    ],
    [
      'conditions hidden',
      cn({ facts: { practices: ['conditions_hidden'] }, history: [tx('2026-03-12', 100)] }),
      'violation',
      'CN-56-19-6',
    ],
  ])('%s', async (_, one, verdict, article) => {
    expect(await verdictOf(one)).toMatchObject({ verdict, article: article === 'null' ? null : article });
    expect(complaints).not.toContain('not used');
  });
});

test('a field that nobody reads is mentioned, because it may be misspelt', async () => {
  const one = cn({ why: 'a remark', claim: { labeled_mrsp: true, details_disclosed: true, details_true: true } });
  expect((await check(JSON.stringify([one]))).code).toBe(0);
  expect(complaints).toContain('case 0: /claim/labeled_mrsp is not used');
  expect(complaints).not.toContain('why');
});

describe('files', () => {
  test('one case a line, with a byte order mark and blank lines', async () => {
    const text = `\uFEFF${JSON.stringify(cn({}))}\n\n${JSON.stringify(eu({}))}\r\n`;
    const { code, lines } = await check(text, 'cases.jsonl');
    expect([code, lines.map(({ id }) => id)]).toEqual([0, ['C', 'E']]);
    printed = '';
    expect((await check(text, 'cases.txt')).lines.map(({ id }) => id)).toEqual(['C', 'E']);
  });

  test('a list under "cases"', async () => {
    expect((await check(JSON.stringify({ cases: [cn({})] }))).lines).toHaveLength(1);
  });

  test.each([
    ['', 'cases.json:1: is empty'],
    ['[\n{},\n]', 'cases.json:3: not JSON'],
    ['[{"id":"C"', 'cases.json:1: not JSON'],
  ])('%j is refused with its line', async (text, complaint) => {
    expect((await check(text)).code).toBe(2);
    expect(complaints).toContain(complaint);
  });

  test('the line of a broken row of a file of lines', async () => {
    expect((await check(`${JSON.stringify(cn({}))}\n{"id":\n`, 'cases.jsonl')).code).toBe(2);
    expect(complaints).toContain('cases.jsonl:2: not JSON');
  });
});

describe('bad cases are named by line and field, and the good ones are judged', () => {
  test.each<[string, unknown]>([
    ['/claim/compared_price: -1 is negative', cn({ claim: { compared_price: -1 } })],
    ['/claim/sale_price: must be above zero', cn({ claim: { sale_price: 0 } })],
    ['/claim/sale_price: is missing', cn({ claim: { sale_price: null } })],
    ['/claim/sale_price: 1.999 has more than 2 decimals', cn({ claim: { sale_price: 1.999 } })],
    ['/claim/start: is missing', cn({ claim: { start: null } })],
    ['/claim/start: 2026-02-30 is not a day of the calendar', cn({ claim: { start: '2026-02-30' } })],
    ['/claim/end: lies before the start', cn({ claim: { end: '2026-03-14' } })],
    ['/claim/pct: is more than 100 percent', cn({ claim: { pct: 101 } })],
    ['/claim/kind: "gift" is no kind of claim', cn({ claim: { kind: 'gift' } })],
    ['/claim/currency: "RMB" is not an ISO 4217 currency', cn({ claim: { currency: 'RMB' } })],
    ['/jurisdiction: "XX" is none of', cn({ jurisdiction: 'XX' })],
    ['/claim: is missing', { id: 'C', jurisdiction: 'CN' }],
    ['/id: is missing', { ...cn({}), id: undefined }],
    ['/zone: "Mars" is not a time zone', cn({ zone: 'Mars' })],
    ['/history: must be a list', { ...cn({}), history: {} }],
    ['/history/0/kind: "gift" is neither offer nor tx', cn({ history: [{ t: '2026-03-12', price: 1, kind: 'gift' }] })],
    [
      '/history/1/qty: must be a whole number above zero',
      cn({ history: [tx('2026-03-12', 1), tx('2026-03-12', 1, { qty: 0 })] }),
    ],
    [
      '/history/1/id: "A" is stated twice',
      cn({ history: [tx('2026-03-12', 1, { id: 'A' }), tx('2026-03-12', 1, { id: 'A' })] }),
    ],
    ['/history/0/shop: names a shop, but the claim names none', cn({ history: [tx('2026-03-12', 1, { shop: 'B' })] })],
    ['/claim/offered_days: must be a whole number', cn({ claim: { offered_days: -1 } })],
    ['/claim/facts/practices/0: is none of', cn({ claim: { facts: { practices: ['theft'] } } })],
    ['/claim/practices: must be a list', cn({ claim: { practices: 'theft' } })],
    ['/claim/area_prices/1: -2 is negative', cn({ claim: { area_prices: [1, -2] } })],
    ['/ms/perishable: is none of', eu({ ms: { perishable: 'sometimes' } })],
    ['must be an object', 7],
  ])('%s', async (complaint, bad) => {
    const good = cn({ id: 'GOOD' });
    const { code, lines } = await check(JSON.stringify([good, bad, { ...good, id: 'LAST' }], null, 1));
    expect(code).toBe(2);
    expect(complaints).toContain(complaint);
    expect(complaints).toMatch(/cases\.json:\d+: case 1/);
    expect(lines.map(({ id }) => id)).toEqual(['GOOD', 'LAST']);
  });

  test('all broken fields of a case are named at once, each at its own line', async () => {
    const bad = cn({ claim: { sale_price: 0 }, history: [tx('2026-13-01', 5), tx('2026-03-01', -5)] });
    const text = JSON.stringify([bad], null, 1);
    await check(text);
    const lineOf = (needle: string) => text.split('\n').findIndex((line) => line.includes(needle)) + 1;
    expect(complaints).toContain(`:${lineOf('"sale_price": 0')}: case 0 /claim/sale_price`);
    expect(complaints).toContain(`:${lineOf('2026-13-01')}: case 0 /history/0/t`);
    expect(complaints).toContain(`:${lineOf('"price": -5')}: case 0 /history/1/price`);
  });
});
