import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface RulesText {
  /** Relative to the folder, as it is named in messages. */
  readonly path: string;
  readonly text: string;
}

/** All YAML files below a folder, in order of path. Rejects when the folder cannot be read. */
export async function readRules(folder: string, below: string): Promise<RulesText[]> {
  const entries = await readdir(join(folder, below), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    paths.map(async (path) => ({ path: join('rules', relative(folder, path)), text: await readFile(path, 'utf8') })),
  );
}
