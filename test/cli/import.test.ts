import { gzipSync } from 'node:zlib';
import { openWorld, type TestWorld } from '../support/world.ts';
import { Workplace } from './touchstone.ts';

let world: TestWorld;
let place: Workplace;

beforeEach(async () => {
  world = await openWorld();
  place = await Workplace.open({ MONGO_DATABASE: world.queuePrefix });
});

afterEach(async () => {
  await place.close();
  await world.close();
});

const product = (id: string, history: readonly (readonly [string, unknown])[]) =>
  JSON.stringify({ store: 'billa', id, name: `Produkt ${id}`, history });

async function importPrices(file: string, format: string, ...more: string[]) {
  const ran = await place.run('import', 'prices', file, '--format', format, '--json', ...more);
  return { ...ran, report: ran.lines()[0] };
}

async function pricesOf(listingId: string): Promise<readonly (readonly [string, string])[]> {
  const { observations } = await world.composition.history.history(listingId, 0, Date.UTC(2100, 0), null);
  return observations.map(({ at, price, currency }) => [new Date(at).toISOString(), `${price} ${currency}`] as const);
}

async function storedBuckets() {
  const found = await world.composition.prices.names(['billa-1', 'billa-2', 'billa-3', 'L1', 'ebay-7']);
  return found.length;
}

describe('a file of daily prices', () => {
  const file = [
    product('1', [
      ['2020-03-07', 2.79],
      ['2023-05-15', 3.99],
      ['2023-07-01', 2.99],
    ]),
    product('2', [['2023-11-06', 1.49]]),
  ].join('\n');

  it('is stored in days of Vienna; what was filled in before anybody watched is not taken for a price in force', async () => {
    await place.write('billa.jsonl', file);
    const { code, report } = await importPrices('billa.jsonl', 'heissepreise');
    expect(code).toBe(0);
    expect(report).toMatchObject({ rows: 2, stored: 3, skipped: { before_tracking: 1 }, rejectedRows: 0 });
    expect(await pricesOf('billa-1')).toEqual([
      ['2023-05-14T22:00:00.000Z', '399 EUR'],
      ['2023-06-30T22:00:00.000Z', '299 EUR'],
    ]);
    expect(await pricesOf('billa-2')).toEqual([['2023-11-05T23:00:00.000Z', '149 EUR']]);
  });

  it('is stored once: the finished import says so, and without its resume point every price is known already', async () => {
    await place.write('billa.jsonl.gz', gzipSync(file));
    await importPrices('billa.jsonl.gz', 'heissepreise');
    const before = await storedBuckets();
    await place.write('renamed.jsonl.gz', gzipSync(file));
    expect((await importPrices('renamed.jsonl.gz', 'heissepreise')).report).toMatchObject({ alreadyImported: true });
    await place.write('plain.jsonl', file);
    const again = await importPrices('plain.jsonl', 'heissepreise');
    expect(again.report).toMatchObject({ alreadyImported: false, stored: 0, unchanged: 0, duplicates: 3 });
    expect(await storedBuckets()).toBe(before);
  });

  it('is imported anew into a store that was emptied, whatever its resume point says', async () => {
    await place.write('billa.jsonl', file);
    await importPrices('billa.jsonl', 'heissepreise');
    await world.composition.connection.dropDatabase();
    const { report } = await importPrices('billa.jsonl', 'heissepreise');
    expect(report).toMatchObject({ alreadyImported: false, stored: 3 });
  });

  it('keeps the good points of a row whose others are refused, each with its reason and line', async () => {
    const bad = product('3', [
      ['2023-06-01', -1],
      ['2023-06-02', 0],
      ['2023-06-03', 'NaN'],
      ['2023-06-04', 1e21],
      ['2023-06-05', 4.152],
      ['2023-06-31', 1],
      ['2999-01-01', 1],
      ['2023-06-06', 1.99],
    ]);
    await place.write('billa.jsonl', `${product('2', [['2023-06-01', 1]])}\n\n${bad}\n{"store": "billa"\n[]\n`);
    const { code, report, stderr } = await importPrices('billa.jsonl', 'heissepreise');
    expect(code).toBe(2);
    expect(stderr).toContain('3 rows rejected');
    expect(report).toMatchObject({ stored: 2, rejectedRows: 3 });
    expect(await pricesOf('billa-3')).toEqual([['2023-06-05T22:00:00.000Z', '199 EUR']]);
    const rejects = await place.json('billa.jsonl.rejects.jsonl');
    expect(rejects.map(({ line }) => line)).toEqual([3, 4, 5]);
    const errors = JSON.stringify(rejects[0]?.errors);
    for (const reason of ['negative', 'above zero', 'decimal', 'too large', 'more than 2 decimals', 'day of the cal']) {
      expect(errors).toContain(reason);
    }
    expect(errors).toContain('/history/6/0');
    expect(errors).toContain('later than now');
  });
});

describe('an import that is interrupted', () => {
  const rows = Array.from({ length: 9_000 }, (_, index) =>
    product(`${index}`, [['2023-06-01', (100 + (index % 900)) / 100]]),
  );

  it('by a truncated file keeps what was whole, says how much, and leaves nothing half', async () => {
    const whole = gzipSync(rows.join('\n'));
    await place.write('cut.jsonl.gz', whole.subarray(0, Math.floor(whole.length * 0.8)));
    const { code, report, stderr } = await importPrices('cut.jsonl.gz', 'heissepreise');
    expect(code).toBe(2);
    const stored = Number(report?.stored);
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(rows.length);
    expect(report).toMatchObject({ rows: stored, rejectedRows: 0 });
    expect(stderr).toContain(`breaks off`);
    expect(stderr).toContain(`${stored} good ones are kept`);
    expect(await pricesOf(`billa-${stored - 1}`)).toHaveLength(1);
    expect(await pricesOf(`billa-${stored}`)).toHaveLength(0);
  });

  it('goes on where it ended, with its rejects', async () => {
    const bad = product('bad', [['2023-06-01', 0]]);
    await place.write('all.jsonl', [bad, ...rows, bad].join('\n'));
    await importPrices('all.jsonl', 'heissepreise');
    const [name] = await place.resumePoints();
    const point = await place.json(`data/imports/${name}`);
    const [first] = await place.json('all.jsonl.rejects.jsonl');
    const bytes = Buffer.byteLength(`${JSON.stringify(first)}\n`);
    // As a kill after the first batch leaves it: noted up to there, one reject kept, the rest of the file not yet read.
    const half = { ...point[0], rows: 4_001, finished: false, rejectBytes: bytes };
    await place.write(`data/imports/${name}`, JSON.stringify(half));
    const { report } = await importPrices('all.jsonl', 'heissepreise');
    expect(report).toMatchObject({ resumedAfter: 4_001, rows: 9_002, alreadyImported: false });
    expect((await place.json('all.jsonl.rejects.jsonl')).map(({ line }) => line)).toEqual([1, 9_002]);
    expect(await pricesOf('billa-8999')).toHaveLength(1);
  });
});

describe('the general CSV format', () => {
  const header = 'listingId,shopId,price,currency,at,kind';
  const csv = (...lines: string[]) => [header, ...lines].join('\r\n');

  it('takes a byte order mark, quotes and Windows line ends', async () => {
    const rows = csv('"L1",S1,"8900",CNY,2026-03-01T08:00:00+08:00,sale', 'L1,S1,9900,CNY,2026-03-02T08:00:00+08:00,');
    await place.write('prices.csv', `\uFEFF${rows}`);
    const { code, report } = await importPrices('prices.csv', 'csv');
    expect(code).toBe(0);
    expect(report).toMatchObject({ rows: 2, stored: 2 });
    expect(await pricesOf('L1')).toHaveLength(2);
  });

  it('names missing columns, and stores nothing', async () => {
    await place.write('prices.csv', 'listingId,price,at\nL1,1,2026-03-01T00:00:00Z\n');
    const { code, stderr } = await importPrices('prices.csv', 'csv');
    expect(code).toBe(2);
    expect(stderr).toContain('prices.csv:1: missing columns: shopId, currency');
    expect(await storedBuckets()).toBe(0);
  });

  it('needs an offset or a zone', async () => {
    await place.write('prices.csv', csv('L1,S1,8900,CNY,2026-03-01 08:00:00,offer'));
    const refused = await importPrices('prices.csv', 'csv');
    expect(refused.report).toMatchObject({ rejectedRows: 1, stored: 0 });
    expect(JSON.stringify(await place.json('prices.csv.rejects.jsonl'))).toContain('/at');
    const taken = await importPrices('prices.csv', 'csv', '--zone', 'Asia/Shanghai');
    expect(taken.report).toMatchObject({ stored: 1 });
    expect(await pricesOf('L1')).toEqual([['2026-03-01T00:00:00.000Z', '8900 CNY']]);
    expect((await importPrices('prices.csv', 'csv', '--zone', 'Mars/Base')).code).toBe(2);
  });

  it('refuses a second currency, another price of the same instant, and stray quotes, and keeps the rows around them', async () => {
    const rows = csv(
      'L1,S1,8900,CNY,2026-03-01T00:00:00Z,offer',
      'L1,S1,8900,USD,2026-03-02T00:00:00Z,offer',
      'L1,S1,7700,CNY,2026-03-01T00:00:00Z,offer',
      'L1,S1,8900,CNY,2026-03-01T00:00:00Z,offer',
      '"L1"x,S1,1,CNY,2026-03-03T00:00:00Z,offer',
      'L1,S1,1',
      '"L1,S1,1,CNY,2026-03-04T00:00:00Z,offer',
      'L1,S1,8700,CNY,2026-03-05T00:00:00Z,offer',
    );
    await place.write('prices.csv', rows);
    const { report } = await importPrices('prices.csv', 'csv');
    expect(report).toMatchObject({ stored: 2, duplicates: 1, rejectedRows: 5 });
    const rejects = await place.json('prices.csv.rejects.jsonl');
    expect(rejects.map(({ line }) => line)).toEqual([3, 4, 6, 7, 8]);
    expect(await pricesOf('L1')).toHaveLength(2);
  });
});

it('reads the other formats by their own clocks, with line breaks in quoted fields', async () => {
  const formats = {
    ebay: [
      'timestamp,item_id,title,price_usd,original_usd',
      '2026-03-10 12:00:00,7,"A ""phone""\nand a case",36.97,40.18',
    ],
    steam: ['ITAD Game ID,Date,Price (€),Currency', 'g-1,2025-07-15 22:43:16+02:00,19.99,EUR'],
    tmall: ['update_time,id,price,shop', '2016-11-05,A1,139.0,某官方店'],
  };
  for (const [format, lines] of Object.entries(formats)) {
    await place.write(`${format}.csv`, lines.join('\n'));
    expect((await importPrices(`${format}.csv`, format)).report).toMatchObject({ stored: 1, rejectedRows: 0 });
  }
  expect(await pricesOf('ebay-7')).toEqual([['2026-03-10T12:00:00.000Z', '3697 USD']]);
  expect(await pricesOf('steam-g-1')).toEqual([['2025-07-15T20:43:16.000Z', '1999 EUR']]);
  expect(await pricesOf('tmall-A1')).toEqual([['2016-11-04T16:00:00.000Z', '13900 CNY']]);
});
