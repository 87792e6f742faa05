import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DAY } from '../../src/domain/time.ts';

/** `touchstone score` over generated listings with history: listings a second and the most memory held, at two sizes. */
const NOW = Date.UTC(2026, 2, 15);
const sizes = (process.env.BENCH_LISTINGS ?? '10000,100000').split(',').map(Number);
/** Prints the most memory that the process held, once it ends. */
const PEAK = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;

const dir = await mkdtemp(join(tmpdir(), 'touchstone-bench-'));
try {
  const runs = [];
  for (const size of sizes) runs.push(await measure(size));
  const [first, last] = [runs[0], runs.at(-1)];
  const growth = first === undefined || last === undefined ? null : last.peakMiB / first.peakMiB;
  process.stdout.write(`${JSON.stringify({ runs, peakGrowth: growth }, null, 2)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function measure(listings: number) {
  const [input, history] = [join(dir, 'listings.jsonl'), join(dir, 'prices.jsonl')];
  await pipeline(listingLines(listings), createWriteStream(input));
  await pipeline(priceLines(listings), createWriteStream(history));
  const started = performance.now();
  const { lines, peakKiB } = await score(input, history);
  const seconds = (performance.now() - started) / 1_000;
  return {
    listings,
    decisions: lines,
    observations: listings * 3,
    seconds: Math.round(seconds * 10) / 10,
    perSecond: Math.round(listings / seconds),
    peakMiB: Math.round(peakKiB / 1_024),
  };
}

async function score(input: string, history: string): Promise<{ lines: number; peakKiB: number }> {
  const since = new Date(NOW - 200 * DAY).toISOString();
  const program = [
    '--no-warnings',
    '--import',
    `data:text/javascript,${encodeURIComponent(PEAK)}`,
    'dist/src/cli/main.js',
  ];
  const args = ['score', '--in', input, '--history', history, '--complete-since', since, '--rejects', dir];
  const child = spawn(process.execPath, [...program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let lines = 0;
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines += 1;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const peak = /^peak (\d+)$/m.exec(told)?.[1];
  if (code !== 0 || peak === undefined) throw new Error(`score ended with ${code}: ${told}`);
  return { lines, peakKiB: Number(peak) };
}

function* listingLines(count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) {
    const startsAt = new Date(NOW - (index % 10) * DAY).toISOString();
    const listing = {
      id: `B${index}`,
      shopId: 'S1',
      merchantId: 'M1',
      jurisdiction: index % 2 === 0 ? 'CN' : 'EU-DE',
      category: 'apparel/shoes',
      title: `轻便跑鞋 男款 透气网面 ${index}`,
      currency: index % 2 === 0 ? 'CNY' : 'EUR',
      price: '7900',
      claims: [{ kind: 'own', reference: index % 3 === 0 ? '12900' : '8900', startsAt, basis: { disclosed: false } }],
      at: new Date(NOW).toISOString(),
    };
    yield `${JSON.stringify(listing)}\n`;
  }
}

/** In order of time, so that each listing's prices lie far apart in the file. */
function* priceLines(count: number): Generator<string> {
  for (const [step, days] of [80, 25, 12].entries()) {
    for (let index = 0; index < count; index += 1) {
      const listingId = `B${index}`;
      const observation = {
        id: `${listingId}-${step}`,
        listingId,
        shopId: 'S1',
        kind: index % 2 === 0 && step > 0 ? 'sale' : 'offer',
        price: `${9_900 - step * 500}`,
        currency: index % 2 === 0 ? 'CNY' : 'EUR',
        at: new Date(NOW - days * DAY).toISOString(),
      };
      yield `${JSON.stringify(observation)}\n`;
    }
  }
}
