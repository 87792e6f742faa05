import type { Json } from '../../domain/canonical.ts';
import type { StreamEvent } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { sha256 } from '../../infra/crypto.ts';
import { listingSnapshot, toSnapshot } from '../../wire/listing.ts';
import { type DecisionDeps, makeDecision, type PrecheckRequest } from './commands.ts';
import type { DecisionRecord } from './repo.ts';

/** A provisional decision has one successor, known by name before it exists. */
export function supersedingId(decisionId: string): string {
  return sha256(`final|${decisionId}`).slice(0, 32);
}

/** Judges a provisional decision's listing again, with everything that can be read now. Throws when a store is away. */
export async function completeDecision(deps: DecisionDeps, event: StreamEvent, now: Instant): Promise<void> {
  const { decisionId } = event.subject;
  const provisional = decisionId === undefined ? null : await deps.decisions.find(decisionId);
  if (provisional === null || decisionId === undefined) return;
  const request = requestFrom(supersedingId(decisionId), snapshotIn(provisional), decisionId);
  const history = await deps.loaders.history(request.snapshot, now);
  const made = makeDecision(deps.book, request, { history, notEvaluated: [] }, now);
  await deps.decisions.insert(made.record, made.events);
}

/** A request as it was first made, from the snapshot that was stored. */
export function requestFrom(id: string, wire: Json, supersedes?: string): PrecheckRequest {
  return {
    id,
    snapshot: toSnapshot(listingSnapshot.parse(wire)),
    wire,
    bodyHash: null,
    ...(supersedes === undefined ? {} : { supersedes }),
  };
}

function snapshotIn({ basis }: DecisionRecord): Json {
  const stored: { readonly snapshot?: Json } = JSON.parse(basis);
  return stored.snapshot ?? null;
}
