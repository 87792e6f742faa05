import type { Json } from '../../src/domain/canonical.ts';
import type { StreamEvent } from '../../src/domain/journal/event.ts';
import type { Instant } from '../../src/domain/time.ts';
import { type DecisionDeps, makeDecision } from '../../src/features/decisions/commands.ts';
import { scoreListingJob } from '../../src/features/decisions/jobs.ts';
import { requestFrom } from '../../src/features/decisions/rescore.ts';
import { type ListingDeps, setVerdict } from '../../src/features/listings/commands.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import type { Handler } from '../handler.ts';

export type ScoreDeps = DecisionDeps & ListingDeps;

export function scoreListing(deps: ScoreDeps): Handler {
  return {
    job: scoreListingJob,
    handle: async (event, now) => {
      await rescoreListing(deps, event, now);
    },
  };
}

/**
 * Judges a live listing after something that may change its verdict. Writes only when the verdict is another; a
 * decision made for this event before a crash is found again by its name.
 */
export async function rescoreListing(
  deps: ScoreDeps,
  event: StreamEvent,
  now: Instant,
): Promise<'not_live' | 'same' | 'changed'> {
  const { listingId } = event.subject;
  const listing = listingId === undefined ? null : await deps.listings.find(listingId);
  if (listing === null || listing.body.state !== 'live') return 'not_live';
  const wire: Json = JSON.parse(listing.body.snapshot.text);
  const request = requestFrom(sha256(`rescore|${event.id}`).slice(0, 32), wire);
  const history = await deps.loaders.history(request.snapshot, now);
  const made = makeDecision(deps.book, request, { history, notEvaluated: [] }, now);
  const { verdict } = listing.body;
  if (verdict?.cause === event.id || verdict?.fingerprint === made.record.fingerprint) return 'same';
  const fresh = await deps.decisions.insert(made.record, made.events);
  const record = fresh ? made.record : ((await deps.decisions.find(request.id)) ?? made.record);
  const { outcome, provisional, at, fingerprint } = record;
  const standing = { decisionId: record.id, outcome, provisional, at, fingerprint, cause: event.id };
  return (await setVerdict(deps, listing, standing, now)) ? 'changed' : 'same';
}
