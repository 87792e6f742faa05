import { type FieldError, TouchstoneError } from '../domain/errors.ts';
import { monthOf } from '../domain/price/bucket.ts';
import { sameContent } from '../domain/price/bucket-entry.ts';
import type { Instant } from '../domain/time.ts';
import { outcomeKey, type PriceDeps, type RecordOutcome, recordPrices } from '../features/prices/commands.ts';
import type { PriceFormat, PriceReading, SourcedObservation } from '../formats/price-format.ts';
import { type RejectedRow, RejectFile } from './reject-file.ts';
import { type ImportCounts, NOTHING_IMPORTED, type ResumePoint, type ResumePoints } from './resume-point.ts';
import { csvRows, jsonRows, type SourceRow } from './source-rows.ts';
import { BrokenCompression } from './text-lines.ts';

export interface FileImport {
  readonly file: string;
  readonly format: PriceFormat;
  /** Zone of times without an offset, for formats that do not define one. */
  readonly zone: string | null;
  readonly deps: PriceDeps;
  readonly points: ResumePoints;
  readonly rejectFolder: string;
  readonly now: Instant;
  readonly onBytes: (count: number) => void;
}

export interface FileReport extends ImportCounts {
  readonly file: string;
  readonly rows: number;
  /** Rows that an earlier run had written already. */
  readonly resumedAfter: number;
  /** The same content was imported to its end before: nothing was left to do. */
  readonly alreadyImported: boolean;
  /** Null: the file was read to its end. */
  readonly broken: string | null;
  readonly rejectFile: string | null;
}

/** Observations that are written together: enough to make round trips cheap, few enough to stay small. */
const BATCH = 1_500;
/** Batches that are written at the same time: while one waits for the store, another is merged. */
const LANES = 3;

/**
 * Imports one file of prices. The next batch is read while the one before it is written; how far the writing has come
 * is noted after each batch, and a second run goes on from there.
 * @throws UsageError for a file that is no file of this format.
 */
export async function importPrices(request: FileImport): Promise<FileReport> {
  const before = await validPoint(request);
  if (before?.finished === true) return reportOf(before, { alreadyImported: true, resumedAfter: before.rows });
  const rejects = await RejectFile.open(request.rejectFolder, request.file, before?.rejectBytes ?? 0);
  const writer = new Writer(request, rejects, before);
  let broken: string | null = null;
  try {
    for await (const rows of sourceRows(request)) await writer.take(rows);
  } catch (error) {
    if (!(error instanceof BrokenCompression)) throw error;
    broken = error.message;
  }
  const point = await writer.finish(broken === null);
  return reportOf(point, {
    resumedAfter: before?.rows ?? 0,
    broken,
    rejectFile: rejects.bytes > 0 ? rejects.path : null,
  });
}

function reportOf(
  { file, rows, counts }: ResumePoint,
  more: Partial<Pick<FileReport, 'resumedAfter' | 'alreadyImported' | 'broken' | 'rejectFile'>>,
): FileReport {
  return { file, rows, ...counts, resumedAfter: 0, alreadyImported: false, broken: null, rejectFile: null, ...more };
}

function sourceRows({ file, format, onBytes }: FileImport): AsyncGenerator<SourceRow[]> {
  return format.rows === 'csv' ? csvRows(file, format.columns, onBytes) : jsonRows(file, onBytes);
}

/** The resume point, unless the store does not hold what it says. */
async function validPoint({ points, deps }: FileImport): Promise<ResumePoint | null> {
  const point = await points.load();
  if (point?.probe == null) return null;
  const { listingId, month, id } = point.probe;
  const held = (await deps.prices.from([listingId], month)).some(({ bucket }) =>
    bucket.entries.some((entry) => entry.id === id || entry.sightings.some((sighting) => sighting.id === id)),
  );
  return held ? point : null;
}

interface Sourced {
  readonly one: SourcedObservation;
  readonly line: number;
  readonly row: unknown;
}

interface Batch {
  /** By listing and identifier. */
  observed: Map<string, Sourced>;
  /** Listings of these observations. */
  listings: Set<string>;
  rejected: RejectedRow[];
  /** Rows of the file up to the end of this batch. */
  rows: number;
  observations: number;
  duplicates: number;
  skipped: Record<string, number>;
}

/** Collects rows into batches, and writes them while the next one is collected. */
class Writer {
  readonly #request: FileImport;
  readonly #rejects: RejectFile;
  readonly #resumeAfter: number;
  #point: ResumePoint;
  #batch: Batch;
  readonly #inFlight: { readonly batch: Batch; readonly noted: Promise<void> }[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(request: FileImport, rejects: RejectFile, before: ResumePoint | null) {
    this.#request = request;
    this.#rejects = rejects;
    this.#resumeAfter = before?.rows ?? 0;
    this.#point = before ?? {
      file: request.file,
      rows: 0,
      counts: NOTHING_IMPORTED,
      rejectBytes: 0,
      finished: false,
      probe: null,
    };
    this.#batch = emptyBatch(0);
  }

  async take(rows: readonly SourceRow[]): Promise<void> {
    for (const row of rows) {
      this.#batch.rows += 1;
      if (this.#batch.rows <= this.#resumeAfter) continue;
      this.#add(row);
      if (this.#batch.observed.size >= BATCH || this.#batch.rejected.length >= BATCH) await this.#turnOver();
    }
  }

  /** Writes what is left; `complete` where the file was read to its end. */
  async finish(complete: boolean): Promise<ResumePoint> {
    await this.#turnOver();
    await this.#writing;
    this.#point = { ...this.#point, finished: complete };
    await this.#request.points.save(this.#point);
    return this.#point;
  }

  /**
   * Hands the batch over to be written. Batches that share no listing are written at the same time, a few of them; what
   * was done is noted in their order.
   */
  async #turnOver(): Promise<void> {
    const batch = this.#batch;
    this.#batch = emptyBatch(batch.rows);
    if (this.#inFlight.some((other) => sharesListing(batch, other.batch))) await this.#writing;
    else if (this.#inFlight.length >= LANES) await this.#inFlight[0]?.noted;
    const before = this.#writing;
    const recorded = this.#record(batch);
    const noted = before.then(async () => {
      await this.#note(batch, await recorded);
      this.#inFlight.shift();
    });
    this.#inFlight.push({ batch, noted });
    this.#writing = noted;
    // Whoever awaits these next hears of a failure; until then it is not unheard of.
    recorded.catch(() => undefined);
    noted.catch(() => undefined);
  }

  #add(row: SourceRow): void {
    const { line } = row;
    if ('fault' in row) {
      this.#batch.rejected.push({ line, errors: [{ pointer: '', reason: row.fault }], row: row.text });
      return;
    }
    const { observations, faults, skipped } = this.#read(row.value);
    if (faults.length > 0) this.#batch.rejected.push({ line, errors: faults, row: row.value });
    for (const [reason, count] of Object.entries(skipped)) {
      this.#batch.skipped[reason] = (this.#batch.skipped[reason] ?? 0) + count;
    }
    for (const one of observations) this.#addObservation(one, line, row.value);
  }

  #read(value: unknown): PriceReading {
    const { format, zone, now } = this.#request;
    try {
      return format.read(value, { recordedAt: now, zone });
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      const faults = error.fields.length > 0 ? error.fields : [{ pointer: '', reason: error.message }];
      return { observations: [], faults, skipped: {} };
    }
  }

  #addObservation(one: SourcedObservation, line: number, row: unknown): void {
    this.#batch.observations += 1;
    const key = outcomeKey(one.listingId, one.observation.id);
    const earlier = this.#batch.observed.get(key);
    if (earlier === undefined) {
      this.#batch.observed.set(key, { one, line, row });
      this.#batch.listings.add(one.listingId);
    } else if (earlier.one.shopId === one.shopId && sameContent(earlier.one.observation, one.observation)) {
      this.#batch.duplicates += 1;
    } else {
      this.#batch.rejected.push({ line, errors: [REFUSALS.same_id_other_content], row });
    }
  }

  async #record(batch: Batch): Promise<Outcomes> {
    const { deps, now } = this.#request;
    const observed = Array.from(batch.observed.values(), ({ one }) => one);
    return observed.length === 0 ? new Map() : recordPrices(deps, observed, now);
  }

  async #note(batch: Batch, outcomes: Outcomes): Promise<void> {
    const counts = { ...this.#point.counts, skipped: { ...this.#point.counts.skipped } };
    counts.observations += batch.observations;
    counts.duplicates += batch.duplicates;
    for (const [reason, count] of Object.entries(batch.skipped)) {
      counts.skipped[reason] = (counts.skipped[reason] ?? 0) + count;
    }
    let held: SourcedObservation | null = null;
    for (const [key, { line, row, one }] of batch.observed) {
      const outcome = outcomes.get(key) ?? 'duplicate';
      if (outcome === 'stored' || outcome === 'unchanged') counts[outcome] += 1;
      else if (outcome === 'duplicate') counts.duplicates += 1;
      else batch.rejected.push({ line, errors: [REFUSALS[outcome]], row });
      if (!(outcome in REFUSALS)) held = one;
    }
    const probe = held === null ? this.#point.probe : probeOf(held);
    counts.rejectedRows += new Set(batch.rejected.map(({ line }) => line)).size;
    await this.#rejects.add(batch.rejected.sort((left, right) => left.line - right.line));
    this.#point = { ...this.#point, rows: batch.rows, counts, probe, rejectBytes: this.#rejects.bytes };
    await this.#request.points.save(this.#point);
  }
}

type Outcomes = ReadonlyMap<string, RecordOutcome>;

function probeOf({ listingId, observation: { id, at } }: SourcedObservation) {
  return { listingId, month: monthOf(at), id };
}

function sharesListing(batch: Batch, other: Batch): boolean {
  for (const listing of batch.listings) if (other.listings.has(listing)) return true;
  return false;
}

function emptyBatch(rows: number): Batch {
  return { observed: new Map(), listings: new Set(), rejected: [], rows, observations: 0, duplicates: 0, skipped: {} };
}

type Refusal = Exclude<RecordOutcome, 'stored' | 'unchanged' | 'duplicate'>;

const REFUSALS: Readonly<Record<Refusal, FieldError>> = {
  same_id_other_content: { pointer: '/price', reason: 'another price of the same listing and instant is recorded' },
  correction_moves_record: { pointer: '/at', reason: 'a correction keeps time, kind, sku and layer' },
  other_currency: { pointer: '/currency', reason: 'is not the currency of the listing’s other prices' },
  other_shop: { pointer: '/shopId', reason: 'is not the shop that the listing belongs to' },
};
