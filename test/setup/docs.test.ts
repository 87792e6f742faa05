import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { readConfig } from '../../src/config/config.ts';
import { demoCurl } from '../../src/demo/load.ts';
import { DEMO_DAYS, demoWorld } from '../../src/demo/world.ts';
import { DAY, HOUR } from '../../src/domain/time.ts';
import { makeDecision } from '../../src/features/decisions/commands.ts';
import { requestFrom } from '../../src/features/decisions/rescore.ts';
import type { RuleBook } from '../../src/features/decisions/rule-book.ts';
import { loadRuleBook } from '../../src/service.ts';

const DOCUMENTS = ['README.md', 'CHANGELOG.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .sort();
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Headings as their anchors. */
function anchorsOf(file: string): string[] {
  const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documentation', () => {
  it.each(DOCUMENTS)('%s links only to what is there', (file) => {
    const targets = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const linked = path === '' ? file : join(dirname(file), path);
      if (!existsSync(linked)) return true;
      return anchor !== undefined && !anchorsOf(linked).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names only files that are there', (file) => {
    const named = [...textOf(file).matchAll(/`((?:src|workers|rules|test|docs)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('has every decision in its list', () => {
    const listed = textOf('docs/decisions/README.md');
    const pages = markdownIn('docs/decisions').map((file) => relative('docs/decisions', file));
    expect(pages.filter((page) => page !== 'README.md' && !listed.includes(`(${page})`))).toEqual([]);
  });

  it('gives a reason for every package at run time, at its version', () => {
    const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(textOf('package.json'));
    const reasons = [...textOf('docs/decisions/libraries.md').matchAll(/^\| (\S+) (\d+\.\d+) \|/gm)];
    const wanted = Object.entries(dependencies).map(([name, version]) => [name, /^\d+\.\d+/.exec(version)?.[0]]);
    expect(reasons.map(([, name, version]) => [name, version]).sort()).toEqual(wanted.sort());
  });

  it('describes every setting with its default, and no other', () => {
    const known = [...textOf('src/config/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);
    const described = new Map(
      [...textOf('docs/operations.md').matchAll(/^\| `([A-Z][A-Z_]+)` \| (.+?) \|/gm)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    expect(known).toContain('MONGO_URL');
    expect([...described.keys()].sort()).toEqual(known.sort());
    const { host, port, mongoDatabase, dataDir, relayIntervalMs, stopLimitMs } = readConfig({});
    const stated = ['HOST', 'PORT', 'MONGO_DATABASE', 'DATA_DIR', 'RELAY_INTERVAL_MS', 'STOP_LIMIT_MS'];
    const defaults = [host, port, mongoDatabase, dataDir, relayIntervalMs, stopLimitMs];
    expect(stated.map((name) => described.get(name))).toEqual(defaults.map((value) => `\`${value}\``));
  });

  it('offers only commands that exist', () => {
    const known = [...textOf('src/cli/main.ts').matchAll(/name: '([\w-]+)'/g)].map(([, name]) => name);
    const section = textOf('README.md').split('## Command line')[1]?.split('\n## ')[0] ?? '';
    const offered = [...section.matchAll(/^\| `([\w-]+)/gm)].map(([, name]) => name);
    expect(offered).toContain('check');
    expect(offered.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('the glossary', () => {
  const rows = textOf('docs/glossary.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it.each([
    ['listing', '商品'],
    ['product', '同款'],
    ['reference price', '划线价'],
    ['payable price', '到手价'],
    ['lawful cap', '可比价上限'],
    ['signal', '信号'],
    ['rule', '规则'],
    ['pack', '规则包'],
    ['risk', '风险类型'],
    ['assessment', '评估'],
    ['decision', '判定'],
    ['case', '工单'],
    ['dispute', '争议'],
    ['violation', '违规'],
    ['points', '扣分'],
    ['penalty', '处罚'],
    ['deposit', '保证金'],
    ['hold', '冻结'],
    ['deduction', '扣划'],
    ['top-up', '补缴'],
    ['release', '退还'],
    ['inspection', '质检'],
    ['sampling inspection', '抽检'],
    ['lot', '批次'],
    ['appeal', '申诉'],
    ['overturn', '改判'],
    ['statement of reasons', '处理理由书'],
    ['`fake_goods`', '假货'],
    ['`channel_diversion`', '串货'],
    ['`inflated_original_price`', '虚标原价'],
    ['`exaggerated_discount`', '夸大折扣'],
    ['`inferior_goods`', '以次充好'],
    ['`advertising_claim`', '违禁宣传'],
    ['`price_isolation_breach`', '破价'],
    ['`return_abuse`', '退货滥用'],
    ['`review_manipulation`', '刷评'],
  ])('has %s and %s in one row', (english, chinese) => {
    const row = rows.find(([, first]) => first === english);
    expect(row?.[2]).toContain(chinese);
    expect(row?.[3]).toMatch(/\w/);
  });
});

describe('the verdict on the first screen', () => {
  const START = Date.UTC(2026, 2, 15, 2, 30);
  let book: RuleBook;

  beforeAll(async () => {
    book = await loadRuleBook(undefined);
  });

  /** What the demonstration's own request gets when it is sent at `now`, trimmed as the README says. */
  function shown(now: number) {
    const [, body = ''] = /-d '(.+)'/.exec(demoCurl('', '', now)) ?? [];
    const request = requestFrom('D1', JSON.parse(body));
    const observations = demoWorld(now)
      .observations.filter(({ listingId }) => listingId === request.snapshot.id)
      .map(({ observation }) => observation);
    const completeSince = now - (now % HOUR) - DEMO_DAYS * DAY;
    const { answer } = makeDecision(book, request, { history: { observations, completeSince }, notEvaluated: [] }, now);
    const rule = answer.rules.find(({ id }) => id === 'price.reference.above-cap');
    return {
      outcome: answer.outcome,
      probability: answer.risks.inflated_original_price?.probability,
      price: answer.price[0],
      rule: { id: rule?.id, zh: rule?.zh, en: rule?.en },
      hint: answer.hints[0],
    };
  }

  it('is what the demonstration gives', () => {
    const [, block = ''] = /<!-- verdict -->\n```json\n([\s\S]+?)\n```/.exec(textOf('README.md')) ?? [];
    expect(JSON.parse(block)).toEqual(shown(START));
  });

  it('is the same at any hour of any day', () => {
    const expected = shown(START);
    const instants = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) });
    fc.assert(
      fc.property(instants, (now) => {
        expect(shown(now)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('is in the picture too', () => {
    const terminal = textOf('docs/images/first-screen.txt');
    const picture = textOf('docs/images/first-screen.svg').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
    const { price, rule, hint } = shown(START);
    for (const text of [price?.cap, price?.article, rule.zh, rule.en, hint?.zh])
      expect(terminal).toContain(`"${text}"`);
    const drawn = [...picture.matchAll(/<text [^>]+>(.*)<\/text>/g)].map(([, run = '']) => run).join('');
    for (const line of terminal.trimEnd().split('\n')) expect(drawn).toContain(line);
  });
});
