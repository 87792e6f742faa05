import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Collection, type Db, Long, MongoClient } from 'mongodb';

/** The embedded database beside what the disk and a round trip cost, as a process of its own. */
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const many = Number(process.env.BENCH_MANY ?? 1_000_000);
const few = Number(process.env.BENCH_FEW ?? 10_000);
const grouped = Math.min(many, 100_000);
/** 600 for the measure of memory over ten minutes. */
const mixedSeconds = Number(process.env.BENCH_MIXED_SECONDS ?? 10);

interface Row {
  _id: number;
  sku: string;
  shop: number;
  price: Long;
  title: string;
}

function row(_id: number): Row {
  return {
    _id,
    sku: `sku-${_id}`,
    shop: _id % 100,
    price: Long.fromNumber(100 + (_id % 9_000)),
    title: '轻便跑鞋 男款 透气网面 42 码 清仓',
  };
}

const directory = await mkdtemp(join(tmpdir(), 'touchstone-bench-embedded-'));
let server: { child: ChildProcess; url: string; startMs: number } | undefined;
try {
  process.stdout.write(`${JSON.stringify(await bench(), null, 2)}\n`);
} finally {
  await stop();
  await rm(directory, { recursive: true, force: true });
}

async function start(): Promise<MongoClient> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ['--no-warnings', 'dist/src/infra/embedded/process.js', '--dir', join(directory, 'db'), '--exit-with-parent'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    const client = await MongoClient.connect(line.trim(), { maxPoolSize: 32 });
    await client.db('bench').command({ ping: 1 });
    server = { child, url: line.trim(), startMs: performance.now() - began };
    return client;
  }
  throw new Error('The embedded database did not start');
}

async function stop(): Promise<void> {
  if (server === undefined) return;
  const { child } = server;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  server = undefined;
}

/** Times per second that 4 KiB are appended and made durable. */
function syncRate(): number {
  const file = openSync(join(directory, 'sync'), 'w');
  const page = Buffer.alloc(4096, 7);
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < (seconds * 1000) / 2) {
    writeSync(file, page, 0, page.length, count * page.length);
    fdatasyncSync(file);
    count += 1;
  }
  closeSync(file);
  return (count * 1000) / (performance.now() - began);
}

/** Operations per second of `parallel` callers that each wait for their answer. */
async function rateOf(parallel: number, operation: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const began = performance.now();
  const caller = async () => {
    while (performance.now() - began < seconds * 1000) {
      await operation();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, caller));
  return (count * 1000) / (performance.now() - began);
}

/** Milliseconds: the median and the 99th of a hundred. */
function quantiles(times: number[]): { p50: number; p99: number } {
  const sorted = times.sort((left, right) => left - right);
  const at = (share: number) => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

async function timeOf(operation: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await operation();
  return performance.now() - began;
}

async function fill(rows: Collection<Row>, count: number): Promise<number> {
  await rows.createIndexes([
    { key: { sku: 1 }, name: 'sku', unique: true },
    { key: { shop: 1, _id: 1 }, name: 'shop' },
  ]);
  const began = performance.now();
  for (let from = 0; from < count; from += 1_000) {
    await rows.insertMany(Array.from({ length: Math.min(1_000, count - from) }, (_unused, at) => row(from + at)));
  }
  return (count * 1000) / (performance.now() - began);
}

async function durable(db: Db) {
  const before = syncRate();
  const notes = db.collection<{ _id: number; text: string }>('notes');
  let next = 0;
  const insert = () => {
    next += 1;
    return notes.insertOne({ _id: next, text: 'a note of some length, as they are' });
  };
  const single = await rateOf(1, insert);
  const parallel = await rateOf(32, insert);
  const syncs = (before + syncRate()) / 2;
  return {
    fdatasyncPerSecond: Math.round(syncs),
    insertsPerSecond: Math.round(single),
    insertsToFdatasync: rounded(single / syncs),
    parallelInsertsPerSecond: Math.round(parallel),
    parallelInsertsToFdatasync: rounded(parallel / syncs),
  };
}

async function reads(db: Db, rows: Collection<Row>, count: number) {
  let next = 0;
  const someone = () => {
    next = (next + 7_919) % count;
    return next;
  };
  const ping = await rateOf(1, () => db.command({ ping: 1 }));
  const byIndex = await rateOf(1, () => rows.findOne({ sku: `sku-${someone()}` }));
  const updates = await rateOf(1, () => rows.updateOne({ _id: someone() }, { $inc: { price: Long.ONE } }));
  const largeUpdates = await bulkUpdates(db);
  return {
    pingPerSecond: Math.round(ping),
    findOnePerSecond: Math.round(byIndex),
    findOneToPing: rounded(byIndex / ping),
    updateByIdPerSecond: Math.round(updates),
    bulkUpdate8KiBMicroseconds: rounded(largeUpdates),
  };
}

/** Microseconds per document of 8 KiB in a bulk of 500 guarded updates. */
async function bulkUpdates(db: Db): Promise<number> {
  const large = db.collection<{ _id: number; version: number; text: string; pending?: boolean }>('large');
  const size = 500;
  await large.createIndex({ pending: 1 }, { sparse: true });
  await large.insertMany(
    Array.from({ length: size }, (_unused, _id) => ({ _id, version: 1, text: 'x'.repeat(8_000), pending: true })),
  );
  const times: number[] = [];
  for (let version = 1; version <= 10; version += 1) {
    const operations = Array.from({ length: size }, (_unused, _id) => ({
      updateOne: { filter: { _id, version }, update: { $set: { version: version + 1 } } },
    }));
    times.push(await timeOf(() => large.bulkWrite(operations, { ordered: false })));
  }
  return (quantiles(times).p50 * 1000) / size;
}

async function firstPage(rows: Collection<Row>): Promise<number> {
  const times: number[] = [];
  for (let shop = 0; shop < 300; shop += 1) {
    const page = rows
      .find({ shop: shop % 100 })
      .sort({ _id: -1 })
      .limit(20);
    times.push(await timeOf(() => page.toArray()));
  }
  return quantiles(times).p50;
}

/** A long aggregation, and what other clients wait meanwhile. */
async function group(db: Db) {
  const source = db.collection<Row>('grouped');
  await fill(source, grouped);
  const other = await MongoClient.connect(server?.url ?? '');
  const times: number[] = [];
  let running = true;
  const bystander = async () => {
    while (running) times.push(await timeOf(() => other.db('bench').collection<Row>('few').findOne({ _id: 5 })));
  };
  const watching = bystander();
  const took: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const pipeline = [{ $group: { _id: '$shop', total: { $sum: '$price' }, count: { $sum: 1 } } }];
    took.push(await timeOf(() => source.aggregate(pipeline).toArray()));
  }
  running = false;
  await watching;
  await other.close();
  return { documents: grouped, groupMs: quantiles(took).p50, othersMs: quantiles(times) };
}

function residentMiB(): number {
  const status = readFileSync(`/proc/${server?.child.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

/** Reads, writes, pages and deletions of eight callers, and the memory of the server at every tenth of the time. */
async function mixed(rows: Collection<Row>, count: number) {
  const began = performance.now();
  const memory: number[] = [];
  let done = 0;
  const caller = async (name: number) => {
    for (let at = name; performance.now() - began < mixedSeconds * 1000; at += 8) {
      const _id = (at * 7_919) % count;
      await rows.updateOne({ _id }, { $inc: { price: Long.ONE } });
      await rows
        .find({ shop: _id % 100 })
        .sort({ _id: -1 })
        .limit(20)
        .toArray();
      await rows.insertOne(row(count + at));
      await rows.deleteOne({ _id: count + at });
      done += 4;
      if (performance.now() - began > (memory.length * mixedSeconds * 1000) / 10) memory.push(residentMiB());
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_unused, name) => caller(name)));
  return { seconds: mixedSeconds, operationsPerSecond: Math.round(done / mixedSeconds), residentMiB: memory };
}

async function bench() {
  const client = await start();
  const db = client.db('bench');
  const durability = await durable(db);
  const small = db.collection<Row>('few');
  await fill(small, few);
  const reading = await reads(db, small, few);
  const large = db.collection<Row>('many');
  const insertManyPerSecond = Math.round(await fill(large, many));
  const pageOfFew = await firstPage(small);
  const pageOfMany = await firstPage(large);
  const grouping = await group(db);
  const mixture = await mixed(small, few);
  const resident = residentMiB();
  await client.close();
  await stop();
  const again = await start();
  const startMs = rounded(server?.startMs ?? 0);
  await again.close();
  return {
    documents: many,
    ...durability,
    ...reading,
    insertManyPerSecond,
    firstPageMs: { few: pageOfFew, many: pageOfMany, ratio: rounded(pageOfMany / pageOfFew) },
    group: grouping,
    startMs,
    mixed: mixture,
    residentMiB: resident,
  };
}
