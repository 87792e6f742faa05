import request from 'supertest';
import { mintKey, parseKey, verifySecret } from '../../src/http/auth.ts';
import { ROLE_SCOPES, ROLES, SCOPES } from '../../src/http/scopes.ts';
import { makeService, SAMPLE_ROUTES, VALID_OFFER } from './sample.ts';

const MINUTE = 60_000;

describe('a key', () => {
  it('opens what its role may do and nothing else', async () => {
    const { app, keys, platform } = makeService();
    const narrow = keys.add('narrow', 'platform', { scopes: ['listings:read', 'keys:manage'] });
    const status = async (key: string, path: string) => (await request(app).get(path).set('Authorization', key)).status;
    expect(await status(platform, '/v1/offers')).toBe(200);
    expect(await status(narrow, '/v1/offers')).toBe(200);
    const refused = await request(app).put('/v1/offers/L1').set('Authorization', narrow).send(VALID_OFFER);
    expect(refused.body).toMatchObject({
      status: 403,
      code: 'forbidden',
      detail: 'the scope listings:write is needed',
    });
  });

  it('is refused without saying why when it is missing, wrong, unknown, expired or revoked', async () => {
    const { app, keys, time, platform } = makeService();
    const expired = keys.add('expired', 'platform', { expiresAt: time.now });
    const revoked = keys.add('revoked', 'platform', { revokedAt: time.now - 1 });
    const homeless = keys.add('homeless', 'merchant');
    const wrong = platform.replace('-secret-', '-Secret-');
    const unknown = platform.replace('ts_platform', 'ts_nobody');
    const basic = platform.replace('Bearer', 'Basic');
    const details = new Set<string>();
    for (const key of [expired, revoked, homeless, wrong, unknown, basic, 'Bearer', 'Bearer ts_.', '']) {
      const answer = await request(app).get('/v1/offers').set('Authorization', key);
      expect([key, answer.status]).toEqual([key, 401]);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      details.add(answer.body.detail);
    }
    expect(details.size).toBe(1);
  });

  it('is looked up once, and its revocation is seen when the memory of it ends', async () => {
    const { app, keys, time, platform } = makeService();
    const read = async () => (await request(app).get('/v1/offers').set('Authorization', platform)).status;
    expect([await read(), await read(), keys.lookups]).toEqual([200, 200, 1]);
    const stored = keys.keys.get('platform');
    if (stored === undefined) throw new Error('no key');
    keys.keys.set('platform', { ...stored, revokedAt: time.now });
    time.now += MINUTE;
    expect(await read()).toBe(401);
  });

  it('is stored as a hash that only its secret matches', () => {
    const { token, secretHash } = mintKey('k1', 'abcdefghijklmnopqrstuvwx');
    expect(parseKey(token)).toEqual({ id: 'k1', secret: 'abcdefghijklmnopqrstuvwx' });
    expect(secretHash).not.toContain('abcdef');
    expect(verifySecret('abcdefghijklmnopqrstuvwx', secretHash)).toBe(true);
    expect(verifySecret('abcdefghijklmnopqrstuvwy', secretHash)).toBe(false);
    expect(() => mintKey('k 1', 'abcdefghijklmnopqrstuvwx')).toThrow(RangeError);
    expect(() => mintKey('k1', 'short')).toThrow(RangeError);
  });

  it('of an auditor only reads, and every scope is somebody’s', () => {
    for (const scope of ROLE_SCOPES.auditor) expect(scope).toMatch(/:read$/);
    for (const role of ROLES) expect(ROLE_SCOPES[role].size).toBeGreaterThan(0);
    for (const scope of SCOPES) expect(ROLE_SCOPES.admin.has(scope)).toBe(true);
  });
});

describe('a merchant', () => {
  const { app, merchant, platform, ownership } = makeService();
  const get = (id: string, key = merchant) => request(app).get(`/v1/offers/${id}`).set('Authorization', key);

  it('cannot tell what belongs to others from what does not exist', async () => {
    const own = await get('L1');
    const other = await get('L2');
    const absent = await get('L3');
    expect([own.status, other.status, absent.status]).toEqual([200, 404, 404]);
    const { requestId: _first, ...otherProblem } = other.body;
    const { requestId: _second, ...absentProblem } = absent.body;
    expect(otherProblem).toEqual(absentProblem);
  });

  it('costs the platform no ownership look-up', async () => {
    const before = ownership.calls;
    expect((await get('L2', platform)).status).toBe(200);
    expect(ownership.calls).toBe(before);
  });

  it('may not name another shop in a body, and may bring an own listing into being', async () => {
    const service = makeService();
    const writer = service.keys.add('writer', 'admin', { merchantId: 'M1' });
    const put = (id: string, shopId: string) =>
      request(service.app)
        .put(`/v1/offers/${id}`)
        .set('Authorization', writer)
        .send({ ...VALID_OFFER, id, shopId });
    expect((await put('L9', 'S1')).status).toBe(200);
    expect((await put('L2', 'S1')).status).toBe(404);
    const foreign = await put('L1', 'S2');
    expect(foreign.body).toMatchObject({ status: 404, errors: [{ in: 'body', pointer: '/shopId' }] });
    const rows = [{ ...VALID_OFFER }, { ...VALID_OFFER, shopId: 'S2' }].map((row) => JSON.stringify(row)).join('\n');
    const batch = await request(service.app)
      .post('/v1/offers/batch')
      .set({ Authorization: writer, 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': 'k' })
      .serialize((value: unknown) => value as string)
      .send(rows);
    expect(batch.body.accepted).toEqual([1]);
    expect(batch.body.rejected).toMatchObject([{ line: 2, problem: { status: 404 } }]);
  });
});

describe('an allowance', () => {
  it('is counted per key, announced, and refused with the seconds to wait', async () => {
    const { app, keys, platform, time } = makeService({ allowances: { read: { limit: 2, windowMs: MINUTE } } });
    const other = keys.add('other', 'platform');
    const read = (key: string) => request(app).get('/v1/offers').set('Authorization', key);
    expect((await read(platform)).headers.ratelimit).toBe('"read";r=1;t=60');
    expect((await read(platform)).headers.ratelimit).toBe('"read";r=0;t=60');
    time.now += 20_000;
    const refused = await read(platform);
    expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([429, 'rate_limited', '40']);
    expect((await read(other)).status).toBe(200);
    time.now += 40_000;
    expect((await read(platform)).status).toBe(200);
  });

  it('ends guessing of keys from one address', async () => {
    const { app } = makeService({ allowances: { anonymous: { limit: 3, windowMs: MINUTE } } });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await request(app).get('/v1/offers')).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('is drawn on by everybody who needs no key', async () => {
    const { app } = makeService({ routes: SAMPLE_ROUTES, allowances: { anonymous: { limit: 1, windowMs: MINUTE } } });
    expect((await request(app).get('/v1/hello')).body).toEqual({ hello: 'anonymous' });
    expect((await request(app).get('/v1/hello')).status).toBe(429);
  });
});
