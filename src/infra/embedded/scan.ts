import type { KeyRange } from './bounds.ts';
import { documentOf, type Value } from './bson/value.ts';
import type { Collection } from './catalog.ts';
import { spaceKey } from './documents.ts';
import { successor } from './index-key.ts';
import type { Plan, ScanPlan } from './planner.ts';
import type { Entry, Storage } from './storage.ts';

/** What a read has cost so far. */
export class ScanCounters {
  keys = 0;
  documents = 0;
}

export interface Found {
  readonly idKey: Buffer;
  /** Valid until the next read of the store. */
  readonly document: Value;
}

/** A position in a collection that can be left and taken up again after writes by others. */
export interface Scan {
  next(): Found | undefined;
  /** Lets go of the snapshot; the next `next` continues after the last entry seen. */
  pause(): void;
}

/** The entries of one range, resumable by key. */
class RangeCursor {
  readonly #storage: Storage;
  readonly #start: Buffer;
  readonly #end: Buffer | undefined;
  readonly #reverse: boolean;
  #iterator: Iterator<Entry> | undefined;
  #last: Buffer | undefined;
  done = false;

  constructor(storage: Storage, space: number, range: KeyRange, reverse: boolean) {
    this.#storage = storage;
    this.#start = spaceKey(space, range.start);
    this.#end = range.end === undefined ? successor(spaceKey(space, Buffer.alloc(0))) : spaceKey(space, range.end);
    this.#reverse = reverse;
  }

  next(): Entry | undefined {
    if (this.done) return undefined;
    this.#iterator ??= this.#open();
    const step = this.#iterator.next();
    if (step.done) {
      this.done = true;
      this.#iterator = undefined;
      return undefined;
    }
    this.#last = step.value.key;
    return step.value;
  }

  pause(): void {
    this.#iterator?.return?.();
    this.#iterator = undefined;
  }

  #open(): Iterator<Entry> {
    if (this.#reverse) {
      return this.#storage.range({
        start: this.#last ?? this.#end,
        end: this.#start,
        reverse: true,
        exclusiveStart: true,
        inclusiveEnd: true,
      });
    }
    return this.#storage.range({
      start: this.#last ?? this.#start,
      end: this.#end,
      exclusiveStart: this.#last !== undefined,
    });
  }
}

/** The one entry of a key, without the cost of a cursor. Its value is valid until the next read of the store. */
class KeyCursor {
  readonly #storage: Storage;
  readonly #key: Buffer;
  readonly #isDocument: boolean;
  #done = false;

  constructor(storage: Storage, key: Buffer, isDocument: boolean) {
    this.#storage = storage;
    this.#key = key;
    this.#isDocument = isDocument;
  }

  next(): Entry | undefined {
    if (this.#done) return undefined;
    this.#done = true;
    // A document carries its own length, an index entry does not.
    const value = this.#isDocument ? this.#storage.getVolatile(this.#key) : this.#storage.get(this.#key);
    return value === undefined ? undefined : { key: this.#key, value };
  }

  pause(): void {
    // Nothing is held between steps.
  }
}

type EntryCursor = RangeCursor | KeyCursor;

/** Reads ranges one after another. */
class SequenceSource {
  readonly #cursors: (() => EntryCursor)[];
  #current: EntryCursor | undefined;
  #position = 0;

  constructor(cursors: (() => EntryCursor)[]) {
    this.#cursors = cursors;
  }

  next(): Entry | undefined {
    while (true) {
      if (this.#current === undefined) {
        const open = this.#cursors[this.#position];
        if (open === undefined) return undefined;
        this.#position += 1;
        this.#current = open();
      }
      const entry = this.#current.next();
      if (entry !== undefined) return entry;
      this.#current = undefined;
    }
  }

  pause(): void {
    this.#current?.pause();
  }
}

interface MergeHead {
  readonly cursor: RangeCursor;
  readonly prefixLength: number;
  entry: Entry | undefined;
}

/** Reads ranges together, in the order of what follows each one's prefix. */
class MergeSource {
  readonly #heads: MergeHead[];
  readonly #sign: number;

  constructor(cursors: { cursor: RangeCursor; prefixLength: number }[], reverse: boolean) {
    this.#heads = cursors.map((each) => ({ ...each, entry: each.cursor.next() }));
    this.#sign = reverse ? -1 : 1;
  }

  next(): Entry | undefined {
    let best: MergeHead | undefined;
    for (const head of this.#heads) {
      if (head.entry === undefined) continue;
      if (best?.entry === undefined || this.#order(head, best) < 0) best = head;
    }
    const entry = best?.entry;
    if (best !== undefined) best.entry = best.cursor.next();
    return entry;
  }

  #order(left: MergeHead, right: MergeHead): number {
    if (left.entry === undefined || right.entry === undefined) return 0;
    const a = left.entry.key;
    const b = right.entry.key;
    return this.#sign * a.compare(b, 4 + right.prefixLength, b.length, 4 + left.prefixLength, a.length);
  }

  pause(): void {
    for (const head of this.#heads) head.cursor.pause();
  }
}

class PlanScan implements Scan {
  readonly #storage: Storage;
  readonly #space: number;
  readonly #isDocuments: boolean;
  readonly #source: SequenceSource | MergeSource;
  readonly #seen: Set<string> | undefined;
  readonly #counters: ScanCounters;

  constructor(
    storage: Storage,
    collection: Collection,
    plan: ScanPlan,
    seen: Set<string> | undefined,
    counters: ScanCounters,
  ) {
    this.#storage = storage;
    this.#space = collection.space;
    this.#isDocuments = plan.index === collection.idIndex;
    this.#counters = counters;
    const repeats = plan.index.multikey.some((flag) => flag);
    this.#seen = seen ?? (repeats ? new Set() : undefined);
    const { space } = plan.index;
    const open = (range: KeyRange) => new RangeCursor(storage, space, range, plan.reverse);
    const ranges = plan.reverse ? [...plan.ranges].reverse() : plan.ranges;
    this.#source = plan.merge
      ? new MergeSource(
          ranges.map((range) => ({ cursor: open(range), prefixLength: range.prefixLength })),
          plan.reverse,
        )
      : new SequenceSource(
          ranges.map((range) => () => {
            if (!plan.index.unique || range.isWholeKey !== true) return open(range);
            return new KeyCursor(storage, spaceKey(space, range.start), this.#isDocuments);
          }),
        );
  }

  next(): Found | undefined {
    while (true) {
      const entry = this.#source.next();
      if (entry === undefined) return undefined;
      this.#counters.keys += 1;
      const idKey = this.#isDocuments ? entry.key.subarray(4) : entry.value;
      if (this.#seen !== undefined) {
        const name = idKey.toString('latin1');
        if (this.#seen.has(name)) continue;
        this.#seen.add(name);
      }
      const bytes = this.#isDocuments ? entry.value : this.#storage.getVolatile(spaceKey(this.#space, idKey));
      if (bytes === undefined) continue;
      this.#counters.documents += 1;
      return { idKey, document: documentOf(bytes) };
    }
  }

  pause(): void {
    this.#source.pause();
  }
}

class UnionScan implements Scan {
  readonly #scans: Scan[];

  constructor(scans: Scan[]) {
    this.#scans = scans;
  }

  next(): Found | undefined {
    while (true) {
      const [scan] = this.#scans;
      if (scan === undefined) return undefined;
      const found = scan.next();
      if (found !== undefined) return found;
      this.#scans.shift();
    }
  }

  pause(): void {
    this.#scans[0]?.pause();
  }
}

export function openScan(storage: Storage, collection: Collection, plan: Plan, counters: ScanCounters): Scan {
  if (plan.kind === 'scan') return new PlanScan(storage, collection, plan, undefined, counters);
  const seen = new Set<string>();
  return new UnionScan(plan.plans.map((each) => new PlanScan(storage, collection, each, seen, counters)));
}
