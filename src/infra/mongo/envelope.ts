import { appendEvents, type Sha256, STREAM_START } from '../../domain/journal/chain.ts';
import type { EventDraft, StreamEvent, StreamHead } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';

/**
 * What every changing document carries beside its body, written in the same write.
 * `pending` is there while `outbox` holds events, so that one sparse index finds all that the relay must move.
 */
export interface Envelope {
  readonly version: number;
  readonly head: StreamHead;
  /** Salts the body's hash in the journal, so that erasing the document makes that hash meaningless. */
  readonly salt: string;
  readonly outbox: readonly StreamEvent[];
  readonly pending?: true;
}

export interface Sealing {
  readonly stream: string;
  readonly previous: Envelope | null;
  readonly drafts: readonly EventDraft[];
  /** Canonical text of the body that this write leaves behind. */
  readonly bodyText: string;
  readonly at: Instant;
  readonly salt: string;
  readonly sha256: Sha256;
}

/**
 * The next envelope of a document: one version further, its new events chained and queued behind those that the relay
 * has not moved yet. An event that the relay moved between load and save is queued twice; the journal drops the copy.
 */
export function seal(sealing: Sealing): Envelope {
  const { stream, previous, drafts, bodyText, at, salt, sha256 } = sealing;
  // It goes into the events alone.
  const bodyHash = drafts.length === 0 ? '' : sha256(salt + bodyText);
  const { events, head } = appendEvents(stream, previous?.head ?? STREAM_START, drafts, at, bodyHash, sha256);
  const outbox = [...(previous?.outbox ?? []), ...events];
  return {
    version: (previous?.version ?? 0) + 1,
    head,
    salt,
    outbox,
    ...(outbox.length > 0 ? { pending: true as const } : {}),
  };
}
