import { defineEventJob } from '../../infra/queue/job.ts';

/** A provisional decision is made again in full. */
export const completeDecisionJob = defineEventJob({
  name: 'complete-decision',
  on: ['decision.provisional'],
  lane: 'fast',
  attempts: 8,
  backoffMs: 1_000,
});

/** What a live listing says has changed. */
export const scoreListingJob = defineEventJob({
  name: 'score-listing',
  on: ['listing.changed'],
  lane: 'fast',
  attempts: 8,
  backoffMs: 1_000,
});
