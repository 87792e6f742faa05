import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { TouchstoneError } from '../domain/errors.ts';
import { formatMajor } from '../domain/money.ts';
import { explainVerdict } from '../domain/price/explain-verdict.ts';
import { judgeClaim, withoutPolicy } from '../domain/price/judge.ts';
import type { PricePolicySet } from '../domain/price/policy.ts';
import type { PriceVerdict } from '../domain/price/verdict.ts';
import type { Bilingual } from '../domain/signal.ts';
import { PackError, type RulesFile } from '../engine/pack-source.ts';
import { parsePricePolicies } from '../engine/price-policies.ts';
import { type JsonCase, readCases } from './json-cases.ts';
import { note, UsageError, writeJsonLine } from './output.ts';
import { type PriceCase, readPriceCase } from './price-case.ts';

function policyDirectory(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'rules', 'policies', 'price');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) throw new UsageError('rules/policies/price: no such folder above the program');
  }
}

async function readPolicies(): Promise<PricePolicySet> {
  const folder = policyDirectory();
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const files = names.map(async (name): Promise<RulesFile> => {
    const path = join(folder, name);
    return { path: relative(process.cwd(), path), text: await readFile(path, 'utf8') };
  });
  try {
    return parsePricePolicies(await Promise.all(files)).policies;
  } catch (error) {
    throw error instanceof PackError ? new UsageError(error.message) : error;
  }
}

/** The cap in major units, as a number where the case wrote its amounts as numbers. */
function capOf(verdict: PriceVerdict, one: PriceCase): number | string | null {
  if (verdict.cap === null || one.status !== 'ready') return null;
  const text = formatMajor(verdict.cap, one.input.currency, one.amounts === 'number');
  return one.amounts === 'number' ? Number(text) : text;
}

function wordsOf(verdict: PriceVerdict, one: PriceCase): Bilingual {
  const { currency, zone } =
    one.status === 'ready'
      ? { currency: one.input.currency, zone: one.input.policy.zone }
      : { currency: 'USD', zone: 'UTC' };
  return {
    zh: explainVerdict(verdict, 'zh', currency, zone),
    en: explainVerdict(verdict, 'en', currency, zone),
  };
}

function answer(one: PriceCase) {
  const verdict = one.status === 'ready' ? judgeClaim(one.input) : withoutPolicy(one.lookup);
  const words = wordsOf(verdict, one);
  return {
    id: one.id,
    verdict: verdict.verdict,
    cap: capOf(verdict, one),
    article: verdict.article,
    evidence: verdict.evidence,
    basis: verdict.basis,
    findings: verdict.findings.map(({ code }) => code),
    explain: words,
    ...(one.status === 'no_policy' ? { note: words } : {}),
  };
}

function complaints(file: string, one: JsonCase, error: TouchstoneError): string[] {
  const fields = error.fields.length > 0 ? error.fields : [{ pointer: '', reason: error.message }];
  return fields.map(({ pointer, reason }) => {
    const line = one.lineOf(pointer);
    const place = pointer === '' ? `case ${one.index}` : `case ${one.index} ${pointer}`;
    return `${file}${line === undefined ? '' : `:${line}`}: ${place}: ${reason}`;
  });
}

function mentionUnused(file: string, one: JsonCase, pointers: readonly string[]): void {
  for (const pointer of pointers) note(`${file}: case ${one.index}: ${pointer} is not used`);
}

async function checkPrice(file: string): Promise<void> {
  const policies = await readPolicies();
  const problems: string[] = [];
  for (const one of readCases(file, await readFile(file, 'utf8'))) {
    try {
      const read = readPriceCase(one.value, policies);
      if (read.status === 'ready') mentionUnused(file, one, read.unused);
      await writeJsonLine(answer(read));
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      problems.push(...complaints(file, one, error));
    }
  }
  if (problems.length === 0) return;
  for (const problem of problems) note(problem);
  throw new UsageError(`${file}: ${problems.length} broken field(s); the other cases were judged`);
}

/** Adds `check price`: the price law's verdict on each case of a file, one line a case. */
export function registerCheckPrice(program: Command): void {
  const check = program.commands.find((command) => command.name() === 'check') ?? program.command('check');
  check.description('Judge cases from a file with the pure rules · 用规则判定文件中的案例');
  check
    .command('price')
    .description('Verdicts of the price law, one line a case · 价格规则判定,每案一行')
    .requiredOption('--in <file>', 'cases: a JSON list, or one JSON object a line · 案例文件')
    .option('--json', 'accepted for uniformity: the output is JSON lines anyway · 输出总为 JSON 行')
    .action((options: { readonly in: string }) => checkPrice(options.in));
}
