import { z } from 'zod';
import { EVENT_TYPES, type EventType, type StreamEvent } from '../../domain/journal/event.ts';

/** Lanes keep short work from waiting behind long work; each is one queue. */
export const LANES = ['fast', 'bulk'] as const;
export type Lane = (typeof LANES)[number];

/** A job is one value. Nothing in it has a default: the queue's own default is a single attempt. */
export interface Job<Payload> {
  readonly name: string;
  readonly lane: Lane;
  readonly payload: z.ZodType<Payload>;
  readonly attempts: number;
  /** First wait before another attempt, ms; doubles each time. */
  readonly backoffMs: number;
  /** What the job is about. Equal keys are one job while the first is queued or failed. */
  readonly key: (payload: Payload) => string;
}

const subject = z.strictObject({
  merchantId: z.string().exactOptional(),
  shopId: z.string().exactOptional(),
  listingId: z.string().exactOptional(),
  decisionId: z.string().exactOptional(),
  importId: z.string().exactOptional(),
  keyId: z.string().exactOptional(),
});

/** An event as it travels through the queue. */
const eventPayload: z.ZodType<StreamEvent> = z.strictObject({
  id: z.string(),
  stream: z.string(),
  sequence: z.int().positive(),
  type: z.enum(EVENT_TYPES),
  subject,
  facts: z.record(z.string(), z.string()),
  at: z.int(),
  bodyHash: z.string(),
  previous: z.string(),
  hash: z.string(),
});

/** A job that the relay enqueues for each event of some types. Its effect happens once however often it runs. */
export interface EventJob extends Job<StreamEvent> {
  readonly on: readonly EventType[];
}

export function defineEventJob(job: Omit<EventJob, 'payload' | 'key'>): EventJob {
  return { ...job, payload: eventPayload, key: (event) => event.id };
}
