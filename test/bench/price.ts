import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { priceSignals } from '../../src/detect/price/signals.ts';
import type { Claim, ListingSnapshot } from '../../src/domain/listing.ts';
import { judgeClaim } from '../../src/domain/price/judge.ts';
import type { PriceHistory, PriceObservation } from '../../src/domain/price/observation.ts';
import { longestWindowDays, type PricePolicy } from '../../src/domain/price/policy.ts';
import { BEGINNING_OF_TIME, DAY, END_OF_TIME, HOUR } from '../../src/domain/time.ts';
import { parsePricePolicies } from '../../src/engine/price-policies.ts';

const START = Date.UTC(2026, 2, 15);
const IN_WINDOW = 9;
const ROUNDS = 5;
const SIZES = [10, 10_000] as const;
const folder = 'rules/policies/price';
const { policies } = parsePricePolicies(
  readdirSync(folder).map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') })),
);

function observation(index: number, at: number, currency: string): PriceObservation {
  return {
    id: `O${index}`,
    sku: null,
    kind: index % 2 === 0 ? 'offer' : 'sale',
    price: BigInt(10_000 + (index % 7) * 100),
    currency,
    at,
    recordedAt: at,
    quantity: 1 + (index % 3),
    layer: 'public',
    platformSubsidy: 0n,
    refunded: false,
    brushed: false,
    corrects: null,
    retracted: false,
  };
}

/** Nine records in the last six days, all others before everything that the policy looks at. */
function historyOf(policy: PricePolicy, size: number): PriceHistory {
  const before = START - (longestWindowDays(policy) + 2) * DAY;
  const observations: PriceObservation[] = [];
  for (let index = size - IN_WINDOW; index > 0; index -= 1) {
    observations.push(observation(index, before - index * HOUR, policy.currency));
  }
  for (let index = 0; index < IN_WINDOW; index += 1) {
    observations.push(observation(size + index, START - 6 * DAY + index * 12 * HOUR, policy.currency));
  }
  return { observations, completeSince: BEGINNING_OF_TIME };
}

function claim(): Claim {
  return {
    kind: 'own',
    reference: 10_300n,
    percentBps: 2_000,
    label: null,
    text: null,
    sku: null,
    startsAt: START,
    endsAt: START + 3 * DAY,
    campaignStartsAt: null,
    basis: { disclosed: false },
  };
}

function inputOf(policy: PricePolicy, history: PriceHistory) {
  return {
    claim: claim(),
    salePrice: 8_300n,
    headlinePrice: null,
    currency: policy.currency,
    history,
    knownAt: END_OF_TIME,
    policy,
    perishable: false,
    announced: true,
    audience: 'everyone',
  } as const;
}

function middle(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}

async function median(run: () => unknown): Promise<number> {
  const bench = new Bench({ time: 100, warmupTime: 30 });
  bench.add('run', () => void run());
  await bench.run();
  const result = bench.tasks[0]?.result;
  return result !== undefined && 'latency' in result ? result.latency.p50 * 1_000 : Number.NaN;
}

function firstVerdict(policy: PricePolicy, size: number): number {
  const times = Array.from({ length: 21 }, () => {
    const input = inputOf(policy, historyOf(policy, size));
    const from = performance.now();
    judgeClaim(input);
    return (performance.now() - from) * 1_000;
  });
  return middle(times);
}

async function verdicts(law: PricePolicy['law']) {
  const policy = policies.find((one) => one.jurisdiction === law);
  if (policy === undefined) return { law, missing: true };
  const [few, many] = SIZES.map((size) => inputOf(policy, historyOf(policy, size)));
  if (few === undefined || many === undefined) return { law, missing: true };
  // Side by side, because other work on the machine slows both.
  const rounds: { few: number; many: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ few: await median(() => judgeClaim(few)), many: await median(() => judgeClaim(many)) });
  }
  return {
    law,
    points: SIZES,
    recordsInWindow: IN_WINDOW,
    microseconds: [middle(rounds.map((one) => one.few)), middle(rounds.map((one) => one.many))],
    ratio: middle(rounds.map((one) => one.many / one.few)),
    firstMicroseconds: SIZES.map((size) => firstVerdict(policy, size)),
  };
}

function listing(): ListingSnapshot {
  return {
    id: 'L1',
    shopId: 'S1',
    merchantId: 'M1',
    jurisdiction: 'CN',
    category: 'apparel/shoes',
    title: '运动鞋 透气跑步鞋 清仓直降',
    description: '夏季新款,限时折扣',
    brand: null,
    gtin: null,
    model: null,
    condition: 'new',
    grade: null,
    madeAt: null,
    expiresAt: null,
    attributes: {},
    variants: [{ sku: 'L1-42', attributes: { size: '42' }, price: 8_300n, stock: 3 }],
    currency: 'CNY',
    price: 8_300n,
    headlinePrice: 8_300n,
    promotions: [],
    claims: [claim()],
    images: [],
    lots: [],
    campaignId: null,
    at: START,
  };
}

/** All price signals of one listing, as the pre-check measures them, over sixty records of ninety days. */
async function measured(): Promise<number> {
  const observations = Array.from({ length: 60 }, (_, index) =>
    observation(index, START - 90 * DAY + index * 36 * HOUR, 'CNY'),
  );
  const history: PriceHistory = { observations, completeSince: BEGINNING_OF_TIME, readFrom: START - 91 * DAY };
  const snapshot = listing();
  return median(() => priceSignals({ listing: snapshot, history, policies, now: START + DAY }));
}

const laws = ['CN', 'EU', 'UK', 'US', 'CA', 'AU'] as const;
const results: unknown[] = [];
for (const law of laws) results.push(await verdicts(law));
process.stdout.write(`${JSON.stringify({ verdict: results, signalsMicroseconds: await measured() }, null, 2)}\n`);
