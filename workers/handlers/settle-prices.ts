import { type PriceDeps, settleCarry } from '../../src/features/prices/commands.ts';
import { settlePricesJob } from '../../src/features/prices/jobs.ts';
import type { Handler } from '../handler.ts';
import { rescoreListing, type ScoreDeps } from './score-listing.ts';

export function settlePrices(deps: PriceDeps & ScoreDeps): Handler {
  return {
    job: settlePricesJob,
    handle: async (event, now) => {
      const { subject, facts } = event;
      if (subject.listingId === undefined || facts.month === undefined) return;
      await settleCarry(deps, subject.listingId, facts.month, now);
      await rescoreListing(deps, event, now);
    },
  };
}
