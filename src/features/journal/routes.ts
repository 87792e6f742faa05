import { z } from 'zod';
import { EVENT_TYPES } from '../../domain/journal/event.ts';
import { instantText, integerText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import type { JournalEntry, JournalRepo } from './repo.ts';

const MAX_EVENTS = 1_000;

const eventView = z
  .object({
    position: z.int().meta({ description: 'Grows by one with every event; pass the last one as `after`. 位置' }),
    id: z.string(),
    stream: z.string(),
    sequence: z.int(),
    type: z.enum(EVENT_TYPES),
    subject: z.record(z.string(), z.string()),
    facts: z.record(z.string(), z.string()),
    at: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'Event' });

const eventsView = z.object({ events: z.array(eventView), after: z.int(), more: z.boolean() }).meta({ id: 'Events' });

export function journalRoutes(journal: JournalRepo): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/events',
      operationId: 'listEvents',
      summary: 'What happened after a position, in order',
      description: 'A merchant’s key sees the events about that merchant alone; positions then have gaps.',
      tags: ['events'],
      scope: 'events:read',
      query: z.strictObject({
        after: integerText(0, Number.MAX_SAFE_INTEGER).default(0),
        limit: integerText(1, MAX_EVENTS).default(100),
      }),
      response: eventsView,
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ query: { after, limit }, principal }) => {
        const entries = await journal.after(after, limit + 1, principal.merchantId ?? undefined);
        const events = entries.slice(0, limit).map(viewOf);
        return { body: { events, after: events.at(-1)?.position ?? after, more: entries.length > limit } };
      },
    }),
  ];
}

function viewOf({ position, event }: JournalEntry): z.input<typeof eventView> {
  const { id, stream, sequence, type, subject, facts, at, hash } = event;
  return {
    position,
    id,
    stream,
    sequence,
    type,
    subject: { ...subject },
    facts: { ...facts },
    at: instantText(at),
    hash,
  };
}
