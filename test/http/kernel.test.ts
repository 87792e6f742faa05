import request, { type Response } from 'supertest';
import { makeService, VALID_OFFER } from './sample.ts';

describe('a request that is in order', () => {
  it('reaches the handler parsed, and the answer carries version, request id and allowance', async () => {
    const { app, platform } = makeService();
    const answer = await request(app)
      .put('/v1/offers/L1')
      .set('Authorization', platform)
      .set('X-Request-Id', 'caller-0001')
      .send(VALID_OFFER);
    expect(answer.body).toMatchObject({ id: 'L1', price: '19900', at: '2026-03-15T00:00:00.000Z' });
    expect(answer.status).toBe(200);
    expect(answer.headers.etag).toBe('"v3"');
    expect(answer.headers['x-request-id']).toBe('caller-0001');
    expect(answer.headers['ratelimit-policy']).toContain('"write"');
  });

  it('walks a list to its end by the cursors it gives', async () => {
    const { app, platform } = makeService();
    const seen: number[] = [];
    let path: string | null = '/v1/offers?limit=3';
    while (path !== null) {
      const answer: Response = await request(app).get(path).set('Authorization', platform);
      expect(answer.status).toBe(200);
      for (const item of answer.body.items) seen.push(item.rank);
      path = /^<(.+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1] ?? null;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
