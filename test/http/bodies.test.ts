import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import request from 'supertest';
import { jsonErrorOffset, parseJson } from '../../src/http/json-body.ts';
import { makeService, VALID_OFFER } from './sample.ts';

const { app, platform } = makeService();

function put(body: string | Buffer, headers: Record<string, string> = {}) {
  return request(app)
    .put('/v1/offers/L1')
    .set({ Authorization: platform, 'Content-Type': 'application/json', ...headers })
    .serialize((value: unknown) => value as string)
    .send(body);
}

async function refused(body: string | Buffer, headers: Record<string, string> = {}) {
  const { status, body: problem } = await put(body, headers);
  return { status, code: problem.code, detail: problem.detail, errors: problem.errors };
}

describe('a body that cannot be read', () => {
  it('names line and column of what is not JSON', async () => {
    expect(await refused('{"id": "L1",\n "price": 12,}')).toMatchObject({
      status: 400,
      code: 'malformed_body',
      detail: 'not valid JSON at line 2, column 14',
    });
    expect(await refused('{"id": "L1"')).toMatchObject({ status: 400, detail: expect.stringContaining('column 12') });
    expect(await refused('')).toMatchObject({ status: 400, code: 'malformed_body' });
    expect(await refused(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ status: 400, code: 'malformed_body' });
  });

  it('is refused when nested deeper than 64, however it is closed', async () => {
    for (const deep of ['['.repeat(65), '['.repeat(65) + ']'.repeat(65), '{"a":'.repeat(50_000)]) {
      expect(await refused(deep)).toMatchObject({ status: 400, detail: expect.stringContaining('64 levels') });
    }
    expect((await refused('['.repeat(64) + ']'.repeat(64))).status).toBe(422);
  });

  it('is refused by type, charset and encoding', async () => {
    const text = JSON.stringify(VALID_OFFER);
    expect(await refused(text, { 'Content-Type': 'text/plain' })).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      detail: expect.stringContaining('application/json'),
    });
    expect((await refused(text, { 'Content-Type': 'application/json; charset=gbk' })).status).toBe(415);
    expect(await refused(text, { 'Content-Encoding': 'zstd' })).toMatchObject({
      status: 415,
      code: 'not_acceptable_encoding',
    });
  });

  it('is refused when its compression is cut off or is none', async () => {
    const packed = gzipSync(JSON.stringify({ ...VALID_OFFER, title: 'x'.repeat(150) }));
    const gzip = { 'Content-Encoding': 'gzip' };
    expect((await put(packed, gzip)).status).toBe(200);
    expect((await put(brotliCompressSync(JSON.stringify(VALID_OFFER)), { 'Content-Encoding': 'br' })).status).toBe(200);
    expect(await refused(packed.subarray(0, -12), gzip)).toMatchObject({ status: 400, code: 'malformed_body' });
    expect(await refused(Buffer.from('{}'), gzip)).toMatchObject({ status: 400, code: 'malformed_body' });
  });

  it('is refused when it is too large, also when only unpacking shows it', async () => {
    const large = JSON.stringify({ ...VALID_OFFER, title: 'x'.repeat(300_000) });
    const tooLarge = { status: 413, code: 'body_too_large' };
    expect(await refused(large)).toMatchObject(tooLarge);
    expect(await refused(gzipSync(large), { 'Content-Encoding': 'gzip' })).toMatchObject(tooLarge);
  });
});

describe('a body that is JSON but not as required', () => {
  it('names every broken field by pointer, unknown ones each', async () => {
    const { at: _, ...rest } = VALID_OFFER;
    const answer = await refused(JSON.stringify({ ...rest, price: 12, tags: ['a', 'b'.repeat(30)], x: 1, 'y/z': 2 }));
    expect(answer).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(answer.errors).toEqual([
      { in: 'body', pointer: '/price', reason: 'must be text' },
      { in: 'body', pointer: '/at', reason: 'is required' },
      { in: 'body', pointer: '/tags/1', reason: 'must be ≤ 20 characters' },
      { in: 'body', pointer: '/x', reason: 'unknown field' },
      { in: 'body', pointer: '/y~1z', reason: 'unknown field' },
    ]);
  });

  it('answers in Chinese to who asks for Chinese', async () => {
    const { body, headers } = await put(JSON.stringify({ ...VALID_OFFER, price: '-1', at: '2026-03-15' }), {
      'Accept-Language': 'de, zh-Hans;q=0.9, en;q=0.5',
    });
    expect(headers['content-language']).toBe('zh-CN');
    expect(body.title).toBe('请求内容不符合要求');
    expect(body.errors.map((error: { reason: string }) => error.reason)).toEqual([
      expect.stringContaining('非负整数'),
      expect.stringContaining('时区偏移'),
    ]);
  });

  it('may not hold NUL, half a surrogate pair or a prototype key, spelled out or escaped', async () => {
    const withTitle = (title: string): string => JSON.stringify(VALID_OFFER).replace('德国原装 Pfanne', title);
    for (const title of ['a\\u0000b', '\\ud800', 'x\\udc00y']) {
      const answer = await refused(withTitle(title));
      expect(answer).toMatchObject({ status: 422, errors: [{ in: 'body', pointer: '/title' }] });
    }
    expect((await put(withTitle('\\ud83d\\ude00'))).status).toBe(200);
    for (const key of ['__proto__', '\\u005f_proto__']) {
      const answer = await refused(JSON.stringify(VALID_OFFER).replace('"id"', `"attributes":{"${key}":"x"},"id"`));
      expect(answer).toMatchObject({ status: 422, errors: [{ pointer: '/attributes/__proto__' }] });
    }
  });
});

describe('many rows', () => {
  const post = (body: string) =>
    request(app)
      .post('/v1/offers/batch')
      .set({ Authorization: platform, 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': 'k1' })
      .serialize((value: unknown) => value as string)
      .send(body);
  const row = (more: object = {}): string => JSON.stringify({ ...VALID_OFFER, ...more });

  it('keep the good ones and name the bad ones by line', async () => {
    const rows = [row(), '{"id":', '', row({ price: '-1' }), `${row({ id: 'L2' })}\r`, row({ extra: true })];
    const { status, body } = await post(rows.join('\n'));
    expect(status).toBe(200);
    expect(body.accepted).toEqual([1, 5]);
    expect(body.rejected).toMatchObject([
      { line: 2, problem: { code: 'malformed_body' } },
      { line: 4, problem: { code: 'validation_failed', errors: [{ pointer: '/price' }] } },
      { line: 6, problem: { code: 'validation_failed', errors: [{ pointer: '/extra' }] } },
    ]);
  });

  it('are refused together when there are more than the route takes', async () => {
    const { status, body } = await post(`${row()}\n`.repeat(101));
    expect([status, body.code]).toEqual([413, 'body_too_large']);
  });
});

describe('reading JSON', () => {
  it('gives what JSON.parse gives, for everything JSON can say within 64 levels', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u') && !text.includes('__proto__'));
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
        expect(jsonErrorOffset(text)).toBe(text.length);
      }),
    );
  });

  it('finds the fault exactly where JSON.parse finds one', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom(',', '}', '"', 'x', ':', ''),
        (json, at, noise) => {
          const text = json.slice(0, at % (json.length + 1)) + noise + json.slice(at % (json.length + 1));
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          expect(jsonErrorOffset(text) === text.length || !valid).toBe(true);
          if (valid) expect(jsonErrorOffset(text)).toBe(text.length);
          else if (text.length > 0) expect(() => parseJson(Buffer.from(text))).toThrow(/JSON|UTF-8/);
        },
      ),
    );
  });
});
