import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importPrices } from '../../src/cli/import-file.ts';
import { resumePoints } from '../../src/cli/resume-point.ts';
import { COLLECTIONS } from '../../src/compose.ts';
import { DAY } from '../../src/domain/time.ts';
import { listingViews } from '../../src/features/listings/views.ts';
import { priceRepo, pricesSpec, type StoredBucket } from '../../src/features/prices/repo.ts';
import { heissepreise } from '../../src/formats/heissepreise.ts';
import { randomIdentifiers } from '../../src/infra/crypto.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { collectionOf, ensureIndexes } from '../../src/infra/mongo/collection.ts';
import { type Connection, connectMongo } from '../../src/infra/mongo/connection.ts';
import { startDatabase } from '../../src/stores.ts';

/** Stored buckets a second through the import, beside a bare bulkWrite of the same documents in the same store. */
const products = Number(process.env.BENCH_PRODUCTS ?? 15_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
/** Documents of one bulkWrite: about as many as the import writes at once. */
const BULK = 2_000;
const NOW = Date.UTC(2024, 2, 1);

const dir = await mkdtemp(join(tmpdir(), 'touchstone-bench-'));
const database = await startDatabase(join(dir, 'database'), createLogger('error', 'bench'));
try {
  const file = join(dir, 'products.jsonl');
  await writeFile(file, generated());
  const pairs: { imported: number; bare: number; ratio: number }[] = [];
  let buckets = 0;
  let again: object = {};
  for (let round = 0; round < rounds; round += 1) {
    const source = await fresh(`import_${round}`);
    const imported = await timed(() => runImport(source, file, `first ${round}`));
    const documents = await collectionOf<StoredBucket>(source, pricesSpec).find({}).toArray();
    buckets = documents.length;
    // Without its resume point the import reads and offers every row once more.
    const { stored, unchanged, duplicates } = (await timed(() => runImport(source, file, `again ${round}`))).value;
    again = { stored, unchanged, duplicates };
    await source.close();
    const target = await fresh(`bare_${round}`);
    const bare = await timed(() => writeBare(target, documents));
    await target.close();
    const rate = (seconds: number) => Math.round(buckets / seconds);
    pairs.push({ imported: rate(imported.seconds), bare: rate(bare.seconds), ratio: bare.seconds / imported.seconds });
  }
  const ratio = pairs.map((pair) => pair.ratio).sort((left, right) => left - right)[Math.floor(rounds / 2)];
  process.stdout.write(`${JSON.stringify({ products, buckets, ratio, bucketsPerSecond: pairs, again }, null, 2)}\n`);
} finally {
  await database.stop(5_000);
  await rm(dir, { recursive: true, force: true });
}

async function fresh(name: string): Promise<Connection> {
  const connection = await connectMongo(database.announced, name);
  await ensureIndexes(connection, COLLECTIONS);
  return connection;
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ seconds: number; value: Value }> {
  const started = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - started) / 1_000 };
}

async function runImport(connection: Connection, file: string, store: string) {
  const points = await resumePoints({ file, dataDir: dir, store, reading: [] });
  const deps = {
    prices: priceRepo(connection, randomIdentifiers),
    factsOfListings: listingViews(connection).factsOf,
  };
  return importPrices({
    file,
    format: heissepreise,
    zone: null,
    deps,
    points,
    rejectFolder: dir,
    now: NOW,
    onBytes: () => undefined,
  });
}

async function writeBare(connection: Connection, documents: readonly StoredBucket[]): Promise<void> {
  const prices = collectionOf<StoredBucket>(connection, pricesSpec);
  for (let start = 0; start < documents.length; start += BULK) {
    const operations = documents.slice(start, start + BULK).map((document) => ({ insertOne: { document } }));
    await prices.bulkWrite(operations, { ordered: false });
  }
}

/** Products whose price changed a few times over nine months, the same in every run. */
function generated(): string {
  const lines: string[] = [];
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let index = 0; index < products; index += 1) {
    const history: [string, number][] = [];
    let at = Date.UTC(2023, 4, 15) + random(60) * DAY;
    while (at < NOW - DAY) {
      history.push([new Date(at).toISOString().slice(0, 10), (99 + random(2_000)) / 100]);
      at += (3 + random(90)) * DAY;
    }
    lines.push(JSON.stringify({ store: 'bench', id: `p${index}`, name: `Produkt ${index}`, history }));
  }
  return `${lines.join('\n')}\n`;
}
