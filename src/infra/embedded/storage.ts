import { open, type RootDatabase, type RangeOptions as StoreRange } from 'lmdb';
import { ServerError } from './errors.ts';

/** Virtual address space for the map, in bytes; the file itself grows with its contents. */
const MAP_SIZE = 1024 ** 4;

interface PendingWrite {
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface RangeOptions {
  /** Inclusive, unless `exclusiveStart`; the greater end when `reverse`. */
  readonly start: Buffer | undefined;
  /** Exclusive, unless `inclusiveEnd`. */
  readonly end: Buffer | undefined;
  readonly reverse?: boolean;
  readonly exclusiveStart?: boolean;
  readonly inclusiveEnd?: boolean;
}

/**
 * The ordered byte store. Writes that arrive in one turn of the event loop share one transaction, which is
 * written and flushed to disk before any of them is acknowledged; a transaction that fails changes nothing.
 */
export class Storage {
  readonly #store: RootDatabase<Buffer, Uint8Array>;
  #pending: PendingWrite[] = [];
  #scheduled = false;
  #closed = false;
  #view: Buffer = Buffer.alloc(0);
  readonly #beforeCommit: (() => void)[] = [];
  readonly #afterAbort: (() => void)[] = [];

  constructor(path: string) {
    this.#store = open<Buffer, Uint8Array>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      mapSize: MAP_SIZE,
      overlappingSync: false,
      cache: false,
    });
  }

  /** Called inside the transaction, after the last write and before the commit. */
  onBeforeCommit(action: () => void): void {
    this.#beforeCommit.push(action);
  }

  /** Called after a transaction was undone, so that what is held in memory can be read again. */
  onAbort(action: () => void): void {
    this.#afterAbort.push(action);
  }

  get(key: Buffer): Buffer | undefined {
    return this.#store.getBinary(key);
  }

  /**
   * The value at the front of a buffer that the next read overwrites, longer than the value and with its length
   * unsaid: for values that carry their own. Undefined when there is none.
   */
  getVolatile(key: Buffer): Buffer | undefined {
    const bytes = this.#store.getBinaryFast(key);
    if (bytes === undefined) return undefined;
    // The store's buffer pretends to be as short as the value, which misleads `copy`; a plain view does not.
    const { buffer, byteOffset } = bytes;
    if (this.#view.buffer !== buffer || this.#view.byteOffset !== byteOffset) {
      this.#view = Buffer.from(buffer, byteOffset, bytes.byteLength);
    }
    return this.#view;
  }

  has(key: Buffer): boolean {
    return this.#store.getBinaryFast(key) !== undefined;
  }

  range(options: RangeOptions): Iterator<Entry> {
    return this.#entries(options)[Symbol.iterator]();
  }

  /** Up to `limit` keys of `[start, end)`. */
  keys(start: Buffer, end: Buffer | undefined, limit: number): Buffer[] {
    const bounds: StoreRange = end === undefined ? { start, limit } : { start, end, limit };
    return [...this.#store.getKeys(bounds)].map((key) => asBuffer(key));
  }

  #entries(options: RangeOptions): Iterable<Entry> {
    const bounds: StoreRange & { exclusiveStart?: boolean; inclusiveEnd?: boolean } = {};
    if (options.start !== undefined) bounds.start = options.start;
    if (options.end !== undefined) bounds.end = options.end;
    if (options.reverse) bounds.reverse = true;
    if (options.exclusiveStart) bounds.exclusiveStart = true;
    if (options.inclusiveEnd) bounds.inclusiveEnd = true;
    return this.#store.getRange(bounds).map(({ key, value }) => ({ key: asBuffer(key), value }));
  }

  count(start: Buffer, end: Buffer | undefined): number {
    return this.#store.getCount(end === undefined ? { start } : { start, end });
  }

  put(key: Buffer, value: Buffer): void {
    this.#store.putSync(key, value);
  }

  remove(key: Buffer): void {
    this.#store.removeSync(key);
  }

  /**
   * Runs `action` inside the next transaction and resolves with its result after the flush. What `action`
   * throws before its first write rejects it alone; a failure of the store rejects everything in the group.
   */
  write<T>(action: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new ServerError(91, 'The server is shutting down'));
    return new Promise<T>((resolve, reject) => {
      let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
      this.#pending.push({
        run: () => {
          try {
            outcome = { value: action() };
          } catch (error) {
            if (!(error instanceof ServerError)) throw error;
            outcome = { error };
          }
        },
        resolve: () => {
          if (outcome === undefined) reject(new ServerError(1, 'The write was not run'));
          else if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value);
        },
        reject,
      });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit();
    });
  }

  #commit(): void {
    const group = this.#pending;
    if (group.length === 0) return;
    this.#pending = [];
    try {
      this.#store.transactionSync(() => {
        for (const write of group) write.run();
        for (const action of this.#beforeCommit) action();
      });
    } catch (error) {
      for (const action of this.#afterAbort) action();
      this.#rejectGroup(group, error);
      return;
    }
    for (const write of group) write.resolve();
  }

  /** A group of several is tried again one by one, so that only the write at fault fails. */
  #rejectGroup(group: readonly PendingWrite[], error: unknown): void {
    if (group.length === 1) {
      group[0]?.reject(storeFailure(error));
      return;
    }
    for (const write of group) {
      this.#pending = [write];
      const later = this.#pending;
      this.#commit();
      if (this.#pending === later) this.#pending = [];
    }
  }

  /** Resolves when every accepted write is on disk and the file is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#commit();
    await this.#store.close();
  }
}

function asBuffer(key: Uint8Array): Buffer {
  return Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength);
}

function storeFailure(error: unknown): ServerError {
  if (error instanceof ServerError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // A write that is cut short for want of space is an input/output error to the store.
  const isFull = /space|MAP_FULL|too large|quota|input\/output/i.test(message);
  return new ServerError(isFull ? 14031 : 1, `The store refused the write: ${message}`);
}
