import { canonicalJson } from '../../domain/canonical.ts';
import type { Sha256 } from '../../domain/journal/chain.ts';
import { merkleRoot } from '../../domain/journal/merkle.ts';
import type { Instant } from '../../domain/time.ts';

/** A signed statement that the journal's entries `from`..`to` have this Merkle root. */
export interface Checkpoint {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly root: string;
  /** Hash of the checkpoint before, '' for the first. */
  readonly previous: string;
  readonly at: Instant;
  readonly hash: string;
  /** Base64 Ed25519 signature of `hash`. */
  readonly signature: string;
}

export interface Signer {
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

/** The statement over `hashes`, the hashes of the entries that follow `previous`. Throws RangeError without any. */
export function makeCheckpoint(
  previous: Checkpoint | null,
  hashes: readonly string[],
  at: Instant,
  sha256: Sha256,
  signer: Signer,
): Checkpoint {
  const from = (previous?.to ?? 0) + 1;
  const statement = {
    number: (previous?.number ?? 0) + 1,
    from,
    to: from + hashes.length - 1,
    root: merkleRoot(hashes, sha256),
    previous: previous?.hash ?? '',
    at,
  };
  const hash = sha256(canonicalJson(statement));
  return { ...statement, hash, signature: signer.sign(hash) };
}

/** What is wrong with a checkpoint as the successor of `previous` over these entries, or null. */
export function checkCheckpoint(
  previous: Checkpoint | null,
  checkpoint: Checkpoint,
  hashes: readonly string[],
  sha256: Sha256,
  signer: Signer,
): 'number' | 'link' | 'range' | 'root' | 'content' | 'signature' | null {
  const { number, from, to, root, at } = checkpoint;
  if (number !== (previous?.number ?? 0) + 1) return 'number';
  if (checkpoint.previous !== (previous?.hash ?? '')) return 'link';
  if (from !== (previous?.to ?? 0) + 1 || hashes.length !== to - from + 1 || hashes.length === 0) return 'range';
  if (merkleRoot(hashes, sha256) !== root) return 'root';
  if (sha256(canonicalJson({ number, from, to, root, previous: checkpoint.previous, at })) !== checkpoint.hash) {
    return 'content';
  }
  return signer.verify(checkpoint.hash, checkpoint.signature) ? null : 'signature';
}
