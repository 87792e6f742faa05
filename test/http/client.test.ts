import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createClient, type Operation, ProblemError } from '../../src/client/client.ts';
import { generateApi } from '../../src/client/generate.ts';
import { buildOpenApi } from '../../src/http/openapi.ts';
import { makeService, SAMPLE_ROUTES, VALID_OFFER } from './sample.ts';

interface Offers {
  listOffers: {
    params: undefined;
    query: { cursor?: string | undefined; limit?: number | undefined };
    body: undefined;
    response: { items: { id: string; rank: number }[]; next: string | null };
  };
  putOffer: {
    params: { id: string };
    query: undefined;
    body: object;
    response: { id: string; price: string; commandId: string };
  };
  postOfferBatch: {
    params: undefined;
    query: undefined;
    body: readonly object[];
    response: { accepted: number[] };
  };
}

const OPERATIONS: Record<keyof Offers, Operation> = {
  listOffers: { method: 'GET', path: '/v1/offers', format: 'none', idempotent: false },
  putOffer: { method: 'PUT', path: '/v1/offers/{id}', format: 'json', idempotent: true },
  postOfferBatch: { method: 'POST', path: '/v1/offers/batch', format: 'ndjson', idempotent: true },
};

const open: Server[] = [];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const tokenOf = (header: string): string => header.replace('Bearer ', '');

describe('the client', () => {
  it('speaks every form of request with a real service', async () => {
    const { app, platform } = makeService();
    const client = createClient<Offers>(OPERATIONS, { baseUrl: await listen(app), apiKey: tokenOf(platform) });
    const put = await client.call('putOffer', { params: { id: 'L1' }, body: VALID_OFFER }, { ifMatch: '"v3"' });
    expect(put).toMatchObject({ status: 200, etag: '"v3"', body: { id: 'L1', price: '19900' } });
    const batch = await client.call('postOfferBatch', { body: [VALID_OFFER, {}, VALID_OFFER] });
    expect(batch.body.accepted).toEqual([1, 3]);
    const ranks: number[] = [];
    for await (const item of client.items('listOffers', { query: { limit: 2 } })) ranks.push(item.rank);
    expect(ranks).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('turns a refusal into an error that carries the problem', async () => {
    const { app, platform } = makeService();
    const options = { baseUrl: await listen(app), apiKey: tokenOf(platform), language: 'zh' } as const;
    const client = createClient<Offers>(OPERATIONS, options);
    const refused = client.call('putOffer', { params: { id: 'L1' }, body: { ...VALID_OFFER, price: 1 } });
    await expect(refused).rejects.toBeInstanceOf(ProblemError);
    await expect(refused).rejects.toMatchObject({
      problem: { code: 'validation_failed', title: '请求内容不符合要求', errors: [{ pointer: '/price' }] },
    });
  });

  it('repeats with the same key, and waits as long as it is told', async () => {
    const requests: IncomingMessage[] = [];
    const waits: number[] = [];
    const baseUrl = await listen((request, response) => {
      requests.push(request);
      if (requests.length === 1) response.writeHead(503, { 'Retry-After': '7' }).end();
      else if (requests.length === 2) request.socket.destroy();
      else response.writeHead(200).end('{"accepted":[]}');
    });
    const sleep = async (milliseconds: number) => void waits.push(milliseconds);
    const client = createClient<Offers>(OPERATIONS, { baseUrl, apiKey: null, sleep });
    expect((await client.call('postOfferBatch', { body: [] })).status).toBe(200);
    expect(waits).toEqual([7_000, 400]);
    const keys = requests.map((request) => request.headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
  });

  it('gives up after its attempts, and at once where a repeat could act twice', async () => {
    let count = 0;
    const baseUrl = await listen((_request, response) => {
      count += 1;
      response.writeHead(503).end('<html>gateway</html>');
    });
    const options = { baseUrl, apiKey: null, attempts: 3, sleep: async () => undefined };
    const call = createClient<Offers>(OPERATIONS, options).call('listOffers', {});
    await expect(call).rejects.toMatchObject({ problem: { status: 503, type: 'about:blank' } });
    expect(count).toBe(3);
    const unkeyed = { ...OPERATIONS, postOfferBatch: { ...OPERATIONS.postOfferBatch, idempotent: false } };
    await expect(createClient<Offers>(unkeyed, options).call('postOfferBatch', { body: [] })).rejects.toThrow('503');
    expect(count).toBe(4);
  });
});

describe('the generated types', () => {
  const source = generateApi(JSON.parse(JSON.stringify(buildOpenApi(SAMPLE_ROUTES))));

  it('name what each operation takes and gives', () => {
    expect(source).toContain('export type Money = string;');
    expect(source).toContain(
      "postOfferBatch: { method: 'POST', path: '/v1/offers/batch', format: 'ndjson', idempotent: true },",
    );
    expect(source).toContain(
      'query: { cursor?: string | undefined; limit?: number | undefined; tag?: (string)[] | undefined };',
    );
    expect(source).toMatch(
      /deleteOffer: \{\s+params: \{ id: Identifier \};\s+query: undefined;\s+body: undefined;\s+response: undefined;/,
    );
  });

  it('cover the forms of JSON Schema that a document can hold', () => {
    const typed = (schema: object) => generateApi({ components: { schemas: { T: schema } } });
    expect(typed({ type: ['string', 'null'] })).toContain('type T = (string | null);');
    expect(typed({ oneOf: [{ const: 'a' }, { $ref: '#/components/schemas/x-y' }] })).toContain('type T = ("a" | X_y);');
    expect(typed({ type: 'object', additionalProperties: { type: 'integer' } })).toContain('Record<string, number>');
    expect(typed({ type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }] })).toContain(
      '[string, boolean]',
    );
    expect(typed({ allOf: [{ type: 'null' }, {}] })).toContain('(null & unknown)');
    expect(typed({ type: 'object', properties: { 'a-b': { type: 'string' } } })).toContain(
      '"a-b"?: string | undefined;',
    );
  });
});
