import request from 'supertest';
import { z } from 'zod';
import { assertSameBody, bodyHash } from '../../src/http/idempotency.ts';
import { buildOpenApi } from '../../src/http/openapi.ts';
import { identifier } from '../../src/http/primitives.ts';
import { PROBLEM_CODES, PROBLEMS, problemType } from '../../src/http/problem.ts';
import { assertRoute, type RouteDefinition, route } from '../../src/http/route.ts';
import { getOffer, makeService, SAMPLE_ROUTES, VALID_OFFER } from './sample.ts';

const { app, platform } = makeService();
const put = (headers: Record<string, string>, body: object = VALID_OFFER, id = 'L1') =>
  request(app)
    .put(`/v1/offers/${id}`)
    .set({ Authorization: platform, ...headers })
    .send(body);

describe('an Idempotency-Key', () => {
  it('gives a repeat the same command, and other content another hash', async () => {
    const key = { 'Idempotency-Key': 'order-7' };
    const first = (await put(key)).body;
    const again = (await put(key, Object.fromEntries(Object.entries(VALID_OFFER).reverse()))).body;
    const other = (await put(key, { ...VALID_OFFER, price: '1' })).body;
    const elsewhere = (await put(key, VALID_OFFER, 'L3')).body;
    expect([again.commandId, again.bodyHash]).toEqual([first.commandId, first.bodyHash]);
    expect([other.commandId, elsewhere.commandId]).toEqual([first.commandId, first.commandId]);
    expect(new Set([first.bodyHash, other.bodyHash, elsewhere.bodyHash]).size).toBe(3);
    expect((await put({})).body.commandId).not.toBe((await put({})).body.commandId);
    expect(() => bodyHash('PUT /v1/offers/L1', [Number.POSITIVE_INFINITY])).toThrow('out of range');
    expect(() => assertSameBody(first.bodyHash, again.bodyHash)).not.toThrow();
    expect(() => assertSameBody(first.bodyHash, other.bodyHash)).toThrow(/other content/);
  });

  it('has 1 to 255 visible characters, and is demanded where a route needs it', async () => {
    for (const key of ['a b', 'x'.repeat(256)]) {
      const { body } = await put({ 'Idempotency-Key': key });
      expect(body).toMatchObject({ status: 422, errors: [{ in: 'header', pointer: '/Idempotency-Key' }] });
    }
    const missing = await request(app)
      .post('/v1/offers/batch')
      .set({ Authorization: platform, 'Content-Type': 'application/x-ndjson' })
      .send('');
    expect(missing.body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/Idempotency-Key', reason: 'is required' }],
    });
  });
});

describe('a version', () => {
  it('is demanded by If-Match, and a changed one is refused', async () => {
    expect((await put({ 'If-Match': '"v3"' })).status).toBe(200);
    expect((await put({ 'If-Match': '"v2"' })).body).toMatchObject({ status: 412, code: 'version_mismatch' });
    for (const tag of ['*', 'v3', '"v3", "v4"']) expect((await put({ 'If-Match': tag })).status).toBe(422);
    const remove = request(app).delete('/v1/offers/L1').set('Authorization', platform);
    expect((await remove).body).toMatchObject({ status: 428, code: 'precondition_required' });
    const removed = await request(app).delete('/v1/offers/L1').set({ Authorization: platform, 'If-Match': '"v7"' });
    expect([removed.status, removed.text]).toEqual([204, '']);
  });

  it('that the reader has is not sent again', async () => {
    const get = request(app).get('/v1/offers/L1').set({ Authorization: platform, 'If-None-Match': 'W/"v7"' });
    expect((await get).status).toBe(304);
  });
});

describe('headers and parameters', () => {
  it('take a deadline of 1 to 60,000 ms', async () => {
    for (const given of ['0', '60001', '1.5', 'soon', '-1']) {
      const { body } = await put({ 'Deadline-Ms': given });
      expect(body).toMatchObject({ status: 422, errors: [{ in: 'header', pointer: '/Deadline-Ms' }] });
    }
    expect((await put({ 'Deadline-Ms': '60000' })).status).toBe(200);
  });

  it('are refused by name when repeated, unknown, foreign or out of bounds', async () => {
    const errors = async (query: string) => {
      const { status, body } = await request(app).get(`/v1/offers?${query}`).set('Authorization', platform);
      return [status, ...(body.errors ?? []).map((error: { pointer: string }) => error.pointer)];
    };
    expect(await errors('limit=2&limit=3')).toEqual([422, '/limit']);
    expect(await errors('tag=a&tag=b&limit=2')).toEqual([200]);
    expect(await errors('cursor=AAAA')).toEqual([422, '/cursor']);
    expect(await errors(`cursor=${Buffer.from('[1,"shops",3]').toString('base64url')}`)).toEqual([422, '/cursor']);
    expect(await errors('limit=6')).toEqual([422, '/limit']);
    expect(await errors('offset=6')).toEqual([422, '/offset']);
    expect(await errors('tag=a%00')).toEqual([422, '/tag']);
    expect((await request(app).get('/v1/offers/%E0%A4%A').set('Authorization', platform)).status).toBe(422);
    expect((await request(app).get('/v1/offers/a%2Fb').set('Authorization', platform)).body.errors).toMatchObject([
      { in: 'path', pointer: '/id' },
    ]);
  });

  it('keep a well-formed request id and replace any other', async () => {
    const id = async (given: string) =>
      (await request(app).get('/v1/hello').set('X-Request-Id', given)).headers['x-request-id'];
    expect(await id('order-service-17')).toBe('order-service-17');
    expect(await id('short')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('with space and more')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('what the service cannot do', () => {
  it('is a problem, for addresses and methods too', async () => {
    const nowhere = await request(app).get('/v2/nothing');
    expect(nowhere.body).toMatchObject({ status: 404, code: 'not_found', type: '/problems/not-found' });
    expect(nowhere.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const patched = await request(app).patch('/v1/offers/L1');
    expect([patched.status, patched.headers.allow]).toEqual([405, 'DELETE, GET, HEAD, OPTIONS, PUT']);
    const listed = await request(app).delete('/v1/offers');
    expect([listed.status, listed.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect((await request(app).options('/v1/offers')).status).toBe(204);
    expect((await request(app).head('/v1/hello')).status).toBe(200);
  });

  it('never shows why it failed inside, but logs it under the request id', async () => {
    const { app: failing, platform: key, log } = makeService();
    const answer = await request(failing).get('/v1/offers/crash').set('Authorization', key);
    expect(answer.body).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.text).not.toContain('the secret is');
    const line = log.find((one) => one.includes(answer.body.requestId)) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      level: 50,
      route: '/v1/offers/:id',
      status: 500,
      subject: 'user-platform',
    });
    expect(line).toContain('the secret is 42');
  });

  it('logs neither key nor body', async () => {
    const { app: quiet, platform: key, log } = makeService();
    await request(quiet).put('/v1/offers/L1').set('Authorization', key).send(VALID_OFFER);
    expect(log).toHaveLength(1);
    expect(log.join()).not.toMatch(/secret|Pfanne|19900/);
  });

  it('has a title, advice and a page in both languages', async () => {
    for (const code of PROBLEM_CODES) {
      const { title, advice, status } = PROBLEMS[code];
      expect(title.zh + advice.zh).toMatch(/\p{Script=Han}/u);
      expect(title.en + advice.en).not.toMatch(/\p{Script=Han}/u);
      const page = await request(app).get(problemType(code)).set('Accept', 'text/html').set('Accept-Language', 'zh');
      expect(page.text).toContain(title.zh);
      expect((await request(app).get(problemType(code))).body).toMatchObject({ code, status, title: title.en });
    }
    expect((await request(app).get('/problems/no-such')).status).toBe(404);
  });
});

describe('a route that contradicts itself', () => {
  const base = {
    method: 'post',
    path: '/v1/things',
    operationId: 'postThing',
    summary: 'A thing',
    tags: [],
    scope: 'listings:write',
    rateLimit: 'write',
    stability: 'beta',
    handle: async () => ({}),
  } satisfies RouteDefinition<unknown, unknown, unknown, unknown, undefined>;

  it('is refused at mount: identifiers without owner, open objects, wrong paths', () => {
    const nested = z.strictObject({ claims: z.array(z.strictObject({ shopId: identifier.nullable() })).optional() });
    expect(() => assertRoute(route({ ...base, body: nested }))).toThrow('body claims[].shopId: identifier without');
    expect(() => assertRoute(route({ ...base, body: z.object({ a: z.string() }) }))).toThrow('accepts unknown fields');
    expect(() => assertRoute(route({ ...base, path: '/v1/things/:id' }))).toThrow('path names (id)');
    expect(() =>
      assertRoute(route({ ...base, identifiers: [{ in: 'query', name: 'shopId', resource: 'shop' }] })),
    ).toThrow('declared, but no such field');
    const declared = [{ in: 'body', name: 'claims[].shopId', resource: 'shop' }] as const;
    expect(() => assertRoute(route({ ...base, body: nested, identifiers: declared }))).not.toThrow();
  });

  it('is refused when two say the same', () => {
    expect(() => makeService({ routes: [getOffer, getOffer] })).toThrow('declared twice');
  });
});

describe('the pages beside the API', () => {
  it('serve the documentation from our own origin under a policy without exceptions', async () => {
    const page = await request(app).get('/docs');
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self';style-src 'self'/);
    expect(page.text).not.toMatch(/<script>|<style|style=|https?:/);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => String(address));
    expect(sources.length).toBe(4);
    for (const source of sources) expect((await request(app).get(source)).status).toBe(200);
    expect((await request(app).get('/openapi.json')).body.openapi).toBe('3.1.1');
  });

  it('say which dependency is down', async () => {
    const { app: half } = makeService();
    expect((await request(half).get('/readyz')).body).toEqual({ status: 'ready', dependencies: {} });
    const up = () => Promise.resolve();
    const down = () => Promise.reject(new Error('refused'));
    const answer = await request(makeService({ readiness: { mongo: up, redis: down } }).app).get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ status: 'unavailable', dependencies: { mongo: 'up', redis: 'down' } });
    expect((await request(half).get('/healthz')).body).toEqual({ status: 'alive' });
  });

  it('measure requests by route template only', async () => {
    const { app: measured, platform: key } = makeService();
    for (const id of ['L1', 'L2', 'crash']) await request(measured).get(`/v1/offers/${id}`).set('Authorization', key);
    await request(measured).get('/wp-admin.php');
    const { text } = await request(measured).get('/metrics');
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/v1/offers/:id",status="2xx"} 2');
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/v1/offers/:id",status="5xx"} 1');
    expect(text).not.toMatch(/L1|wp-admin/);
  });
});

describe('the API document', () => {
  it('is the same for the same routes in any order', () => {
    const text = JSON.stringify(buildOpenApi(SAMPLE_ROUTES));
    expect(JSON.stringify(buildOpenApi([...SAMPLE_ROUTES].reverse()))).toBe(text);
  });

  it('shows wire forms in both directions, and what each operation needs', () => {
    const { components, paths } = buildOpenApi(SAMPLE_ROUTES);
    const names = Object.keys(components?.schemas ?? {});
    expect(names.filter((name) => name.endsWith('Output') || name.startsWith('__'))).toEqual([]);
    expect(components?.schemas?.Money).toMatchObject({ type: 'string' });
    const operation = paths?.['/v1/offers/{id}']?.put;
    expect(operation?.security).toEqual([{ apiKey: ['listings:write'] }]);
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      '200 400 401 403 404 409 412 413 415 422 429 500 503'.split(' '),
    );
    expect(operation?.['x-stability']).toBe('stable');
  });
});
