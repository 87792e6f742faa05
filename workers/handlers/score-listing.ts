import type { Json } from '../../src/domain/canonical.ts';
import type { StreamEvent } from '../../src/domain/journal/event.ts';
import type { Instant } from '../../src/domain/time.ts';
import { type DecisionDeps, type MadeDecision, makeDecision } from '../../src/features/decisions/commands.ts';
import { scoreListingJob } from '../../src/features/decisions/jobs.ts';
import type { DecisionRecord } from '../../src/features/decisions/repo.ts';
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
  const request = requestFrom(idOf(event.id), wire);
  const history = await deps.loaders.history(request.snapshot, now);
  const decideAs = (id: string) => makeDecision(deps.book, { ...request, id }, { history, notEvaluated: [] }, now);
  const made = decideAs(request.id);
  const { verdict } = listing.body;
  if (verdict?.cause === event.id || verdict?.fingerprint === made.record.fingerprint) return 'same';
  const known = await note(deps, made);
  // Made before a crash, when the prices were others: what holds now is a decision of its own.
  const stale = known.fingerprint !== made.record.fingerprint;
  const record = stale ? await note(deps, decideAs(idOf(`${event.id}|${made.record.fingerprint}`))) : known;
  const { outcome, provisional, at, fingerprint } = record;
  const standing = { decisionId: record.id, outcome, provisional, at, fingerprint, cause: event.id };
  return (await setVerdict(deps, listing, standing, now)) ? 'changed' : 'same';
}

function idOf(cause: string): string {
  return sha256(`rescore|${cause}`).slice(0, 32);
}

/** Writes the decision, or gives the one of that name that is there already. */
async function note(deps: DecisionDeps, { record, events }: MadeDecision): Promise<DecisionRecord> {
  const fresh = await deps.decisions.insert(record, events);
  return fresh ? record : ((await deps.decisions.find(record.id)) ?? record);
}
