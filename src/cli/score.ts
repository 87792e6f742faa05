import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { type Command, InvalidArgumentError } from 'commander';
import { priceHistoryWindow } from '../detect/price/signals.ts';
import { canonicalJson } from '../domain/canonical.ts';
import type { FieldError } from '../domain/errors.ts';
import type { ListingSnapshot } from '../domain/listing.ts';
import { historyFrom, mergeIntoBuckets } from '../domain/price/bucket.ts';
import type { PriceBucket } from '../domain/price/bucket-entry.ts';
import type { Instant } from '../domain/time.ts';
import { type MadeDecision, makeDecision } from '../features/decisions/commands.ts';
import type { Contexts } from '../features/decisions/contexts.ts';
import type { RuleBook } from '../features/decisions/rule-book.ts';
import { parseInstant } from '../http/primitives.ts';
import { systemClock } from '../infra/clock.ts';
import { sha256 } from '../infra/crypto.ts';
import { listingSnapshot, timeFaults, toSnapshot, toWire } from '../wire/listing.ts';
import { HistoryFile } from './history-file.ts';
import { note, startProgress, UsageError } from './output.ts';
import { RejectFile } from './reject-file.ts';
import { ruleBookOf } from './rule-book.ts';
import { jsonRows, type SourceRow } from './source-rows.ts';

interface ScoreOptions {
  readonly in: string;
  readonly history?: string;
  readonly completeSince?: Instant;
  readonly now?: Instant;
  readonly records?: string;
  readonly rejects: string;
}

/** `touchstone score`: the pre-check on files, without a store. */
export function registerScore(program: Command): void {
  program
    .command('score')
    .description(
      'Judge listings from a file, one decision a line: `id` and `listingId` repeat the listing’s id, `decisionId` names the decision · 离线预检,每行一个判定',
    )
    .requiredOption('--in <file>', 'listings, one JSON object a line, plain or gzip · 商品文件')
    .option('--history <file>', 'price observations, one JSON object a line, in any order · 价格记录文件')
    .option(
      '--complete-since <instant>',
      'no change of price since then is missing · 价格记录完整的起点',
      instantOption,
    )
    .option('--now <instant>', 'when to judge; by default each listing as of its own `at` · 判定时间', instantOption)
    .option('--records <file>', 'also write what `replay` needs, one record a line · 判定记录文件')
    .option('--rejects <directory>', 'where <name>.rejects.jsonl is kept · 拒收文件目录', '.')
    .option('--json', 'accepted for uniformity: the output is JSON lines anyway · 输出总为 JSON 行')
    .action(score);
}

function instantOption(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === null)
    throw new InvalidArgumentError('An instant is ISO 8601 with offset, 2026-03-15T08:00:00+08:00.');
  return instant;
}

async function score(options: ScoreOptions): Promise<void> {
  const book = await ruleBookOf();
  const sizes = [options.in, ...(options.history === undefined ? [] : [options.history])].map(
    async (file) => (await stat(file)).size,
  );
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const faults = await Faults.open(options.in, options);
  const progress = await startProgress('score', total);
  const onBytes = (count: number) => progress.advance(count);
  const history = options.history === undefined ? null : await openHistory(options.history, options, onBytes);
  const output = new Lines(process.stdout);
  const records = options.records === undefined ? null : new Lines(createWriteStream(options.records));
  try {
    const judge = judgeWith(book, history?.file ?? null, options);
    for await (const rows of jsonRows(options.in, onBytes)) {
      for (const row of rows) {
        const judged = judge(row);
        if ('errors' in judged) {
          await faults.add(judged.line, judged.errors, judged.row);
          continue;
        }
        const { id: decisionId, listingId, ...rest } = judged.made.answer;
        await output.write({ id: listingId, decisionId, listingId, ...rest });
        await records?.write(judged.made.record);
      }
    }
    await output.flush();
    await records?.end();
  } finally {
    history?.file.close();
    progress.finish();
  }
  const complaints = [faults, history?.faults].flatMap((each) => each?.complaint() ?? []);
  if (complaints.length > 0) throw new UsageError(complaints.join('\n'));
}

async function openHistory(path: string, options: ScoreOptions, onBytes: (count: number) => void) {
  const faults = await Faults.open(path, options);
  const file = await HistoryFile.open({
    file: path,
    now: systemClock(),
    onFault: ({ line, reason, row }) => faults.add(line, [{ pointer: '', reason }], row),
    onBytes,
  });
  return { file, faults };
}

type Judged =
  | { readonly made: MadeDecision }
  | { readonly line: number; readonly errors: readonly FieldError[]; readonly row: unknown };

/** The pre-check's own judgement, on the same span of history that it would read from the store. */
function judgeWith(book: RuleBook, history: HistoryFile | null, options: ScoreOptions): (row: SourceRow) => Judged {
  const completeSince = options.completeSince ?? null;
  // Snapshots of one listing often follow one another.
  let last: { readonly listingId: string; readonly buckets: readonly PriceBucket[] } = { listingId: '', buckets: [] };
  return (row) => {
    const { line } = row;
    if ('fault' in row) return { line, errors: [{ pointer: '', reason: row.fault }], row: row.text };
    const parsed = listingSnapshot.safeParse(row.value);
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ path, message }) => ({
        pointer: path.map((key) => `/${String(key)}`).join(''),
        reason: message,
      }));
      return { line, errors, row: row.value };
    }
    const now = options.now ?? parsed.data.at;
    const errors = timeFaults(parsed.data, now);
    if (errors.length > 0) return { line, errors, row: row.value };
    const snapshot = toSnapshot(parsed.data);
    const wire = toWire(parsed.data);
    const id = sha256(`score|${canonicalJson(wire)}`).slice(0, 32);
    if (last.listingId !== snapshot.id) last = { listingId: snapshot.id, buckets: bucketsOf(history, snapshot) };
    const contexts = contextsOf(book, snapshot, last.buckets, completeSince, now);
    return { made: makeDecision(book, { id, snapshot, wire, bodyHash: null }, contexts, now) };
  };
}

function bucketsOf(history: HistoryFile | null, { id }: ListingSnapshot): readonly PriceBucket[] {
  return history === null ? [] : mergeIntoBuckets(id, [], history.of(id)).changed;
}

function contextsOf(
  book: RuleBook,
  snapshot: ListingSnapshot,
  buckets: readonly PriceBucket[],
  completeSince: Instant | null,
  now: Instant,
): Contexts {
  if (snapshot.claims.length === 0) return { history: null, notEvaluated: [] };
  const window = priceHistoryWindow(snapshot, book.pricePolicies, now);
  if (window === null) return { history: { observations: [], completeSince }, notEvaluated: [] };
  return { history: historyFrom(buckets, window.from, window.to + 1, completeSince), notEvaluated: [] };
}

/** Bad lines of one file: told on stderr at once, and kept apart with the row. */
class Faults {
  readonly #file: string;
  readonly #kept: RejectFile;
  #count = 0;

  private constructor(file: string, kept: RejectFile) {
    this.#file = file;
    this.#kept = kept;
  }

  static async open(file: string, { rejects }: ScoreOptions): Promise<Faults> {
    return new Faults(file, await RejectFile.open(rejects, file, 0));
  }

  async add(line: number, errors: readonly FieldError[], row: unknown): Promise<void> {
    this.#count += 1;
    for (const { pointer, reason } of errors) {
      note(`${this.#file}:${line}: ${pointer === '' ? '' : `${pointer}: `}${reason}`);
    }
    await this.#kept.add([{ line, errors, row }]);
  }

  complaint(): string[] {
    if (this.#count === 0) return [];
    return [`${this.#file}: ${this.#count} bad lines, kept in ${this.#kept.path}; the others were used`];
  }
}

/** JSON lines, written many at a time. */
class Lines {
  static readonly #CHARACTERS = 256 * 1024;
  readonly #stream: Writable;
  #text = '';

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  async write(value: object): Promise<void> {
    this.#text += `${JSON.stringify(value)}\n`;
    if (this.#text.length > Lines.#CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '' && !this.#stream.write(text)) await once(this.#stream, 'drain');
  }

  async end(): Promise<void> {
    await this.flush();
    this.#stream.end();
    await once(this.#stream, 'finish');
  }
}
