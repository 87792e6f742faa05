import { basename, join, relative } from 'node:path';
import type { Command } from 'commander';
import { runGoldenCases } from '../engine/golden.ts';
import { loadPack, type Pack } from '../engine/pack.ts';
import { PackError, type RulesFile } from '../engine/pack-source.ts';
import { createRegistry } from '../engine/registry.ts';
import { CLAIMS_SIGNALS } from '../engine/signals/claims.ts';
import { PRICE_CONTEXTS, PRICE_SIGNALS } from '../engine/signals/price.ts';
import { sha256 } from '../infra/crypto.ts';
import { readRules } from '../infra/rules-directory.ts';
import { CheckFailed, UsageError, writeJsonLine, writeLine } from './output.ts';

interface RulesOptions {
  readonly dir: string;
  readonly json?: boolean;
}

/** `touchstone rules lint` and `touchstone rules test`. */
export function registerRules(program: Command): void {
  const rules = program.command('rules').description('check rule packs · 检查规则包');
  for (const { name, description, run } of COMMANDS) {
    rules
      .command(name)
      .description(description)
      .option('--dir <directory>', 'directory that holds packs/, policies/ and cases/', 'rules')
      .option('--json', 'one JSON value a line')
      .action(run);
  }
}

const COMMANDS = [
  { name: 'lint', description: 'parse and type-check every pack · 校验规则包', run: lint },
  { name: 'test', description: 'run the golden cases · 运行示例用例', run: test },
];

async function lint({ dir, json }: RulesOptions): Promise<void> {
  const pack = await packIn(dir);
  const summary = {
    ok: true,
    pack: pack.hash,
    rules: pack.rules.length,
    enabled: pack.active.length,
    laws: pack.laws.size,
  };
  if (json === true) await writeJsonLine(summary);
  else
    await writeLine(`${summary.enabled} of ${summary.rules} rules enabled, ${summary.laws} laws, pack ${summary.pack}`);
}

async function test({ dir, json }: RulesOptions): Promise<void> {
  const pack = await packIn(dir);
  const files = await filesIn(dir, 'cases');
  const { cases, expectations, failures, uncovered } = orUsageError(() => runGoldenCases(pack, files));
  for (const failure of failures) {
    if (json === true) await writeJsonLine({ ok: false, ...failure });
    else await writeLine(`${failure.file}:${failure.line}: ${failure.name}: ${failure.reason}`);
  }
  for (const { rule, lacks } of uncovered) {
    if (json === true) await writeJsonLine({ ok: false, rule, lacks });
    else await writeLine(`${rule}: no case shows ${lacks.join(', ')}`);
  }
  const ok = failures.length === 0 && uncovered.length === 0;
  if (json === true) await writeJsonLine({ ok, pack: pack.hash, cases, expectations, failures: failures.length });
  else await writeLine(`${cases} cases, ${expectations} expectations, ${failures.length} not met`);
  if (!ok) throw new CheckFailed('the rules do not do what their cases say');
}

async function packIn(directory: string): Promise<Pack> {
  const policies = await filesIn(directory, 'policies');
  const files = [
    ...(await filesIn(directory, 'packs')),
    ...policies.filter(({ path }) => basename(path) === 'decision.yaml'),
  ];
  return orUsageError(() =>
    loadPack(files, createRegistry([...PRICE_SIGNALS, ...CLAIMS_SIGNALS], PRICE_CONTEXTS), sha256),
  );
}

/** A pack or case file that is broken is bad input, told with file, line and reason. */
function orUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PackError) throw new UsageError(`broken rules\n${error.message}`);
    throw error;
  }
}

/** Files as the person who gave the directory would name them. */
async function filesIn(directory: string, below: string): Promise<RulesFile[]> {
  const files = await readRules(directory, below);
  return files.map(({ path, text }) => ({ path: join(directory, relative('rules', path)), text }));
}
