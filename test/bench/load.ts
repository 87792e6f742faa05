import autocannon from 'autocannon';

/** One bounded load, as a process of its own: reads its plan as JSON from the command line, prints its result as JSON. */
interface Plan {
  readonly url: string;
  readonly authorization: string;
  readonly seconds: number;
  readonly connections: number;
  /** Listings that have a history, `B0` to `B{listings - 1}`. */
  readonly listings: number;
}

function listing(id: string, at: string): object {
  return {
    id,
    shopId: 'S1',
    merchantId: 'M1',
    jurisdiction: 'CN',
    category: 'apparel/shoes',
    title: '轻便跑鞋 男款 透气网面 42 码 清仓',
    description: '库存尾货,鞋盒可能有轻微压痕。'.repeat(4),
    brand: '示例',
    currency: 'CNY',
    price: '7900',
    headlinePrice: '7900',
    attributes: { color: 'black', season: 'spring' },
    variants: ['41', '42', '43'].map((size) => ({
      sku: `${id}-${size}`,
      attributes: { size },
      price: '7900',
      stock: 3,
    })),
    claims: [{ kind: 'own', reference: '12900', percent: 38, startsAt: at, basis: { disclosed: false } }],
    images: ['https://images.example/1.jpg', 'https://images.example/2.jpg'],
    at,
  };
}

function bodies(plan: Plan): () => string {
  const at = new Date().toISOString();
  const template = JSON.stringify(listing('@@', at));
  let next = 0;
  return () => {
    // A stride that is prime to the number of listings visits all of them without locality.
    next = (next + 7_919) % plan.listings;
    return template.replaceAll('@@', `B${next}`);
  };
}

const plan: Plan = JSON.parse(process.argv[2] ?? '{}');
const body = bodies(plan);
const result = await autocannon({
  url: plan.url,
  connections: plan.connections,
  duration: plan.seconds,
  requests: [
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: plan.authorization },
      setupRequest: (request) => ({ ...request, body: body() }),
    },
  ],
});
const { latency, requests, errors, timeouts, non2xx } = result;
process.stdout.write(
  `${JSON.stringify({
    requestsPerSecond: requests.average,
    total: requests.total,
    p50: latency.p50,
    p97_5: latency.p97_5,
    p99: latency.p99,
    max: latency.max,
    failures: errors + timeouts + non2xx,
  })}\n`,
);
