import type { EventType, StreamEvent } from '../src/domain/journal/event.ts';
import type { JournalEntry, JournalRepo } from '../src/features/journal/repo.ts';
import type { Outboxes, PendingDocument } from '../src/infra/mongo/outbox.ts';
import type { EventJob } from '../src/infra/queue/job.ts';
import type { Queues } from '../src/infra/queue/queues.ts';

/** Documents of one collection that a pass takes. */
const RELAY_BATCH = 500;

export interface RelayParts {
  readonly outboxes: Outboxes;
  readonly journal: JournalRepo;
  readonly queues: Queues;
  readonly jobs: readonly EventJob[];
}

export interface Relay {
  /**
   * Moves one batch: outbox -> journal -> queue, then clears the outbox. Each step may be repeated after a crash:
   * the journal knows the event, the queue knows the job, the outbox is cleared last. Returns the events moved.
   */
  pass(): Promise<number>;
}

/** Only one relay at a time makes progress; a second one finds its positions taken and reads the tail again. */
export function createRelay({ outboxes, journal, queues, jobs }: RelayParts): Relay {
  const jobsFor = jobsByType(jobs);
  let tail: number | null = null;

  async function record(events: readonly StreamEvent[]): Promise<void> {
    let missing = events;
    for (;;) {
      const start: number = tail ?? (await journal.tail());
      const entries: JournalEntry[] = missing.map((event, index) => ({
        position: start + 1 + index,
        event,
        work: jobsFor(event.type).map((job) => job.name),
      }));
      if (entries.length === 0) return;
      if ((await journal.append(entries)) === 'appended') {
        tail = start + entries.length;
        return;
      }
      tail = null;
      const known = await journal.known(missing.map((event) => event.id));
      missing = missing.filter((event) => !known.has(event.id));
    }
  }

  return {
    pass: async () => {
      const documents = await outboxes.pending(RELAY_BATCH);
      if (documents.length === 0) return 0;
      const events = inOrder(documents);
      await record(events);
      await queues.enqueue(
        events.flatMap((event) => jobsFor(event.type).map((job) => ({ job, payload: event, generation: 0 }))),
      );
      await outboxes.clear(documents);
      return events.length;
    },
  };
}

function jobsByType(jobs: readonly EventJob[]): (type: EventType) => readonly EventJob[] {
  const table = new Map<EventType, EventJob[]>();
  for (const job of jobs) {
    for (const type of job.on) table.set(type, [...(table.get(type) ?? []), job]);
  }
  return (type) => table.get(type) ?? [];
}

/**
 * By time, but never against the order of a stream: the clocks of two processes may differ, so an event counts as no
 * earlier than the one before it in its stream.
 */
function inOrder(documents: readonly PendingDocument[]): StreamEvent[] {
  const placed = documents.flatMap(({ outbox }) => {
    let at = Number.NEGATIVE_INFINITY;
    return outbox.map((event) => {
      at = Math.max(at, event.at);
      return { event, at };
    });
  });
  placed.sort(
    (left, right) =>
      left.at - right.at ||
      (left.event.stream === right.event.stream
        ? left.event.sequence - right.event.sequence
        : left.event.stream < right.event.stream
          ? -1
          : 1),
  );
  return placed.map(({ event }) => event);
}
