import { appendFile, stat, truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FieldError } from '../domain/errors.ts';

export interface RejectedRow {
  readonly line: number;
  readonly errors: readonly FieldError[];
  /** The row as far as it could be read. */
  readonly row: unknown;
}

/** `<name>.rejects.jsonl`: one line a rejected row, with its line in the source, the reasons and the row. */
export class RejectFile {
  readonly path: string;
  bytes: number;

  private constructor(path: string, bytes: number) {
    this.path = path;
    this.bytes = bytes;
  }

  /** Keeps the first `bytes` bytes of an earlier run and forgets the rest. */
  static async open(folder: string, source: string, bytes: number): Promise<RejectFile> {
    const path = join(folder, `${basename(source)}.rejects.jsonl`);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > bytes) await truncate(path, bytes);
    return new RejectFile(path, Math.min(size, bytes));
  }

  async add(rows: readonly RejectedRow[]): Promise<void> {
    if (rows.length === 0) return;
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await appendFile(this.path, text);
    this.bytes += Buffer.byteLength(text);
  }
}
