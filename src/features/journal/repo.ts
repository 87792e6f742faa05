import type { StreamEvent } from '../../domain/journal/event.ts';
import { type CollectionSpec, collectionOf, isDuplicateKey } from '../../infra/mongo/collection.ts';
import type { Connection } from '../../infra/mongo/connection.ts';

/** An event at its place in the whole. Positions are contiguous from 1 in the order of commitment. */
export interface JournalEntry {
  readonly position: number;
  readonly event: StreamEvent;
  /** Names of the event jobs that must handle it. */
  readonly work: readonly string[];
}

type StoredEntry = Omit<StreamEvent, 'id'> & {
  _id: number;
  event: string;
  /** Repeats the position where there is work, so that a sparse index finds just those. */
  workAt?: number;
  work?: readonly string[];
};

export const journalSpec: CollectionSpec = {
  name: 'journal',
  indexes: [
    { key: { event: 1 }, name: 'event', unique: true },
    { key: { workAt: 1 }, name: 'work', sparse: true },
    { key: { 'subject.merchantId': 1, _id: 1 }, name: 'merchant' },
  ],
  queries: [
    { filter: {}, sort: { _id: -1 }, index: '_id_' },
    { filter: { _id: 'range' }, sort: { _id: 1 }, index: '_id_' },
    { filter: { 'subject.merchantId': 'is', _id: 'range' }, sort: { _id: 1 }, index: 'merchant' },
    { filter: { event: 'in' }, index: 'event' },
    { filter: { workAt: 'range' }, sort: { workAt: 1 }, index: 'work' },
  ],
  shardKey: { _id: 1 },
  outbox: false,
};

export type Appended = 'appended' | 'taken';

export interface JournalRepo {
  /** Position of the last entry, 0 when there is none. */
  tail(): Promise<number>;
  /**
   * Appends all, in order, or reports `taken`: another writer has one of the positions or events. Then `known` tells
   * which events are there already.
   */
  append(entries: readonly JournalEntry[]): Promise<Appended>;
  known(events: readonly string[]): Promise<Set<string>>;
  /** Entries after a position, in order; of one merchant when given. */
  after(position: number, limit: number, merchantId?: string): Promise<JournalEntry[]>;
  /** The entries at these positions, in no particular order. */
  at(positions: readonly number[]): Promise<JournalEntry[]>;
  /** Entries with work after a position, in order. */
  workAfter(position: number, limit: number): Promise<JournalEntry[]>;
}

export function journalRepo(connection: Connection): JournalRepo {
  const journal = collectionOf<StoredEntry>(connection, journalSpec);
  return {
    tail: async () => {
      const [last] = await journal
        .find({}, { projection: { _id: 1 } })
        .sort({ _id: -1 })
        .limit(1)
        .toArray();
      return last?._id ?? 0;
    },
    append: async (entries) => {
      try {
        await journal.insertMany(entries.map(toStored), { ordered: true });
        return 'appended';
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken';
        throw error;
      }
    },
    known: async (events) => {
      const found = await journal.find({ event: { $in: [...events] } }, { projection: { event: 1 } }).toArray();
      return new Set(found.map((entry) => entry.event));
    },
    after: async (position, limit, merchantId) => {
      const filter =
        merchantId === undefined
          ? { _id: { $gt: position } }
          : { 'subject.merchantId': merchantId, _id: { $gt: position } };
      return (await journal.find(filter).sort({ _id: 1 }).limit(limit).toArray()).map(fromStored);
    },
    at: async (positions) =>
      positions.length === 0 ? [] : (await journal.find({ _id: { $in: [...positions] } }).toArray()).map(fromStored),
    workAfter: async (position, limit) => {
      const found = await journal
        .find({ workAt: { $gt: position } })
        .sort({ workAt: 1 })
        .limit(limit)
        .toArray();
      return found.map(fromStored);
    },
  };
}

function toStored({ position, event: { id, ...event }, work }: JournalEntry): StoredEntry {
  return { _id: position, event: id, ...event, ...(work.length > 0 ? { workAt: position, work } : {}) };
}

function fromStored({ _id, event, work, workAt: _, ...rest }: StoredEntry): JournalEntry {
  return { position: _id, event: { id: event, ...rest }, work: work ?? [] };
}
