import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type ApiDocument, generateApi } from './generate.ts';

/** Where the generated types of the API are kept, below the root of the checkout. */
export const API_TYPES = 'src/client/api.ts';

/**
 * Text of the types that `document` describes, formatted like every other source. Throws where the formatter, a
 * development package, is not installed.
 */
export function apiTypes(document: ApiDocument, root: string): string {
  const formatter = join(root, 'node_modules', '.bin', 'biome');
  const { status, stdout, stderr, error } = spawnSync(formatter, ['format', `--stdin-file-path=${API_TYPES}`], {
    input: generateApi(document),
    encoding: 'utf8',
    cwd: root,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`the generated types cannot be formatted: ${stderr}`);
  return stdout;
}
