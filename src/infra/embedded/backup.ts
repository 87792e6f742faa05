import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { TouchstoneError } from '../../domain/errors.ts';
import { checkDirectory, markDirectory } from './data-file.ts';

/**
 * Copies the last committed state of a directory's data, whether a server is using it or not, into a new directory
 * from which a server can be started. Throws `conflict` when `target` is not empty, `not_found` without data.
 */
export async function backUp(directory: string, target: string): Promise<void> {
  const source = join(directory, 'data');
  if (!existsSync(join(source, 'data.mdb'))) throw new TouchstoneError('not_found', `There is no data in ${directory}`);
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new TouchstoneError('conflict', `${target} is not empty; a backup is written into a new directory`);
  const copy = join(target, 'data');
  mkdirSync(copy, { recursive: true });
  const store = open({ path: source, readOnly: true, encoding: 'binary', keyEncoding: 'binary' });
  try {
    await store.backup(copy, true);
  } finally {
    await store.close();
  }
  markDirectory(target);
  checkDirectory(target);
}
