import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { COLLECTIONS } from '../compose.ts';
import { isZone } from '../domain/time-zone.ts';
import { listingViews } from '../features/listings/views.ts';
import type { PriceDeps } from '../features/prices/commands.ts';
import { priceRepo } from '../features/prices/repo.ts';
import { PRICE_FORMATS } from '../formats/price-formats.ts';
import { systemClock } from '../infra/clock.ts';
import { randomIdentifiers } from '../infra/crypto.ts';
import { ensureIndexes } from '../infra/mongo/collection.ts';
import { type FileReport, importPrices } from './import-file.ts';
import { startProgress, UsageError, writeJsonLine, writeLine } from './output.ts';
import { resumePoints } from './resume-point.ts';
import { type OpenStore, withStore } from './store.ts';

interface ImportOptions {
  readonly format: string;
  readonly zone?: string;
  readonly rejects: string;
  readonly json: boolean;
}

/** `touchstone import prices`. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Import files into the store · 导入文件')
    .command('prices')
    .argument('<file...>', 'plain or gzip · 文件,可为 gzip')
    .description('Price observations; goes on where an earlier run ended · 价格记录,可续传')
    .addOption(
      new Option('--format <format>', 'what the files hold · 文件格式')
        .choices(Object.keys(PRICE_FORMATS))
        .makeOptionMandatory(),
    )
    .option('--zone <zone>', 'zone of times without an offset, for csv alone, such as Asia/Shanghai · 时区')
    .option('--rejects <directory>', 'where <name>.rejects.jsonl is kept · 拒收文件目录', '.')
    .option('--json', 'one JSON value a file · 每个文件一行 JSON', false)
    .action(importFiles);
}

async function importFiles(files: readonly string[], options: ImportOptions): Promise<void> {
  const { zone, format } = options;
  if (zone !== undefined && format !== 'csv') throw new UsageError(`--zone: ${format} defines its times itself`);
  if (zone !== undefined && !isZone(zone)) throw new UsageError(`--zone: ${zone} is not an IANA time zone`);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const reports = await withStore(
    async (store) => {
      await ensureIndexes(store.connection, COLLECTIONS);
      const progress = await startProgress(
        'import',
        sizes.reduce((sum, size) => sum + size, 0),
      );
      try {
        return await importAll(store, files, options, (count) => progress.advance(count));
      } finally {
        progress.finish();
      }
    },
    { create: true },
  );
  const complaints = reports.flatMap(complaintsOf);
  if (complaints.length > 0) throw new UsageError(complaints.join('\n'));
}

async function importAll(
  { connection, config, identity }: OpenStore,
  files: readonly string[],
  { format: name, zone, rejects, json }: ImportOptions,
  onBytes: (count: number) => void,
): Promise<FileReport[]> {
  const format = PRICE_FORMATS[name];
  if (format === undefined) throw new UsageError(`--format: ${name} is not known`);
  const deps: PriceDeps = {
    prices: priceRepo(connection, randomIdentifiers),
    factsOfListings: listingViews(connection).factsOf,
  };
  const reports: FileReport[] = [];
  for (const file of files) {
    const started = performance.now();
    const reading = [name, zone ?? ''];
    const points = await resumePoints({ file, dataDir: config.dataDir, store: identity, reading });
    const request = { file, format, zone: zone ?? null, deps, points, rejectFolder: rejects, now: systemClock() };
    const report = await importPrices({ ...request, onBytes });
    const seconds = Math.round(performance.now() - started) / 1_000;
    if (json) await writeJsonLine({ ...report, seconds });
    else await writeLine(sentence(report, seconds));
    reports.push(report);
  }
  return reports;
}

function sentence(report: FileReport, seconds: number): string {
  const { file, rows, stored, unchanged, duplicates, rejectedRows, skipped, resumedAfter } = report;
  if (report.alreadyImported) return `${file}: all ${rows} rows were imported before; nothing was left to do`;
  const said = Object.entries(skipped).map(([reason, count]) => `, ${count} skipped (${reason.replaceAll('_', ' ')})`);
  const from = resumedAfter > 0 ? ` (went on after row ${resumedAfter})` : '';
  return (
    `${file}: ${rows} rows in ${seconds} s${from}: ${stored} prices stored, ${unchanged} unchanged, ` +
    `${duplicates} known already${said.join('')}, ${rejectedRows} rows rejected`
  );
}

function complaintsOf({ file, broken, rows, rejectedRows, rejectFile }: FileReport): string[] {
  const complaints: string[] = [];
  if (broken !== null) {
    const good = rows - rejectedRows;
    complaints.push(
      `${file}: the compressed data breaks off (${broken}) after ${rows} rows; ${good} good ones are kept`,
    );
  }
  if (rejectFile !== null)
    complaints.push(`${file}: ${rejectedRows} rows rejected; lines and reasons are in ${rejectFile}`);
  return complaints;
}
