import { closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { appendFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TouchstoneError } from '../domain/errors.ts';
import { sameContent } from '../domain/price/bucket-entry.ts';
import type { ObservationKind, PriceLayer, PriceObservation } from '../domain/price/observation.ts';
import type { Instant } from '../domain/time.ts';
import type { SourcedObservation } from '../formats/price-format.ts';
import { jsonl } from '../formats/wire-prices.ts';
import { jsonRows } from './source-rows.ts';

export interface HistoryFault {
  readonly line: number;
  readonly reason: string;
  readonly row: unknown;
}

export interface HistorySource {
  readonly file: string;
  /** What claims to be from after this instant is a fault of the file. */
  readonly now: Instant;
  readonly onFault: (fault: HistoryFault) => Promise<void>;
  readonly onBytes: (count: number) => void;
}

/** The file is spread over this many, so that one of them, never the whole, is in memory at a time. */
const PARTITIONS = 128;
/** Characters that wait to be appended to partitions. */
const MAX_WAITING = 2 * 1024 * 1024;
/** An index slot: tag, length, and the place in the data file as a double. */
const SLOT_BYTES = 16;
const PROBE_SLOTS = 16;

interface Region {
  readonly start: number;
  readonly slots: number;
}

interface Numbered {
  readonly line: number;
  readonly shopId: string;
  readonly observation: PriceObservation;
}

/**
 * Price observations of a file of any size and in any order, to be read listing by listing in any order. They are
 * sorted into a temporary folder: memory holds one partition while sorting and next to nothing while reading.
 */
export class HistoryFile {
  readonly #folder: string;
  readonly #regions: Region[] = [];
  /** Read into again and again: memory outside the heap is given back late. */
  readonly #slots = Buffer.alloc(PROBE_SLOTS * SLOT_BYTES);
  #bytes = Buffer.alloc(4_096);
  #index = -1;
  #data = -1;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(source: HistorySource): Promise<HistoryFile> {
    const history = new HistoryFile(await mkdtemp(join(tmpdir(), 'touchstone-history-')));
    try {
      await history.#spread(source);
      await history.#sort(source.onFault);
      return history;
    } catch (error) {
      history.close();
      throw error;
    }
  }

  /** In order of the file; recorded when they held, of one instant one after the other. */
  of(listingId: string): readonly PriceObservation[] {
    const [place, tag] = hashesOf(listingId);
    const region = this.#regions[place % PARTITIONS];
    if (region === undefined || region.slots === 0) return [];
    const slots = this.#slots;
    for (let probed = 0; probed < region.slots; probed += PROBE_SLOTS) {
      const first = (tag + probed) % region.slots;
      const count = Math.min(PROBE_SLOTS, region.slots - first);
      readSync(this.#index, slots, 0, count * SLOT_BYTES, (region.start + first) * SLOT_BYTES);
      for (let slot = 0; slot < count; slot += 1) {
        const length = slots.readUInt32LE(slot * SLOT_BYTES + 4);
        if (length === 0) return [];
        if (slots.readUInt32LE(slot * SLOT_BYTES) !== tag) continue;
        const found = this.#read(slots.readDoubleLE(slot * SLOT_BYTES + 8), length, listingId);
        if (found !== null) return found;
      }
      probed -= PROBE_SLOTS - count;
    }
    return [];
  }

  close(): void {
    for (const file of [this.#index, this.#data]) if (file !== -1) closeSync(file);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #read(start: number, length: number, listingId: string): readonly PriceObservation[] | null {
    if (this.#bytes.length < length) this.#bytes = Buffer.alloc(length * 2);
    readSync(this.#data, this.#bytes, 0, length, start);
    const [owner, packed]: [string, Packed[]] = JSON.parse(this.#bytes.toString('utf8', 0, length));
    return owner === listingId ? packed.map(unpack) : null;
  }

  async #spread({ file, now, onFault, onBytes }: HistorySource): Promise<void> {
    const waiting: string[][] = Array.from({ length: PARTITIONS }, () => []);
    let characters = 0;
    const flush = async () => {
      for (const [partition, lines] of waiting.entries()) {
        if (lines.length > 0) await appendFile(this.#partition(partition), lines.splice(0).join(''));
      }
      characters = 0;
    };
    for await (const rows of jsonRows(file, onBytes)) {
      for (const row of rows) {
        const { line } = row;
        const read = 'fault' in row ? row.fault : observationIn(row.value, now);
        if (typeof read === 'string') {
          await onFault({ line, reason: read, row: 'fault' in row ? row.text : row.value });
          continue;
        }
        const text = `${JSON.stringify([read.listingId, line, read.shopId, pack(read.observation)])}\n`;
        waiting[hashesOf(read.listingId)[0] % PARTITIONS]?.push(text);
        characters += text.length;
      }
      if (characters > MAX_WAITING) await flush();
    }
    await flush();
  }

  async #sort(onFault: HistorySource['onFault']): Promise<void> {
    this.#data = openSync(join(this.#folder, 'data'), 'w+');
    this.#index = openSync(join(this.#folder, 'index'), 'w+');
    let dataEnd = 0;
    let indexEnd = 0;
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const byListing = this.#take(partition);
      const slots = byListing.size * 2;
      const table = Buffer.alloc(slots * SLOT_BYTES);
      for (const [listingId, rows] of byListing) {
        const observations = await inOrder(rows, onFault);
        const text = Buffer.from(JSON.stringify([listingId, observations.map(pack)]));
        writeSync(this.#data, text, 0, text.length, dataEnd);
        place(table, hashesOf(listingId)[1], dataEnd, text.length);
        dataEnd += text.length;
      }
      if (table.length > 0) writeSync(this.#index, table, 0, table.length, indexEnd * SLOT_BYTES);
      this.#regions.push({ start: indexEnd, slots });
      indexEnd += slots;
    }
  }

  /** Reads a partition, by listing, and removes it. */
  #take(partition: number): Map<string, Numbered[]> {
    const byListing = new Map<string, Numbered[]>();
    let text: string;
    try {
      text = readFileSync(this.#partition(partition), 'utf8');
    } catch {
      return byListing;
    }
    rmSync(this.#partition(partition));
    for (const row of text.split('\n')) {
      if (row === '') continue;
      const [listingId, line, shopId, packed]: [string, number, string, Packed] = JSON.parse(row);
      const observation = unpack(packed);
      const group = byListing.get(listingId);
      if (group === undefined) byListing.set(listingId, [{ line, shopId, observation }]);
      else group.push({ line, shopId, observation });
    }
    return byListing;
  }

  #partition(index: number): string {
    return join(this.#folder, `part-${index}`);
  }
}

/** Each identifier once, and each known when it held; of several of one instant the later line is known later. */
async function inOrder(rows: readonly Numbered[], onFault: HistorySource['onFault']): Promise<PriceObservation[]> {
  const byId = new Map<string, Numbered>();
  const atInstant = new Map<Instant, number>();
  const kept: PriceObservation[] = [];
  for (const row of rows) {
    const { observation, line } = row;
    const earlier = byId.get(observation.id);
    if (earlier === undefined) {
      byId.set(observation.id, row);
      const before = atInstant.get(observation.at) ?? 0;
      atInstant.set(observation.at, before + 1);
      kept.push({ ...observation, recordedAt: observation.at + before });
    } else if (earlier.shopId !== row.shopId || !sameContent(earlier.observation, observation)) {
      await onFault({ line, reason: `/id: line ${earlier.line} has this id and other content`, row: observation.id });
    }
  }
  return kept;
}

function observationIn(value: unknown, now: Instant): SourcedObservation | string {
  try {
    const [one] = jsonl.read(value, { recordedAt: now, zone: null }).observations;
    return one ?? 'is no price observation';
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    return error.fields.map(({ pointer, reason }) => `${pointer}: ${reason}`).join('; ');
  }
}

/** Two independent 32-bit FNV-1a hashes: which partition, and where in its index. */
function hashesOf(text: string): readonly [place: number, tag: number] {
  let place = 0x811c9dc5;
  let tag = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    place = Math.imul(place ^ unit, 0x01000193);
    tag = Math.imul(tag ^ unit, 0x01000193) + 0x61c88647;
  }
  return [place >>> 0, tag >>> 0];
}

function place(table: Buffer, tag: number, start: number, length: number): void {
  const slots = table.length / SLOT_BYTES;
  let slot = tag % slots;
  while (table.readUInt32LE(slot * SLOT_BYTES + 4) !== 0) slot = (slot + 1) % slots;
  table.writeUInt32LE(tag, slot * SLOT_BYTES);
  table.writeUInt32LE(length, slot * SLOT_BYTES + 4);
  table.writeDoubleLE(start, slot * SLOT_BYTES + 8);
}

/** An observation as one flat list, because a list is read back three times as fast as an object. */
type Packed = readonly [
  id: string,
  sku: string | null,
  kind: ObservationKind,
  price: string,
  currency: string,
  at: Instant,
  recordedAt: Instant,
  quantity: number,
  layer: PriceLayer,
  platformSubsidy: string,
  flags: number,
  corrects: string | null,
];

const REFUNDED = 1;
const BRUSHED = 2;
const RETRACTED = 4;

function pack(record: PriceObservation): Packed {
  const flags = (record.refunded ? REFUNDED : 0) | (record.brushed ? BRUSHED : 0) | (record.retracted ? RETRACTED : 0);
  const { id, sku, kind, price, currency, at, recordedAt, quantity, layer, platformSubsidy, corrects } = record;
  const amounts = [price.toString(), platformSubsidy.toString()] as const;
  return [id, sku, kind, amounts[0], currency, at, recordedAt, quantity, layer, amounts[1], flags, corrects];
}

function unpack(packed: Packed): PriceObservation {
  const [id, sku, kind, price, currency, at, recordedAt, quantity, layer, subsidy, flags, corrects] = packed;
  return {
    id,
    sku,
    kind,
    price: BigInt(price),
    currency,
    at,
    recordedAt,
    quantity,
    layer,
    platformSubsidy: BigInt(subsidy),
    refunded: (flags & REFUNDED) !== 0,
    brushed: (flags & BRUSHED) !== 0,
    corrects,
    retracted: (flags & RETRACTED) !== 0,
  };
}
