import type { EventDraft } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { type Identifiers, sha256 } from '../../infra/crypto.ts';
import { type CollectionSpec, collectionOf, isDuplicateKey, PENDING_INDEX } from '../../infra/mongo/collection.ts';
import type { Connection } from '../../infra/mongo/connection.ts';
import { type Envelope, seal } from '../../infra/mongo/envelope.ts';

/** A decision as it was made. It never changes. */
export interface DecisionRecord {
  readonly id: string;
  readonly listingId: string;
  readonly merchantId: string;
  readonly shopId: string;
  readonly outcome: string;
  readonly provisional: boolean;
  readonly pack: string;
  readonly at: Instant;
  readonly fingerprint: string;
  /** The answer that was given, byte for byte. */
  readonly answer: string;
  /** JSON of everything that the answer rests on: snapshot, what was read for it, signals. */
  readonly basis: string;
  /** Hash of the request's body where the caller sent an Idempotency-Key, else null. */
  readonly bodyHash: string | null;
}

type StoredDecision = Envelope & Omit<DecisionRecord, 'id' | 'at'> & { readonly _id: string; readonly at: Date };

export const decisionsSpec: CollectionSpec = {
  name: 'decisions',
  indexes: [PENDING_INDEX, { key: { listingId: 1, at: -1, _id: 1 }, name: 'listing' }],
  queries: [
    { filter: { _id: 'range' }, index: '_id_' },
    { filter: { listingId: 'is' }, sort: { at: -1, _id: 1 }, index: 'listing' },
  ],
  shardKey: { _id: 'hashed' },
  outbox: true,
};

export interface DecisionRepo {
  find(id: string): Promise<DecisionRecord | null>;
  /** One write: the decision and its events. False when the identifier is taken: the decision was made before. */
  insert(decision: DecisionRecord, events: readonly EventDraft[]): Promise<boolean>;
  /** All of one request in one round trip. Returns the identifiers that were taken. */
  insertMany(decisions: readonly { decision: DecisionRecord; events: readonly EventDraft[] }[]): Promise<Set<string>>;
  /** What a decision of the batch says of the request that it was made for; null when there is none. */
  bodyHashOfBatch(batchId: string): Promise<string | null>;
  /** Whose each of these decisions is; unknown ones are left out. */
  merchantsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** A listing's decisions, latest first. */
  ofListing(listingId: string, limit: number): Promise<DecisionRecord[]>;
}

export function decisionRepo(connection: Connection, identifiers: Identifiers): DecisionRepo {
  const decisions = collectionOf<StoredDecision>(connection, decisionsSpec);
  const toStored = (decision: DecisionRecord, events: readonly EventDraft[]): StoredDecision => {
    const { id, at, ...rest } = decision;
    const envelope = seal({
      stream: `decision/${id}`,
      previous: null,
      drafts: events,
      bodyText: decision.answer + decision.basis,
      at,
      salt: identifiers.salt(),
      sha256,
    });
    return { _id: id, ...envelope, ...rest, at: new Date(at) };
  };
  return {
    find: async (id) => {
      const found = await decisions.findOne({ _id: id }, { projection: { outbox: 0 } });
      return found === null ? null : fromStored(found);
    },
    insert: async (decision, events) => {
      try {
        await decisions.insertOne(toStored(decision, events));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    insertMany: async (all) => {
      const documents = all.map(({ decision, events }) => toStored(decision, events));
      try {
        await decisions.insertMany(documents, { ordered: false });
        return new Set();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      const ids = documents.map((document) => document._id);
      const salts = new Map(documents.map((document) => [document._id, document.salt]));
      const found = await decisions.find({ _id: { $in: ids } }, { projection: { salt: 1 } }).toArray();
      return new Set(found.filter(({ _id, salt }) => salts.get(_id) !== salt).map(({ _id }) => _id));
    },
    bodyHashOfBatch: async (batchId) => {
      const names = { $gte: `${batchId}-`, $lt: `${batchId}.` };
      const found = await decisions.findOne({ _id: names }, { projection: { bodyHash: 1 } });
      return found?.bodyHash ?? null;
    },
    merchantsOf: async (ids) => {
      const found = await decisions.find({ _id: { $in: [...ids] } }, { projection: { merchantId: 1 } }).toArray();
      return new Map(found.map(({ _id, merchantId }) => [_id, merchantId]));
    },
    ofListing: async (listingId, limit) => {
      const page = decisions
        .find({ listingId }, { projection: { outbox: 0 } })
        .sort({ at: -1, _id: 1 })
        .limit(limit);
      return (await page.toArray()).map(fromStored);
    },
  };
}

function fromStored(stored: StoredDecision): DecisionRecord {
  const { _id, at, listingId, merchantId, shopId, outcome, provisional, pack, fingerprint, answer, basis, bodyHash } =
    stored;
  return {
    id: _id,
    at: at.getTime(),
    listingId,
    merchantId,
    shopId,
    outcome,
    provisional,
    pack,
    fingerprint,
    answer,
    basis,
    bodyHash,
  };
}
