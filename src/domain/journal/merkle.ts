import type { Sha256 } from './chain.ts';

/** One step of an inclusion proof: the sibling's hash and the side that it stands on. */
export interface ProofStep {
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/** Leaves and nodes are hashed under different prefixes, so that no node can pass for a leaf (RFC 6962, 2.1). */
const LEAF = 'leaf:';
const NODE = 'node:';

/** Root over hashes in order; an odd node at the end of a level moves up unchanged. Throws RangeError when empty. */
export function merkleRoot(hashes: readonly string[], sha256: Sha256): string {
  let level = leaves(hashes, sha256);
  while (level.length > 1) level = parents(level, sha256);
  const [root] = level;
  if (root === undefined) throw new RangeError('a Merkle tree needs at least one leaf');
  return root;
}

/** Proof that `hashes[index]` is under the root. Throws RangeError when there is no such leaf. */
export function merkleProof(hashes: readonly string[], index: number, sha256: Sha256): ProofStep[] {
  if (!Number.isInteger(index) || index < 0 || index >= hashes.length) throw new RangeError(`no leaf ${index}`);
  const steps: ProofStep[] = [];
  let level = leaves(hashes, sha256);
  for (let place = index; level.length > 1; place >>= 1) {
    const sibling = level[place ^ 1];
    if (sibling !== undefined) steps.push({ side: place % 2 === 0 ? 'right' : 'left', hash: sibling });
    level = parents(level, sha256);
  }
  return steps;
}

/** Whether the proof leads from the leaf to the root. */
export function verifyProof(hash: string, proof: readonly ProofStep[], root: string, sha256: Sha256): boolean {
  let node = sha256(LEAF + hash);
  for (const step of proof) {
    node = step.side === 'left' ? sha256(NODE + step.hash + node) : sha256(NODE + node + step.hash);
  }
  return node === root;
}

function leaves(hashes: readonly string[], sha256: Sha256): string[] {
  return hashes.map((hash) => sha256(LEAF + hash));
}

function parents(level: readonly string[], sha256: Sha256): string[] {
  const above: string[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index];
    const right = level[index + 1];
    if (left === undefined) break;
    above.push(right === undefined ? left : sha256(NODE + left + right));
  }
  return above;
}
