import { defineEventJob } from '../../infra/queue/job.ts';

/** Later buckets learn of what arrived late, then the listing's verdict is looked at again. */
export const settlePricesJob = defineEventJob({
  name: 'settle-prices',
  on: ['prices.recorded'],
  lane: 'fast',
  attempts: 8,
  backoffMs: 1_000,
});
