import type { AggregateSpec } from '../../infra/mongo/aggregate.ts';
import { PENDING_INDEX } from '../../infra/mongo/collection.ts';

export interface RowError {
  /** Line of the upload, from 1. */
  readonly line: number;
  readonly pointer: string;
  readonly reason: string;
  /** The reason for readers of Chinese, where it was not given in the language of the upload. */
  readonly zh?: string;
}

export interface PendingRow {
  readonly line: number;
  /** JSON of the row as sent. */
  readonly text: string;
}

export interface ImportBody {
  readonly status: 'queued' | 'running' | 'finished';
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly errors: readonly RowError[];
  /** Rows that were not read well enough to be tried, and rows that were tried and refused. */
  readonly rejected: number;
  /** Rows still to do; shrinks as the work proceeds, so that a second run goes on where the first one ended. */
  readonly rows: readonly PendingRow[];
  readonly acceptedAt: number;
  readonly finishedAt: number | null;
  /** Hash of the upload where the caller sent an Idempotency-Key, else null. */
  readonly bodyHash: string | null;
}

export const importsSpec: AggregateSpec<ImportBody> = {
  name: 'imports',
  kind: 'import',
  indexes: [PENDING_INDEX],
  shardKey: { _id: 'hashed' },
  outbox: true,
  keyFields: {},
  keys: () => ({}),
};
