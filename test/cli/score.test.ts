import fc from 'fast-check';
import { HistoryFile } from '../../src/cli/history-file.ts';
import { historyFrom, mergeIntoBuckets } from '../../src/domain/price/bucket.ts';
import { daysBefore, makeListing, makeObservation, ndjson } from '../support/fixtures.ts';
import { openWorld, START } from '../support/world.ts';
import { Workplace } from './touchstone.ts';

let place: Workplace;

beforeEach(async () => {
  place = await Workplace.open();
});

afterEach(() => place.close());

const since = daysBefore(365);
const prices = [
  makeObservation({ id: 'A1', listingId: 'A', price: '9900', at: daysBefore(6) }),
  makeObservation({ id: 'B1', listingId: 'B', price: '19900', at: daysBefore(2) }),
  makeObservation({ id: 'A2', listingId: 'A', price: '8900', at: daysBefore(3) }),
];

async function score(...more: string[]) {
  return place.run('score', '--in', 'listings.jsonl', '--history', 'prices.jsonl', '--complete-since', since, ...more);
}

it('gives the pre-check’s own answer, and every decision can be made again from its record', async () => {
  const listings = [makeListing({ id: 'A' }), makeListing({ id: 'B' }), makeListing({ id: 'C', claims: [] })];
  await place.write('listings.jsonl', ndjson(listings));
  await place.write('prices.jsonl', ndjson(prices));
  const { code, lines } = await score('--records', 'records.jsonl');
  expect(code).toBe(0);
  expect(lines().map(({ id, listingId }) => [id, listingId])).toEqual(['A', 'B', 'C'].map((id) => [id, id]));

  const world = await openWorld();
  try {
    const platform = await world.as('platform');
    const merchant = { entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' };
    await platform.put('/v1/merchants/M1').send(merchant).expect(201);
    const shop = {
      merchantId: 'M1',
      name: '示例店',
      zone: 'Asia/Shanghai',
      jurisdiction: 'CN',
      pricesCompleteSince: since,
    };
    await platform.put('/v1/shops/S1').send(shop).expect(201);
    await platform.post('/v1/price-observations').type('application/x-ndjson').send(ndjson(prices)).expect(200);
    for (const [index, listing] of listings.entries()) {
      const { body } = await platform.post('/v1/prechecks').send(listing).expect(200);
      const { id: _, ...online } = body;
      expect(lines()[index]).toMatchObject(online);
    }
  } finally {
    await world.close();
  }

  const replayed = await place.run('replay', 'records.jsonl', '--json');
  expect(replayed.code).toBe(0);
  expect(replayed.lines()).toHaveLength(3);
  expect(replayed.lines().every(({ ok }) => ok === true)).toBe(true);
});

it('gives the same bytes for the same files, whatever the order of the history', async () => {
  await place.write('listings.jsonl', ndjson([makeListing({ id: 'A' }), makeListing({ id: 'B' })]));
  await place.write('prices.jsonl', ndjson(prices));
  const first = await score();
  await place.write('prices.jsonl', ndjson([...prices].reverse()));
  expect((await score()).stdout).toBe(first.stdout);
});

it('knows nothing that was observed after the moment it judges as of', async () => {
  await place.write('listings.jsonl', ndjson([makeListing({ id: 'A', at: daysBefore(0) })]));
  await place.write('prices.jsonl', ndjson(prices));
  const before = ['--now', daysBefore(4)];
  const early = await score(...before);
  // The snapshot itself is later than that moment.
  expect(early.code).toBe(2);
  expect(early.stderr).toContain('listings.jsonl:1: /at');
  const claims = [{ kind: 'own' as const, reference: '19900', startsAt: daysBefore(4), basis: { disclosed: false } }];
  await place.write('listings.jsonl', ndjson([makeListing({ id: 'A', at: daysBefore(4), claims })]));
  expect((await score(...before)).lines()[0]).toMatchObject({ price: [{ verdict: 'violation', cap: '9900' }] });
});

it('tells bad lines by number and reason, keeps them apart, and judges the others', async () => {
  const broken = ['{"id":', JSON.stringify({ ...makeListing({ id: 'X' }), price: '-1' }), '"text"'];
  await place.write('listings.jsonl', [JSON.stringify(makeListing({ id: 'A' })), ...broken].join('\n'));
  const reused = makeObservation({ id: 'A2', listingId: 'A', price: '1', at: daysBefore(3) });
  await place.write('prices.jsonl', ndjson([...prices, reused, { ...reused, id: 'A3', at: '2026-03-01' }]));
  const { code, stderr, lines } = await score();
  expect(code).toBe(2);
  expect(lines()).toMatchObject([{ id: 'A', price: [{ cap: '8900' }] }]);
  expect(stderr).toContain('listings.jsonl:2: not JSON');
  expect(stderr).toContain('listings.jsonl:3: /price');
  expect(stderr).toContain('prices.jsonl:4: /id: line 3 has this id and other content');
  expect(stderr).toContain('prices.jsonl:5: /at');
  expect((await place.json('listings.jsonl.rejects.jsonl')).map(({ line }) => line)).toEqual([2, 3, 4]);
  expect((await place.json('prices.jsonl.rejects.jsonl')).map(({ line }) => line)).toEqual([5, 4]);
});

it.each([
  ['no input', ['score']],
  ['a file that is not there', ['score', '--in', 'nowhere.jsonl']],
  ['a time without offset', ['score', '--in', 'listings.jsonl', '--now', '2026-03-15']],
])('exits with 2 for %s', async (_name, args) => {
  await place.write('listings.jsonl', ndjson([makeListing()]));
  expect((await place.run(...args)).code).toBe(2);
});

describe('a history file', () => {
  const ignore = () => undefined;

  it('gives each listing all of its observations and nothing else, for any listings in any order', async () => {
    const listing = fc.integer({ min: 0, max: 400 }).map((index) => `L${index}`);
    const row = fc.record({
      listingId: listing,
      day: fc.integer({ min: 1, max: 300 }),
      price: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 300 }), async (rows) => {
        const observations = rows.map(({ listingId, day, price }, index) =>
          makeObservation({ id: `O${index}`, listingId, price: `${price}`, at: daysBefore(day) }),
        );
        await place.write('history.jsonl', ndjson(observations));
        const file = place.path('history.jsonl');
        const history = await HistoryFile.open({ file, now: START, onFault: async () => ignore(), onBytes: ignore });
        try {
          for (let index = 0; index <= 401; index += 1) {
            const listingId = `L${index}`;
            const expected = observations.filter((each) => each.listingId === listingId).map(({ id }) => id);
            expect(history.of(listingId).map(({ id }) => id)).toEqual(expected);
          }
        } finally {
          history.close();
        }
      }),
      { numRuns: 12 },
    );
  });

  it('makes the later of two lines about one instant the one that is known last', async () => {
    const first = makeObservation({ id: 'wrong', kind: 'offer', price: '100' });
    const second = { ...first, id: 'right', price: '200', corrects: 'wrong' };
    await place.write('history.jsonl', ndjson([first, second]));
    const file = place.path('history.jsonl');
    const history = await HistoryFile.open({ file, now: START, onFault: async () => ignore(), onBytes: ignore });
    const observed = history.of('L1');
    history.close();
    const { observations } = historyFrom(mergeIntoBuckets('L1', [], observed).changed, 0, START, null);
    const [earlier, later] = [...observations].sort((left, right) => left.recordedAt - right.recordedAt);
    expect([earlier?.id, later?.id]).toEqual(['wrong', 'right']);
    expect(later?.recordedAt).toBeGreaterThan(earlier?.recordedAt ?? 0);
  });
});

it('a claim starts where its original was first seen beside the item, and not at each sighting', async () => {
  const rows = [
    'timestamp,item_id,title,price_usd,original_usd',
    '2026-03-10 12:00:00,7,Phone,100.00,',
    '2026-03-12 12:00:00,7,Phone,95.00,200.00',
    '2026-03-11 12:00:00,7,Phone,,200.00',
    '2026-03-13 12:00:00,7,Phone,95.00,200.00',
    '2026-03-14 12:00:00,7,Phone,95.00,180.00',
  ];
  await place.write('ebay.csv', rows.join('\n'));
  const listings = await place.run('convert', 'listings', 'ebay.csv', '--format', 'ebay', '--jurisdiction', 'EU-DE');
  const prices = await place.run('convert', 'prices', 'ebay.csv', '--format', 'ebay');
  await place.write('listings.jsonl', listings.stdout);
  await place.write('prices.jsonl', prices.stdout);
  const scored = await place.run('score', '--in', 'listings.jsonl', '--history', 'prices.jsonl');
  expect(scored.lines().map(({ at, price }) => [at, price])).toMatchObject([
    ['2026-03-12T12:00:00.000Z', [{ verdict: 'violation', cap: '10000' }]],
    ['2026-03-13T12:00:00.000Z', [{ verdict: 'violation', cap: '10000' }]],
    ['2026-03-14T12:00:00.000Z', [{ verdict: 'violation', cap: '9500' }]],
  ]);
  await place.write('decisions.jsonl', scored.stdout);
  const files = ['--listings', 'listings.jsonl', '--decisions', 'decisions.jsonl'];
  const { stdout } = await place.run('eval', 'claims', ...files);
  expect(JSON.parse(stdout)).toMatchObject({
    snapshots: 3,
    items: 1,
    claims: 2,
    verdictsByClaim: { violation: 2 },
    itemsWhoseOriginalMoved: 1,
  });
});
