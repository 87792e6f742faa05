import { nearestDouble } from './bson/number.ts';
import { documentOf, field } from './bson/value.ts';
import { buildDocument } from './bson/writer.ts';
import type { Catalog, Collection } from './catalog.ts';
import type { Documents } from './documents.ts';
import type { Index } from './indexes.ts';
import { parseFilter } from './match/parse.ts';
import { collectMatches } from './query.ts';
import type { Storage } from './storage.ts';

/** Between two looks at what has expired, in milliseconds; the real server's default. */
const INTERVAL = 60_000;
/** Documents removed in one transaction. */
const BATCH = 500;

interface Expiry {
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly documents: Documents;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Removes the documents whose date under a TTL index is past, now and then. */
export class ExpiryMonitor {
  readonly #engine: Expiry;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<number> | undefined;

  constructor(engine: Expiry) {
    this.#engine = engine;
    this.#timer = setInterval(() => void this.sweep().catch(() => undefined), INTERVAL);
    this.#timer.unref();
  }

  /** Removes everything that is past by now; resolves with how many documents. A sweep under way is joined. */
  sweep(): Promise<number> {
    this.#working ??= this.#sweep().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #sweep(): Promise<number> {
    let removed = 0;
    for (const { database, name } of this.#engine.catalog.collections()) {
      for (let more = true; more; ) {
        const count = await this.#removeBatch(database, name);
        removed += count;
        more = count === BATCH;
      }
    }
    return removed;
  }

  async #removeBatch(database: string, name: string): Promise<number> {
    const { storage, catalog, documents } = this.#engine;
    const present = catalog.get(database, name);
    if (present === undefined || !present.indexes.some((index) => secondsOf(index) !== undefined)) return 0;
    return storage.write(() => {
      const collection = catalog.get(database, name);
      if (collection === undefined) return 0;
      const expired = this.#expired(collection);
      for (const { idKey, document } of expired) documents.remove(collection, idKey, document);
      return expired.length;
    });
  }

  #expired(collection: Collection) {
    for (const index of collection.indexes) {
      const seconds = secondsOf(index);
      const [only] = index.fields;
      if (seconds === undefined || only === undefined) continue;
      const past = buildDocument((writer) => {
        writer
          .object(only.dotted)
          .date('$lte', Math.trunc(this.#engine.now() - seconds * 1000))
          .end();
      });
      const filter = parseFilter(documentOf(past));
      const query = { filter, sort: [], skip: 0, limit: BATCH, hint: index };
      const found = collectMatches(this.#engine.storage, collection, query);
      if (found.length > 0) return found;
    }
    return [];
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function secondsOf(index: Index): number | undefined {
  const value = field(index.definition, 'expireAfterSeconds');
  return value?.isNumber ? nearestDouble(value) : undefined;
}
