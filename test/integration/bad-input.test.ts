import { gzipSync } from 'node:zlib';
import { daysBefore, makeListing, makeObservation, ndjson } from '../support/fixtures.ts';
import { type FeedWorld, type Headers, LINES, MERCHANT, makeShop, openFeed, sendRaw, storedIn } from './feed.ts';

let world: FeedWorld;

beforeAll(async () => {
  world = await openFeed();
});

afterAll(() => world.close());

interface Pointed {
  readonly pointer: string;
  readonly reason: string;
}

const pointersOf = (errors: readonly Pointed[] = []) => errors.map(({ pointer }) => pointer);

const listing = (more: object = {}) => ({ ...makeListing({ id: 'X1' }), ...more });
const row = (more: object = {}) => ({ ...listing(more), state: 'live' });
const claim = (more: object) => ({
  claims: [{ kind: 'own', reference: '19900', startsAt: daysBefore(0), basis: { disclosed: false }, ...more }],
});

/** Every way to send one value: alone in a body, or as the row of a batch. */
const SINGLE: readonly (readonly [method: 'put' | 'post', path: string, body: object])[] = [
  ['post', '/v1/prechecks', listing()],
  ['put', '/v1/listings/X1', row()],
  ['put', '/v1/merchants/X1', MERCHANT],
  ['put', '/v1/shops/X1', makeShop('M1')],
  ['put', '/v1/categories', { categories: [{ path: 'apparel', zh: '服饰', en: 'Apparel' }] }],
];

const BATCHES: readonly (readonly [path: string, member: string, row: object])[] = [
  ['/v1/merchants/batch', 'merchants', { id: 'X1', ...MERCHANT }],
  ['/v1/shops/batch', 'shops', { id: 'X1', ...makeShop('M1') }],
  ['/v1/listings/batch', 'listings', row()],
  ['/v1/price-observations', 'observations', makeObservation({ id: 'X1', listingId: 'X1' })],
  ['/v1/prechecks/batch', 'listings', listing()],
  ['/v1/imports', 'listings', row()],
];

/** The refusals of a batch's answer, whichever of the three forms it has. */
function refusals(body: {
  readonly rejected?: unknown;
  readonly results?: readonly object[];
  readonly errors?: readonly (Pointed & { readonly line: number })[];
}): readonly { readonly line: number; readonly errors: readonly Pointed[] }[] {
  if (body.errors !== undefined) return body.errors.map(({ line, ...error }) => ({ line, errors: [error] }));
  const rows: unknown = Array.isArray(body.rejected) ? body.rejected : body.results;
  return rows as readonly { line: number; errors: readonly Pointed[] }[];
}

describe('a body that no command can take', () => {
  const unreadable: readonly (readonly [
    what: string,
    body: (text: string) => string | Buffer,
    headers: Headers,
    status: number,
  ])[] = [
    ['of another type', (text) => text, { 'Content-Type': 'text/csv' }, 415],
    ['in another charset', (text) => text, { 'Content-Type': 'application/json; charset=gbk' }, 415],
    ['in an unknown encoding', (text) => text, { 'Content-Encoding': 'zstd' }, 415],
    ['cut off inside gzip', (text) => gzipSync(text).subarray(0, -9), { 'Content-Encoding': 'gzip' }, 400],
    ['that is not gzip', (text) => text, { 'Content-Encoding': 'gzip' }, 400],
    ['that is empty', () => '', {}, 400],
    ['that is not UTF-8', () => Buffer.from([0x7b, 0xff, 0x7d]), {}, 400],
    ['nested too deep', () => '['.repeat(1_000), {}, 400],
    ['that ends too early', (text) => text.slice(0, -1), {}, 400],
    ['with NaN', (text) => text.replace('{', '{"price":NaN,'), {}, 400],
    ['that is no object', () => '"text"', {}, 422],
    ['with an unknown field', (text) => text.replace('{', '{"surprise":1,'), {}, 422],
  ];

  it.each(unreadable)('%s is refused everywhere and changes nothing', async (_, spoil, headers, status) => {
    const before = await storedIn(world);
    for (const [method, path, body] of SINGLE) {
      const answer = await sendRaw(world.platform, method, path, spoil(JSON.stringify(body)), headers);
      expect([path, answer.status, answer.type]).toEqual([path, status, 'application/problem+json']);
      expect(answer.body.detail).not.toBe('');
    }
    for (const [path, member, one] of BATCHES) {
      const text = spoil(JSON.stringify({ [member]: [one] }));
      const answer = await sendRaw(world.platform, 'post', path, text, headers);
      expect([path, answer.status, answer.type]).toEqual([path, status, 'application/problem+json']);
    }
    expect(await storedIn(world)).toEqual(before);
  });

  it('names the unknown and the repeated field, and where the text ends', async () => {
    const text = JSON.stringify(listing());
    const refused = async (body: string) => (await sendRaw(world.platform, 'post', '/v1/prechecks', body)).body;
    expect(await refused(text.replace('{', '{"surprise":1,'))).toMatchObject({
      errors: [{ in: 'body', pointer: '/surprise', reason: 'unknown field' }],
    });
    expect(await refused(text.replace('{', '{"price":"1",'))).toMatchObject({
      status: 422,
      errors: [{ in: 'body', pointer: '/price', reason: 'is given more than once' }],
    });
    expect(await refused(text.replace('"own"', '"own","\\u006bind":"msrp"'))).toMatchObject({
      errors: [{ pointer: '/claims/0/kind', reason: 'is given more than once' }],
    });
    expect((await refused(text.slice(0, -1))).detail).toBe(`JSON ends unexpectedly at line 1, column ${text.length}`);
  });

  it('is explained in Chinese to who asks for Chinese', async () => {
    const zh = { 'Accept-Language': 'zh-CN' };
    const text = JSON.stringify(listing()).replace('{', '{"price":"1",');
    const repeated = await sendRaw(world.platform, 'post', '/v1/prechecks', text, zh);
    expect(repeated.body.errors).toEqual([{ in: 'body', pointer: '/price', reason: '重复出现' }]);
    const header = await sendRaw(world.platform, 'post', '/v1/prechecks', text, { ...zh, 'Deadline-Ms': '0' });
    expect(header.body.errors[0].reason).toMatch(/^必须是/);
    const absent = await world.platform.get('/v1/listings/none').set(zh).expect(404);
    expect(absent.body.detail).toBe('资源不存在');
    const stolen = await world.platform.put('/v1/shops/S1').set(zh).send(makeShop('M2')).expect(422);
    expect(stolen.body).toMatchObject({ detail: '店铺不能转移到其他商家', errors: [{ reason: '该店铺属于 M1' }] });
  });
});

const LISTING_FAULTS: readonly (readonly [what: string, more: object, pointer: string])[] = [
  ['a negative price', { price: '-1' }, '/price'],
  ['a price of zero', { price: '0' }, '/price'],
  ['a price that is a number', { price: 7900 }, '/price'],
  ['a price in major units', { price: '79.00' }, '/price'],
  ['a price with an exponent', { price: '1e3' }, '/price'],
  ['NaN as text', { price: 'NaN' }, '/price'],
  ['an absurd price', { price: '9'.repeat(16) }, '/price'],
  ['no price', { price: null }, '/price'],
  ['a currency that does not exist', { currency: 'XQQ' }, '/currency'],
  ['a currency in small letters', { currency: 'cny' }, '/currency'],
  ['a date without time', { at: '2026-03-15' }, '/at'],
  ['a date without zone', { at: '2026-03-15T08:00:00' }, '/at'],
  ['a day that does not exist', { at: '2026-02-30T08:00:00Z' }, '/at'],
  ['a snapshot from tomorrow', { at: daysBefore(-1) }, '/at'],
  ['a title of 100 kB', { title: '鞋'.repeat(34_000) }, '/title'],
  ['an empty title', { title: '' }, '/title'],
  ['NUL in the title', { title: 'a\u0000b' }, '/title'],
  ['half a surrogate pair in the title', { title: '\ud83d' }, '/title'],
  ['a category that is no path', { category: 'Shoes & More' }, '/category'],
  ['an image that is a script', { images: ['javascript:alert(1)'] }, '/images/0'],
  ['an identifier with a path in it', { shopId: '../S1' }, '/shopId'],
  ['a law that nobody knows', { jurisdiction: 'ATLANTIS' }, '/jurisdiction'],
  ['two variants of one sku', { variants: [1, 2].map(() => ({ sku: 'a', price: '1' })) }, '/variants'],
  ['a negative stock', { variants: [{ sku: 'a', price: '1', stock: -1 }] }, '/variants/0/stock'],
  ['a claim on a sku that is not there', claim({ sku: 'ghost' }), '/variants'],
  ['a claim of zero', claim({ reference: '0' }), '/claims/0/reference'],
  ['a claim of more than all', claim({ percent: 101 }), '/claims/0/percent'],
  ['a claim of no percent', claim({ percent: 0 }), '/claims/0/percent'],
  ['a claim of a third of a percent', claim({ percent: 33.333 }), '/claims/0/percent'],
  ['a claim that ends before it starts', claim({ endsAt: daysBefore(1) }), '/claims/0/endsAt'],
  ['a claim for the year 2062', claim({ startsAt: '2062-03-15T00:00:00Z' }), '/claims/0/startsAt'],
  ['a claim of an unknown kind', claim({ kind: 'guess' }), '/claims/0/kind'],
  ['an attribute that is a number', { attributes: { size: 42 } }, '/attributes/size'],
];

describe('a listing with', () => {
  it.each(LISTING_FAULTS)('%s is refused by field, alone and among good rows', async (_, more, pointer) => {
    const before = await storedIn(world);
    const alone = await world.platform.post('/v1/prechecks').send(listing(more));
    expect([alone.status, pointersOf(alone.body.errors)]).toEqual([422, [pointer]]);
    const put = await world.platform.put('/v1/listings/X1').send(row(more));
    expect([put.status, pointersOf(put.body.errors)]).toEqual([422, [pointer]]);
    const batch = await world.platform
      .post('/v1/listings/batch')
      .send({ listings: [row(more)] })
      .expect(200);
    expect(batch.body).toMatchObject({ accepted: 0, rejected: 1, results: [{ line: 1, errors: [{ pointer }] }] });
    const judged = await world.platform
      .post('/v1/prechecks/batch')
      .send([listing(more)])
      .expect(200);
    expect(judged.body).toMatchObject({ decisions: [], rejected: [{ line: 1, errors: [{ pointer }] }] });
    expect(await storedIn(world)).toEqual(before);
  });
});

const OBSERVATION_FAULTS: readonly (readonly [what: string, more: object, pointer: string])[] = [
  ['a negative price', { price: '-1' }, '/price'],
  ['an offer for nothing', { kind: 'offer', price: '0' }, '/price'],
  ['NaN', { price: 'NaN' }, '/price'],
  ['an absurd price', { price: '1'.repeat(16) }, '/price'],
  ['a subsidy above the price', { platformSubsidy: '8901' }, '/platformSubsidy'],
  ['a date without zone', { at: '2026-03-12 09:00:00' }, '/at'],
  ['a time from the future', { at: daysBefore(-0.1) }, '/at'],
  ['a time before the service', { at: '1999-12-31T00:00:00Z' }, '/at'],
  ['nothing sold', { quantity: 0 }, '/quantity'],
  ['half a thing sold', { quantity: 0.5 }, '/quantity'],
  ['an unknown layer', { layer: 'secret' }, '/layer'],
  ['a retraction of nothing', { retracted: true }, '/corrects'],
  ['a correction of itself', { corrects: 'X1' }, '/corrects'],
  ['an empty id', { id: '' }, '/id'],
  ['a lone surrogate as id', { id: '\udc00' }, '/id'],
  ['an unknown field', { colour: 'red' }, '/colour'],
];

describe('a price observation with', () => {
  it.each(OBSERVATION_FAULTS)(
    '%s is refused by field and line, and the good row is kept',
    async (what, more, pointer) => {
      const good = makeObservation({ id: 'good', listingId: `ok ${what}`.replaceAll(' ', '-') });
      const bad = { ...makeObservation({ id: 'X1', listingId: 'X1' }), ...more };
      for (const send of [
        () => sendRaw(world.platform, 'post', '/v1/price-observations', ndjson([bad, good]), LINES),
        () => world.platform.post('/v1/price-observations').send([bad, good]),
      ]) {
        const { body } = await send().expect(200);
        expect(body.rejected).toMatchObject([{ line: 1, code: 'validation_failed', errors: [{ pointer }] }]);
        expect(body.stored + body.duplicates).toBe(1);
      }
      expect((await storedIn(world)).filter((one) => one.startsWith('prices/X1'))).toEqual([]);
    },
  );
});

describe('the rows of a batch', () => {
  it.each(BATCHES)('of %s are refused one by one, each with its line', async (path, _, good) => {
    const text = JSON.stringify(good);
    const lines: readonly (string | Buffer)[] = [
      '\ufeff   ',
      text.slice(0, -1),
      '',
      Buffer.from([0x22, 0xff, 0x22]),
      '\r',
      text.replace('{', '{"id":"X1",'),
      text.replace('X1', 'a\\u0000'),
      text.replace('X1', '\\ud800'),
      '['.repeat(65),
      '1e999',
      text.replace('{', '{"__proto__":1,'),
    ];
    const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    const before = (await storedIn(world)).filter((one) => !one.startsWith('imports/'));
    const { body, status } = await sendRaw(world.platform, 'post', path, bytes, LINES);
    expect(status).toBe(path === '/v1/imports' ? 202 : 200);
    expect([...new Set(refusals(body).map(({ line }) => line))]).toEqual([2, 4, 6, 7, 8, 9, 10, 11]);
    const named = new Map(refusals(body).map(({ line, errors }) => [line, pointersOf(errors)]));
    expect([named.get(2), named.get(6), named.get(11)]).toEqual([[''], ['/id'], ['/__proto__']]);
    for (const { errors } of refusals(body)) for (const { reason } of errors) expect(reason).not.toBe('');
    const after = (await storedIn(world)).filter((one) => !one.startsWith('imports/'));
    expect(after).toEqual(before);
  });

  it('may begin with a byte order mark and hold blank lines', async () => {
    const rows = [1, 2].map((number) => JSON.stringify(makeObservation({ id: `B${number}`, listingId: 'bom' })));
    const text = `\ufeff${rows[0]}\r\n\r\n  \n${rows[1]}\n\n`;
    const { body } = await sendRaw(world.platform, 'post', '/v1/price-observations', text, LINES).expect(200);
    expect(body).toEqual({ received: 2, stored: 2, unchanged: 0, duplicates: 0, rejected: [] });
  });

  it.each(BATCHES)('of %s are at least one, and no more than the route takes', async (path, member, one) => {
    const before = await storedIn(world);
    const limit = path === '/v1/price-observations' || path === '/v1/imports' ? 5_000 : 1_000;
    const many = Array.from({ length: limit + 1 }, () => one);
    for (const send of [
      (rows: readonly object[]) => sendRaw(world.platform, 'post', path, ndjson(rows), LINES),
      (rows: readonly object[]) => world.platform.post(path).send({ [member]: rows }),
    ]) {
      const none = await send([]).expect(422);
      expect(none.body.errors).toEqual([{ in: 'body', pointer: '', reason: 'must hold at least one row' }]);
      const tooMany = await send(many).expect(413);
      expect(tooMany.body).toMatchObject({ code: 'body_too_large', detail: expect.stringMatching(/at most/) });
    }
    expect(await storedIn(world)).toEqual(before);
  });
});

describe('a header or parameter', () => {
  it.each(['0', '-1', '1.5', 'soon', '60001', '99999999999'])('Deadline-Ms: %s is refused', async (deadline) => {
    const { body } = await world.platform
      .post('/v1/prechecks')
      .set('Deadline-Ms', deadline)
      .send(listing())
      .expect(422);
    expect(body.errors).toMatchObject([{ in: 'header', pointer: '/Deadline-Ms' }]);
  });

  it.each(['two words', 'x'.repeat(256), 'schl\u00fcssel'])('Idempotency-Key: %s is refused', async (key) => {
    for (const path of ['/v1/prechecks', '/v1/prechecks/batch', '/v1/imports']) {
      const { body } = await world.platform.post(path).set('Idempotency-Key', key).send(listing()).expect(422);
      expect(body.errors).toMatchObject([{ in: 'header', pointer: '/Idempotency-Key' }]);
    }
  });

  it.each(['*', 'v1', '"1"', '"v1", "v2"', 'W/"x"'])('If-Match: %s is refused', async (tag) => {
    const before = await storedIn(world);
    for (const [method, path, sent] of SINGLE.filter(([method]) => method === 'put')) {
      const { body } = await sendRaw(world.platform, method, path, JSON.stringify(sent), { 'If-Match': tag }).expect(
        422,
      );
      expect(body.errors).toMatchObject([{ in: 'header', pointer: '/If-Match' }]);
    }
    expect(await storedIn(world)).toEqual(before);
  });

  it.each([
    ['/v1/events?after=-1', '/after'],
    ['/v1/events?after=abc', '/after'],
    ['/v1/events?after=1&after=2', '/after'],
    ['/v1/events?after=9007199254740993', '/after'],
    ['/v1/events?limit=0', '/limit'],
    ['/v1/events?limit=1001', '/limit'],
    ['/v1/events?cursor=abc', '/cursor'],
    ['/v1/listings/L1/price-history?from=2026-01-01', '/from'],
    ['/v1/listings/L1/price-history?to=yesterday', '/to'],
    ['/v1/listings/%2e%2e%2fkeys', '/id'],
    [`/v1/decisions/${'x'.repeat(129)}`, '/id'],
  ])('in %s is refused by name', async (path, pointer) => {
    const admin = await world.as('admin');
    const { body } = await admin.get(path).expect(422);
    expect(body.errors).toMatchObject([{ pointer }]);
  });
});
