import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../infra/crypto.ts';

const counts = z.object({
  observations: z.int(),
  stored: z.int(),
  unchanged: z.int(),
  duplicates: z.int(),
  rejectedRows: z.int(),
  skipped: z.record(z.string(), z.int()),
});

const point = z.object({
  file: z.string(),
  /** Rows up to here are written. */
  rows: z.int(),
  counts,
  /** Length of the reject file that belongs to these rows. */
  rejectBytes: z.int(),
  finished: z.boolean(),
  /** One observation that must be in the store; without it the store is another or was emptied. */
  probe: z.object({ listingId: z.string(), month: z.string(), id: z.string() }).nullable(),
});

/** How far an import of one content into one store has come. */
export type ResumePoint = z.output<typeof point>;
export type ImportCounts = z.output<typeof counts>;

export const NOTHING_IMPORTED: ImportCounts = {
  observations: 0,
  stored: 0,
  unchanged: 0,
  duplicates: 0,
  rejectedRows: 0,
  skipped: {},
};

/** Resume points are kept by what is imported and where to: the file's name may change, its content may not. */
export interface ResumePoints {
  load(): Promise<ResumePoint | null>;
  save(next: ResumePoint): Promise<void>;
}

export interface ImportIdentity {
  readonly file: string;
  readonly dataDir: string;
  readonly store: string;
  /** Whatever else decides what a row becomes. */
  readonly reading: readonly string[];
}

export async function resumePoints({ file, dataDir, store, reading }: ImportIdentity): Promise<ResumePoints> {
  const folder = join(dataDir, 'imports');
  const name = sha256(JSON.stringify([await contentHash(file), store, ...reading])).slice(0, 40);
  const path = join(folder, `${name}.json`);
  return {
    load: async () => {
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text === null) return null;
      const parsed = point.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : null;
    },
    save: async (next) => {
      await mkdir(folder, { recursive: true });
      await writeFile(`${path}.new`, `${JSON.stringify(next)}\n`);
      await rename(`${path}.new`, path);
    },
  };
}

async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}
