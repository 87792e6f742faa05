import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { TouchstoneError } from '../domain/errors.ts';
import { ebay } from '../formats/ebay.ts';
import { ebayListings, readScrape } from '../formats/ebay-listings.ts';
import type { PriceFormat, SourcedObservation } from '../formats/price-format.ts';
import { PRICE_FORMATS } from '../formats/price-formats.ts';
import { instantText, jurisdiction } from '../http/primitives.ts';
import { systemClock } from '../infra/clock.ts';
import { note, UsageError, writeJsonLine } from './output.ts';
import { csvRows, jsonRows, type SourceRow } from './source-rows.ts';

interface PricesOptions {
  readonly format: string;
  readonly zone?: string;
}

interface ListingsOptions {
  readonly jurisdiction: string;
}

/** `touchstone convert prices` and `touchstone convert listings`: other formats as the JSON lines that `score` reads. */
export function registerConvert(program: Command): void {
  const convert = program.command('convert').description('Other formats as JSON lines, without a store · 转换文件格式');
  convert
    .command('prices')
    .argument('<file...>', 'plain or gzip · 文件,可为 gzip')
    .description('Price observations · 价格记录')
    .addOption(
      new Option('--format <format>', 'what the files hold · 文件格式')
        .choices(Object.keys(PRICE_FORMATS))
        .makeOptionMandatory(),
    )
    .option('--zone <zone>', 'zone of times without an offset, for csv alone · 时区')
    .action(convertPrices);
  convert
    .command('listings')
    .argument('<file...>', 'plain or gzip · 文件,可为 gzip')
    .description('Scrapes with a claimed original price, as listings to be judged · 含划线价的抓取记录')
    .addOption(
      new Option('--format <format>', 'what the files hold · 文件格式').choices(['ebay']).makeOptionMandatory(),
    )
    .requiredOption('--jurisdiction <code>', 'law that the listings are judged under, such as EU-DE · 适用法域')
    .action(convertListings);
}

async function convertPrices(files: readonly string[], { format: name, zone }: PricesOptions): Promise<void> {
  const format = PRICE_FORMATS[name];
  if (format === undefined) throw new UsageError(`--format: ${name} is not known`);
  const context = { recordedAt: systemClock(), zone: zone ?? null };
  await eachRow(files, format, async (value) => {
    const { observations, faults } = format.read(value, context);
    for (const one of observations) await writeJsonLine(wireOf(one));
    if (faults.length > 0) throw new TouchstoneError('validation_failed', 'some points are refused', faults);
  });
}

async function convertListings(files: readonly string[], { jurisdiction: code }: ListingsOptions): Promise<void> {
  const law = jurisdiction.safeParse(code);
  if (!law.success) throw new UsageError(`--jurisdiction: ${code} is not known`);
  const scrapes: NonNullable<ReturnType<typeof readScrape>>[] = [];
  const format = { ...ebay, columns: [...ebay.columns, 'title', 'original_usd'] };
  const read = eachRow(files, format, async (value) => {
    const scrape = readScrape(value);
    if (scrape !== null) scrapes.push(scrape);
  });
  // Refused rows are told once the others are written.
  const outcome = await read.then(
    () => null,
    (error: unknown) => error,
  );
  for (const listing of ebayListings(scrapes, law.data)) await writeJsonLine(listing);
  if (outcome !== null) throw outcome;
}

/** Throws UsageError at the end when rows were refused; each was told on stderr. */
async function eachRow(
  files: readonly string[],
  { rows, columns }: PriceFormat,
  use: (value: unknown) => Promise<void>,
): Promise<void> {
  let refused = 0;
  for (const file of files) {
    await stat(file);
    const ignoreProgress = () => undefined;
    const source = rows === 'csv' ? csvRows(file, columns, ignoreProgress) : jsonRows(file, ignoreProgress);
    for await (const batch of source) {
      for (const row of batch) {
        const reasons = await reasonsAgainst(row, use);
        if (reasons.length > 0) refused += 1;
        for (const reason of reasons) note(`${file}:${row.line}: ${reason}`);
      }
    }
  }
  if (refused > 0) throw new UsageError(`${refused} rows refused; the others were converted`);
}

async function reasonsAgainst(row: SourceRow, use: (value: unknown) => Promise<void>): Promise<readonly string[]> {
  if ('fault' in row) return [row.fault];
  try {
    await use(row.value);
    return [];
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    return error.fields.map(({ pointer, reason }) => `${pointer}: ${reason}`);
  }
}

function wireOf({ listingId, shopId, observation }: SourcedObservation) {
  const { id, sku, kind, price, currency, at, quantity, layer, platformSubsidy, corrects } = observation;
  return {
    id,
    listingId,
    ...(sku === null ? {} : { sku }),
    shopId,
    kind,
    price,
    currency,
    at: instantText(at),
    ...(quantity === 1 ? {} : { quantity }),
    ...(layer === 'public' ? {} : { layer }),
    ...(platformSubsidy === 0n ? {} : { platformSubsidy }),
    ...(observation.refunded ? { refunded: true } : {}),
    ...(observation.brushed ? { brushed: true } : {}),
    ...(corrects === null ? {} : { corrects }),
    ...(observation.retracted ? { retracted: true } : {}),
  };
}
