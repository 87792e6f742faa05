import { canonicalJson } from '../canonical.ts';
import type { Instant } from '../time.ts';
import type { EventDraft, StreamEvent, StreamHead } from './event.ts';

/** Hex SHA-256 of a text. Passed in, because the core imports nothing. */
export type Sha256 = (text: string) => string;

/** What the first event of a stream links to. */
export const STREAM_START: StreamHead = { sequence: 0, hash: '' };

/** Places drafts at the end of a stream. */
export function appendEvents(
  stream: string,
  head: StreamHead,
  drafts: readonly EventDraft[],
  at: Instant,
  bodyHash: string,
  sha256: Sha256,
): { events: StreamEvent[]; head: StreamHead } {
  const events: StreamEvent[] = [];
  let end = head;
  for (const draft of drafts) {
    const sequence = end.sequence + 1;
    const content = {
      stream,
      sequence,
      type: draft.type,
      subject: draft.subject,
      facts: draft.facts ?? {},
      at,
      bodyHash,
    };
    const hash = sha256(chainText({ ...content, previous: end.hash }));
    events.push({ id: `${stream}#${sequence}`, ...content, previous: end.hash, hash });
    end = { sequence, hash };
  }
  return { events, head: end };
}

export type ChainBreak = 'sequence' | 'link' | 'content';

/** The first thing wrong with `event` as the successor of `head`, or null. */
export function checkLink(head: StreamHead, event: StreamEvent, sha256: Sha256): ChainBreak | null {
  if (event.sequence !== head.sequence + 1) return 'sequence';
  if (event.previous !== head.hash) return 'link';
  return sha256(chainText(event)) === event.hash ? null : 'content';
}

function chainText(event: Omit<StreamEvent, 'id' | 'hash'>): string {
  const { stream, sequence, type, subject, facts, at, bodyHash, previous } = event;
  return canonicalJson({ stream, sequence, type, subject: { ...subject }, facts, at, bodyHash, previous });
}
