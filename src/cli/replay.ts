import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Difference, type Replay, replayDecision } from '../features/decisions/replay.ts';
import { type DecisionRecord, decisionRepo } from '../features/decisions/repo.ts';
import type { RuleBook } from '../features/decisions/rule-book.ts';
import { randomIdentifiers } from '../infra/crypto.ts';
import { readCases } from './json-cases.ts';
import { CheckFailed, fail, UsageError, writeJsonLine, writeLine } from './output.ts';
import { ruleBookOf } from './rule-book.ts';
import { withStore } from './store.ts';

interface ReplayOptions {
  readonly rules?: string;
  readonly json: boolean;
}

/** `touchstone replay`: makes decisions again and compares. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .argument('<decision>', 'identifier of a stored decision, or a file of stored records · 判定编号或记录文件')
    .description('Make a decision again and compare it byte for byte · 重放判定')
    .option('--rules <directory>', 'rules that the decision was made under · 当时的规则目录')
    .option('--json', 'one JSON value a decision · 每个判定一行 JSON', false)
    .action(replay);
}

async function replay(decision: string, { rules, json }: ReplayOptions): Promise<void> {
  const book = await ruleBookOf(rules);
  const records = existsSync(decision)
    ? recordsIn(decision, await readFile(decision, 'utf8'))
    : [await stored(decision)];
  const failed: string[] = [];
  for (const record of records) {
    const result = resultOf(book, record);
    if (json) await writeJsonLine(result);
    else for (const line of linesOf(result)) await writeLine(line);
    if (!result.ok) failed.push(record.id);
  }
  if (failed.length > 0) {
    throw new CheckFailed(`${failed.length} of ${records.length} decisions cannot be made again: ${failed[0]} ...`);
  }
}

type Result =
  | ({ readonly ok: boolean } & Replay)
  | { readonly ok: false; readonly id: string; readonly pack: { readonly stored: string; readonly here: string } };

/** Signals that other detectors measure differently are shown; the same detectors must measure the same. */
function resultOf(book: RuleBook, record: DecisionRecord): Result {
  const { id, pack } = record;
  if (pack !== book.pack.hash) return { ok: false, id, pack: { stored: pack, here: book.pack.hash } };
  const result = replayDecision(book, record);
  const sameDetectors = result.detector.stored === result.detector.now;
  return { ok: result.answer.length === 0 && (result.signals.length === 0 || !sameDetectors), ...result };
}

function linesOf(result: Result): string[] {
  if ('pack' in result) {
    const { stored: then, here } = result.pack;
    return [`${result.id}: made under pack ${then}; the rules here are ${here}: name the others with --rules`];
  }
  const { id, answer, signals, detector } = result;
  const changed = `${signals.length} signals differ, measured by ${detector.stored} then and ${detector.now} now`;
  return [
    `${id}: ${answer.length === 0 ? 'the stored signals give the same answer, byte for byte' : 'another answer'}`,
    ...answer.map(show),
    signals.length === 0 ? `${id}: the snapshot gives the same signals (${detector.now})` : `${id}: ${changed}`,
    ...signals.map(show),
  ];
}

function show({ at, stored: then, replayed }: Difference): string {
  return `  ${at}: ${JSON.stringify(then) ?? 'absent'} -> ${JSON.stringify(replayed) ?? 'absent'}`;
}

async function stored(id: string): Promise<DecisionRecord> {
  return withStore(async ({ connection }) => {
    const record = await decisionRepo(connection, randomIdentifiers).find(id);
    if (record === null) throw new UsageError(`${id}: no such file, and no such decision in the store`);
    return record;
  });
}

const recordShape = z.object({
  id: z.string(),
  listingId: z.string(),
  merchantId: z.string(),
  shopId: z.string(),
  outcome: z.string(),
  provisional: z.boolean(),
  pack: z.string(),
  at: z.int(),
  fingerprint: z.string(),
  answer: z.string(),
  basis: z.string(),
  bodyHash: z.string().nullable(),
});

function recordsIn(file: string, text: string): DecisionRecord[] {
  return readCases(file, text).map(({ value, lineOf }) => {
    const parsed = recordShape.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const pointer = `/${issue?.path.join('/') ?? ''}`;
    return fail(file, lineOf(pointer), `not a stored decision: ${pointer}: ${issue?.message ?? 'unreadable'}`);
  });
}
