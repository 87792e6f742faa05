import { parse } from 'csv-parse/sync';
import { fail } from './output.ts';
import { type TextLine, textLines } from './text-lines.ts';

/** One row of a source file: its fields, or why it has none. */
export type SourceRow =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly fault: string; readonly text: string };

const SHOWN = 200;
/** A quoted field may go over lines, but not over more than these: an open quote would swallow the rest of the file. */
const MAX_RECORD_LINES = 100;

/** Rows of a file with one JSON value a line. Blank lines count, and are no rows. */
export async function* jsonRows(file: string, onBytes: (count: number) => void): AsyncGenerator<SourceRow[]> {
  for await (const lines of textLines(file, onBytes)) {
    yield lines.filter(({ text }) => text.trim() !== '').map(jsonRow);
  }
}

function jsonRow({ number, text, overlong }: TextLine): SourceRow {
  if (overlong) return faulty(number, 'is too long for a row', text);
  try {
    return { line: number, value: JSON.parse(text) };
  } catch (error) {
    return faulty(number, `not JSON: ${error instanceof Error ? error.message : String(error)}`, text);
  }
}

function faulty(line: number, fault: string, text: string): SourceRow {
  return { line, fault, text: text.slice(0, SHOWN) };
}

/**
 * Rows of a CSV file with a header, each as an object by column. A broken row costs itself alone.
 * @throws UsageError where a column is missing or the file is empty.
 */
export async function* csvRows(
  file: string,
  columns: readonly string[],
  onBytes: (count: number) => void,
): AsyncGenerator<SourceRow[]> {
  const reader = new CsvReader(file, columns);
  for await (const lines of textLines(file, onBytes)) yield reader.read(lines, false);
  yield reader.read([], true);
  if (!reader.hasHeader) fail(file, 1, 'is empty: there is no header');
}

class CsvReader {
  readonly #file: string;
  readonly #columns: readonly string[];
  #header: readonly string[] | null = null;
  /** Lines from the first that could not be read without those to come. */
  #open: readonly TextLine[] = [];

  constructor(file: string, columns: readonly string[]) {
    this.#file = file;
    this.#columns = columns;
  }

  get hasHeader(): boolean {
    return this.#header !== null;
  }

  read(more: readonly TextLine[], last: boolean): SourceRow[] {
    const lines = [...this.#open, ...more];
    this.#open = [];
    const rows: SourceRow[] = [];
    for (let index = 0; index < lines.length; ) {
      const count = linesOfRecord(lines, index);
      if (count === null && !last && lines.length - index < MAX_RECORD_LINES) {
        this.#open = lines.slice(index);
        break;
      }
      index += this.#take(lines.slice(index, index + (count ?? 1)), rows);
    }
    return rows;
  }

  /** Returns how many of the lines were used up. */
  #take(lines: readonly TextLine[], rows: SourceRow[]): number {
    const [first] = lines;
    if (first === undefined) return 1;
    const text = lines.map((line) => line.text.replace(/\r$/, '')).join('\n');
    if (text.trim() === '') return 1;
    const fields = first.overlong ? 'is too long for a row' : fieldsOf(text);
    if (this.#header === null) {
      this.#header = this.#headerOf(typeof fields === 'string' ? [] : fields);
      return lines.length;
    }
    const width = this.#header.length;
    if (typeof fields !== 'string' && fields.length === width) {
      rows.push({ line: first.number, value: objectOf(this.#header, fields) });
      return lines.length;
    }
    const fault =
      typeof fields === 'string' ? fields : `has ${fields.length} fields where the header has ${this.#header.length}`;
    rows.push(faulty(first.number, fault, first.text));
    // A stray quote joined lines that are none of its business.
    return 1;
  }

  #headerOf(fields: readonly string[]): readonly string[] {
    const missing = this.#columns.filter((column) => !fields.includes(column));
    if (missing.length === 0) return fields;
    return fail(this.#file, 1, `missing columns: ${missing.join(', ')}; the header has ${fields.join(', ')}`);
  }
}

function objectOf(header: readonly string[], fields: readonly string[]): Record<string, string> {
  const row: Record<string, string> = {};
  for (let index = 0; index < header.length; index += 1) row[header[index] ?? ''] = fields[index] ?? '';
  return row;
}

/** Lines from `index` until every quote is closed; null when none of those at hand closes it. */
function linesOfRecord(lines: readonly TextLine[], index: number): number | null {
  let quotes = 0;
  for (let count = 1; count <= MAX_RECORD_LINES && index + count <= lines.length; count += 1) {
    quotes += quotesIn(lines[index + count - 1]?.text ?? '');
    if (quotes % 2 === 0) return count;
  }
  return null;
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

/** Fields of one record, or why it cannot be read. */
function fieldsOf(text: string): readonly string[] | string {
  if (!text.includes('"')) return text.split(',');
  try {
    const [fields] = parse(text, { relax_column_count: true });
    return fields ?? [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `not CSV: ${reason.replace(/ at line \d+/, '')}`;
  }
}
