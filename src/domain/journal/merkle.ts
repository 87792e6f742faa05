import type { Sha256 } from './chain.ts';

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
