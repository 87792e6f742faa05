import type { Instant } from '../time.ts';

/** Everything that can happen in the product, once. A handler subscribes to types of this list. */
export const EVENT_TYPES = [
  'merchant.changed',
  'shop.changed',
  'categories.changed',
  'listing.changed',
  'prices.recorded',
  'decision.made',
  'decision.provisional',
  'verdict.changed',
  'import.accepted',
  'import.finished',
  'key.created',
  'key.revoked',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Whom and what an event is about. Opaque platform identifiers, never personal data. */
export interface Subject {
  readonly merchantId?: string;
  readonly shopId?: string;
  readonly listingId?: string;
  readonly decisionId?: string;
  readonly importId?: string;
  readonly keyId?: string;
}

/** What a command says happened, before it has a place in a stream. `facts` are small, public to the subject's owner. */
export interface EventDraft {
  readonly type: EventType;
  readonly subject: Subject;
  readonly facts?: Readonly<Record<string, string>>;
}

/** An event in its stream. `hash` covers all the rest and the hash before it, so no entry can be changed alone. */
export interface StreamEvent {
  /** `stream#sequence`. */
  readonly id: string;
  readonly stream: string;
  /** 1 for the first event of the stream, without gaps. */
  readonly sequence: number;
  readonly type: EventType;
  readonly subject: Subject;
  readonly facts: Readonly<Record<string, string>>;
  readonly at: Instant;
  /** Salted hash of the document body that the event left behind; the salt stays with the document. */
  readonly bodyHash: string;
  readonly previous: string;
  readonly hash: string;
}

/** The end of a stream: what the next event links to. */
export interface StreamHead {
  readonly sequence: number;
  readonly hash: string;
}
