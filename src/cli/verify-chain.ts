import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { checkpointRepo } from '../features/journal/checkpoint-repo.ts';
import { journalRepo } from '../features/journal/repo.ts';
import { type ChainReport, verifyChain as verify } from '../features/journal/verify.ts';
import { type CheckpointSigner, keptSigner, signerFrom } from '../infra/checkpoint-key.ts';
import { sha256 } from '../infra/crypto.ts';
import { CheckFailed, UsageError, writeJsonLine, writeLine } from './output.ts';
import { withStore } from './store.ts';

/** `touchstone verify-chain`: reads the whole journal and stops at the first break. */
export function registerVerifyChain(program: Command): void {
  program
    .command('verify-chain')
    .description('Check that the journal is whole and signed · 校验日志链')
    .option('--json', 'one JSON value · 输出 JSON', false)
    .action(verifyChain);
}

async function verifyChain({ json }: { readonly json: boolean }): Promise<void> {
  const report = await withStore(async ({ connection, config }) =>
    verify({
      journal: journalRepo(connection),
      checkpoints: checkpointRepo(connection),
      signer: await signerOf(config),
      sha256,
    }),
  );
  if (json) await writeJsonLine({ ok: report.broken === null, ...report });
  else if (report.broken === null) await writeLine(sentence(report));
  if (report.broken !== null) throw new CheckFailed(`broken at ${report.broken.at}: ${report.broken.reason}`);
}

/** Verifying never makes a key: one that signed nothing would call every signature wrong. */
async function signerOf({ checkpointKey, dataDir }: Config): Promise<CheckpointSigner> {
  if (checkpointKey !== undefined) return signerFrom(checkpointKey);
  try {
    await access(join(dataDir, 'checkpoint-key.pem'));
  } catch {
    throw new UsageError(`the key that signs checkpoints is not in ${dataDir}: set DATA_DIR or CHECKPOINT_KEY`);
  }
  return keptSigner(dataDir);
}

function sentence({ entries, streams, checkpoints, signed }: ChainReport): string {
  return `${entries} entries in ${streams} streams hold together; ${checkpoints} checkpoints sign ${signed} of them`;
}
