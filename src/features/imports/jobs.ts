import { defineEventJob } from '../../infra/queue/job.ts';

export const runImportJob = defineEventJob({
  name: 'run-import',
  on: ['import.accepted'],
  lane: 'bulk',
  attempts: 8,
  backoffMs: 2_000,
});
