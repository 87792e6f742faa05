import { type CollectionSpec, collectionOf, isDuplicateKey } from '../../infra/mongo/collection.ts';
import type { Connection } from '../../infra/mongo/connection.ts';
import type { Checkpoint } from './checkpoints.ts';

type StoredCheckpoint = Omit<Checkpoint, 'number'> & { _id: number };

export const checkpointsSpec: CollectionSpec = {
  name: 'checkpoints',
  indexes: [{ key: { to: 1 }, name: 'to' }],
  queries: [
    { filter: {}, sort: { _id: -1 }, index: '_id_' },
    { filter: { _id: 'range' }, sort: { _id: 1 }, index: '_id_' },
    { filter: { to: 'range' }, sort: { to: 1 }, index: 'to' },
  ],
  shardKey: { _id: 1 },
  outbox: false,
};

export interface CheckpointRepo {
  last(): Promise<Checkpoint | null>;
  after(number: number, limit: number): Promise<Checkpoint[]>;
  /** The first checkpoint whose range ends at or behind a position: the one that covers it, if any. */
  covering(position: number): Promise<Checkpoint | null>;
  /** False when that number was signed by somebody else meanwhile. */
  insert(checkpoint: Checkpoint): Promise<boolean>;
}

export function checkpointRepo(connection: Connection): CheckpointRepo {
  const checkpoints = collectionOf<StoredCheckpoint>(connection, checkpointsSpec);
  return {
    last: async () => {
      const [last] = await checkpoints.find({}).sort({ _id: -1 }).limit(1).toArray();
      return last === undefined ? null : fromStored(last);
    },
    after: async (number, limit) =>
      (
        await checkpoints
          .find({ _id: { $gt: number } })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray()
      ).map(fromStored),
    covering: async (position) => {
      const [found] = await checkpoints
        .find({ to: { $gte: position } })
        .sort({ to: 1 })
        .limit(1)
        .toArray();
      return found === undefined ? null : fromStored(found);
    },
    insert: async ({ number, ...rest }) => {
      try {
        await checkpoints.insertOne({ _id: number, ...rest });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
  };
}

function fromStored({ _id, ...rest }: StoredCheckpoint): Checkpoint {
  return { number: _id, ...rest };
}
