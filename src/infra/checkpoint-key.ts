import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CheckpointSigner {
  /** Base64 Ed25519 signature over the UTF-8 text. */
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
  /** SPKI PEM of the public key, for whoever verifies offline. */
  readonly publicKey: string;
}

/** Reads PKCS#8, PEM or base64 DER. Throws when the text is not an Ed25519 private key. */
export function signerFrom(keyText: string): CheckpointSigner {
  const key = keyText.includes('-----BEGIN')
    ? createPrivateKey(keyText)
    : createPrivateKey({ key: Buffer.from(keyText, 'base64'), format: 'der', type: 'pkcs8' });
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the checkpoint key is not an Ed25519 private key');
  return signerOf(key);
}

/** The key kept in a data directory; made at first use, readable by its owner alone. */
export async function keptSigner(directory: string): Promise<CheckpointSigner> {
  const file = join(directory, 'checkpoint-key.pem');
  try {
    return signerFrom(await readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  await mkdir(directory, { recursive: true });
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  return signerFrom(await readFile(file, 'utf8'));
}

function signerOf(key: KeyObject): CheckpointSigner {
  const publicKey = createPublicKey(key);
  return {
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
    verify: (text, signature) => verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64')),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}
