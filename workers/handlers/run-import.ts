import { TouchstoneError } from '../../src/domain/errors.ts';
import type { Instant } from '../../src/domain/time.ts';
import { type RowResult, runImport } from '../../src/features/imports/commands.ts';
import { runImportJob } from '../../src/features/imports/jobs.ts';
import type { ImportBody, PendingRow } from '../../src/features/imports/repo.ts';
import { type ListingDeps, putRow } from '../../src/features/listings/commands.ts';
import type { AggregateStore } from '../../src/infra/mongo/aggregate.ts';
import { listingRow } from '../../src/wire/listing.ts';
import type { Handler } from '../handler.ts';

export interface ImportDeps extends ListingDeps {
  readonly imports: AggregateStore<ImportBody>;
}

export function workOffImport(deps: ImportDeps): Handler {
  return {
    job: runImportJob,
    handle: async ({ subject }, now) => {
      if (subject.importId === undefined) return;
      await runImport(deps.imports, subject.importId, (row) => tryRow(deps, row, now), now);
    },
  };
}

async function tryRow(deps: ImportDeps, { line, text }: PendingRow, now: Instant): Promise<RowResult> {
  try {
    const { outcome } = await putRow(deps, listingRow.parse(JSON.parse(text)), null, now);
    return { outcome };
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.code !== 'validation_failed') throw error;
    return { errors: error.fields.map((field) => ({ line, ...field })) };
  }
}
