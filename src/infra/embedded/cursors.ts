import { randomBytes } from 'node:crypto';
import type { Value } from './bson/value.ts';
import type { BsonWriter } from './bson/writer.ts';
import { ServerError } from './errors.ts';
import { PAUSE, type Stream } from './query.ts';
import type { TimeLimit } from './time-limit.ts';

/** How long an idle cursor lives, in milliseconds. */
const IDLE_LIMIT = 10 * 60_000;
/** Most bytes of documents in one batch. */
const BATCH_BYTES = 16 * 1024 * 1024;

export type Project = (document: Value) => Value;

/** A query that has not been read to its end. */
export class Cursor {
  readonly namespace: string;
  readonly #stream: Stream;
  readonly #project: Project | undefined;
  readonly #timeLimit: TimeLimit | undefined;
  #held: Value | undefined;
  exhausted = false;
  busy = false;
  usedAt = 0;

  constructor(namespace: string, stream: Stream, project: Project | undefined, timeLimit: TimeLimit | undefined) {
    this.#timeLimit = timeLimit;
    this.namespace = namespace;
    this.#stream = stream;
    this.#project = project;
  }

  /** Writes up to `most` documents as the array `name`. */
  async writeBatch(writer: BsonWriter, name: string, most: number): Promise<void> {
    writer.array(name);
    const from = writer.length;
    this.#timeLimit?.resume();
    let count = 0;
    while (count < most) {
      const next = this.#held ?? this.#stream.next();
      if (next === PAUSE) {
        this.#stream.pause();
        await new Promise(setImmediate);
        continue;
      }
      if (next === undefined) {
        this.exhausted = true;
        break;
      }
      const document = this.#held === undefined && this.#project !== undefined ? this.#project(next) : next;
      this.#held = undefined;
      if (count > 0 && writer.length - from + document.end - document.start > BATCH_BYTES) {
        this.#held = document.copy();
        break;
      }
      writer.value(String(count), document);
      count += 1;
    }
    this.#stream.pause();
    this.#timeLimit?.suspend();
    writer.end();
  }
}

/** Open cursors by id. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#expire(), 60_000);
    this.#timer.unref();
  }

  add(cursor: Cursor): bigint {
    const id = randomBytes(8).readBigUInt64LE() >> 1n;
    cursor.usedAt = performance.now();
    this.#open.set(id, cursor);
    return id;
  }

  /** Throws code 43 when there is no such cursor, 13 when it belongs to another collection. */
  take(id: bigint, namespace: string): Cursor {
    const cursor = this.#open.get(id);
    if (cursor === undefined) throw new ServerError(43, `cursor id ${id} not found`);
    if (cursor.namespace !== namespace) {
      throw new ServerError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    }
    if (cursor.busy) throw new ServerError(12051, `cursor id ${id} is already in use`);
    cursor.usedAt = performance.now();
    return cursor;
  }

  /** Whether there was one. */
  remove(id: bigint): boolean {
    return this.#open.delete(id);
  }

  get size(): number {
    return this.#open.size;
  }

  #expire(): void {
    const oldest = performance.now() - IDLE_LIMIT;
    for (const [id, cursor] of this.#open) if (!cursor.busy && cursor.usedAt < oldest) this.#open.delete(id);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#open.clear();
  }
}
