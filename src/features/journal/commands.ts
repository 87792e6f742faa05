import type { Sha256 } from '../../domain/journal/chain.ts';
import type { Instant } from '../../domain/time.ts';
import type { CheckpointRepo } from './checkpoint-repo.ts';
import { type Checkpoint, makeCheckpoint, type Signer } from './checkpoints.ts';
import type { JournalRepo } from './repo.ts';

/** Entries under one signature at the most. */
export const CHECKPOINT_LIMIT = 10_000;

export interface CheckpointParts {
  readonly journal: JournalRepo;
  readonly checkpoints: CheckpointRepo;
  readonly signer: Signer;
  readonly sha256: Sha256;
}

/** Signs the entries since the last checkpoint; null when there is nothing new or another process was faster. */
export async function signCheckpoint(parts: CheckpointParts, now: Instant): Promise<Checkpoint | null> {
  const { journal, checkpoints, signer, sha256 } = parts;
  const previous = await checkpoints.last();
  const entries = await journal.after(previous?.to ?? 0, CHECKPOINT_LIMIT);
  if (entries.length === 0) return null;
  const hashes = entries.map(({ event }) => event.hash);
  const checkpoint = makeCheckpoint(previous, hashes, now, sha256, signer);
  return (await checkpoints.insert(checkpoint)) ? checkpoint : null;
}
