import type { AnyBulkWriteOperation } from 'mongodb';
import type { BucketEntry, PriceBucket, Sighting } from '../../domain/price/bucket-entry.ts';
import type { PriceObservation } from '../../domain/price/observation.ts';
import { type Identifiers, sha256 } from '../../infra/crypto.ts';
import { type CollectionSpec, collectionOf, isDuplicateKey, PENDING_INDEX } from '../../infra/mongo/collection.ts';
import type { Connection } from '../../infra/mongo/connection.ts';
import { type Envelope, seal } from '../../infra/mongo/envelope.ts';
import { type PackedRecord, packRecord, unpackRecord } from './packing.ts';

interface PackedEntry extends PackedRecord {
  /** Sightings: identifier, when, when recorded. */
  readonly s?: readonly (readonly [string, Date, Date])[];
}

export type StoredBucket = Envelope & {
  readonly _id: string;
  readonly listingId: string;
  readonly month: string;
  readonly entries: readonly PackedEntry[];
  readonly carry: readonly PackedRecord[];
};

export const pricesSpec: CollectionSpec = {
  name: 'prices',
  indexes: [PENDING_INDEX, { key: { listingId: 1, month: 1 }, name: 'listing', unique: true }],
  queries: [
    { filter: { _id: 'is', listingId: 'is', version: 'is' }, index: '_id_' },
    { filter: { listingId: 'is', month: 'range' }, sort: { month: -1 }, index: 'listing' },
    { filter: { listingId: 'in', month: 'range' }, index: 'listing' },
    { filter: { listingId: 'in' }, index: 'listing' },
  ],
  shardKey: { listingId: 'hashed' },
  outbox: true,
};

/** A bucket with the envelope that it was read with. */
export interface LoadedBucket {
  readonly bucket: PriceBucket;
  readonly envelope: Envelope;
}

export interface BucketWrite {
  readonly bucket: PriceBucket;
  /** What was read; null for a new bucket. The write fails when it has changed since. */
  readonly previous: Envelope | null;
  /** Whom the change concerns; null when nothing needs to follow from it. */
  readonly subject: { readonly merchantId?: string; readonly shopId: string; readonly listingId: string } | null;
}

export interface BucketName {
  readonly id: string;
  readonly listingId: string;
  readonly month: string;
}

export interface PriceRepo {
  /** A listing's latest `limit` buckets up to a month, latest first: one indexed read. */
  latest(listingId: string, month: string, limit: number): Promise<LoadedBucket[]>;
  /** Buckets of many listings from a month on. */
  from(listingIds: readonly string[], month: string): Promise<LoadedBucket[]>;
  /** Which buckets these listings have. */
  names(listingIds: readonly string[]): Promise<BucketName[]>;
  byIds(ids: readonly string[]): Promise<LoadedBucket[]>;
  /** All in one round trip. False when a bucket was changed by somebody else: read again and repeat. */
  write(writes: readonly BucketWrite[], at: number): Promise<boolean>;
}

export function priceRepo(connection: Connection, identifiers: Identifiers): PriceRepo {
  const prices = collectionOf<StoredBucket>(connection, pricesSpec);
  return {
    latest: async (listingId, month, limit) =>
      (
        await prices
          .find({ listingId, month: { $lte: month } })
          .sort({ month: -1 })
          .limit(limit)
          .toArray()
      ).map(load),
    from: async (listingIds, month) =>
      (await prices.find({ listingId: { $in: [...listingIds] }, month: { $gte: month } }).toArray()).map(load),
    names: async (listingIds) => {
      const projection = { _id: 1, listingId: 1, month: 1 };
      const found = await prices.find({ listingId: { $in: [...listingIds] } }, { projection }).toArray();
      return found.map(({ _id, listingId, month }) => ({ id: _id, listingId, month }));
    },
    byIds: async (ids) => (await prices.find({ _id: { $in: [...ids] } }).toArray()).map(load),
    write: async (writes, at) => {
      if (writes.length === 0) return true;
      const operations = writes.map((write) => operationOf(write, at, identifiers));
      const replaced = writes.filter(({ previous }) => previous !== null).length;
      try {
        const result = await prices.bulkWrite(operations, { ordered: false });
        return result.matchedCount === replaced;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
  };
}

function operationOf(
  { bucket, previous, subject }: BucketWrite,
  at: number,
  identifiers: Identifiers,
): AnyBulkWriteOperation<StoredBucket> {
  const entries = bucket.entries.map(packEntry);
  const carry = bucket.carry.map(packRecord);
  const envelope = seal({
    stream: `prices/${bucket.id}`,
    previous,
    drafts: subject === null ? [] : [{ type: 'prices.recorded', subject, facts: { month: bucket.month } }],
    bodyText: subject === null ? '' : JSON.stringify([entries, carry], withoutBigInt),
    at,
    salt: previous?.salt ?? identifiers.salt(),
    sha256,
  });
  const { id, listingId, month } = bucket;
  const document: StoredBucket = { _id: id, listingId, month, ...envelope, entries, carry };
  if (previous === null) return { insertOne: { document } };
  return { replaceOne: { filter: { _id: id, listingId, version: previous.version }, replacement: document } };
}

/** The hash of the text goes into the event: without one nobody asks for it. */
function withoutBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}

function packEntry(entry: BucketEntry): PackedEntry {
  const { sightings } = entry;
  const packed = packRecord(entry);
  if (sightings.length === 0) return packed;
  return { ...packed, s: sightings.map(({ id, at, recordedAt }) => [id, new Date(at), new Date(recordedAt)]) };
}

function unpackEntry({ s, ...packed }: PackedEntry): BucketEntry {
  const record: PriceObservation = unpackRecord(packed);
  const sightings: Sighting[] = (s ?? []).map(([id, at, recordedAt]) => ({
    id,
    at: at.getTime(),
    recordedAt: recordedAt.getTime(),
  }));
  return { ...record, sightings, seenUntil: sightings.at(-1)?.at ?? record.at };
}

function load(stored: StoredBucket): LoadedBucket {
  const { _id, listingId, month, entries, carry, ...envelope } = stored;
  return {
    bucket: {
      id: _id,
      listingId,
      month,
      entries: entries.map(unpackEntry),
      carry: carry.map(unpackRecord),
      version: envelope.version,
    },
    envelope,
  };
}
