import type { Instant } from '../src/domain/time.ts';
import { MINUTE, SECOND } from '../src/domain/time.ts';
import type { JournalEntry, JournalRepo } from '../src/features/journal/repo.ts';
import type { Watermarks } from '../src/infra/mongo/coordination.ts';
import { type Marker, type Markers, markerKey } from '../src/infra/mongo/markers.ts';
import type { EventJob } from '../src/infra/queue/job.ts';
import type { Queues } from '../src/infra/queue/queues.ts';

const WATERMARK = 'sweeper';
const BATCH = 500;
/** Entries that one pass looks at, so that a pass over a long backlog takes no longer than one over a short one. */
const BATCHES_A_PASS = 20;
/** An entry younger than this is left to the queue; so is one that was enqueued again, each time for twice as long. */
const PATIENCE = 15 * SECOND;
const PATIENCE_MAX = 30 * MINUTE;

export interface SweeperParts {
  readonly journal: JournalRepo;
  readonly markers: Markers;
  readonly watermarks: Watermarks;
  readonly queues: Queues;
  readonly jobs: readonly EventJob[];
}

export interface Sweeper {
  /** Enqueues again what is journalled, unmarked and no longer in the queue. Returns how many it enqueued. */
  pass(now: Instant): Promise<number>;
}

/** One job that an event still waits for. */
interface Unhandled {
  readonly entry: JournalEntry;
  readonly job: EventJob;
  readonly key: string;
  readonly generation: number;
}

/**
 * What makes the queue expendable: Redis may lose everything and each event is handled all the same. Entries up to the
 * watermark are handled, or were enqueued again and have a marker that says when they are due to be looked at next; so
 * neither a long history nor a job that never succeeds makes a pass longer.
 */
export function createSweeper({ journal, markers, watermarks, queues, jobs }: SweeperParts): Sweeper {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  /** Where the last pass stopped before the end of the journal. */
  let resumeAt: number | null = null;

  /** Enqueues again those that the queue has lost or given up, and returns them. */
  async function enqueueLost(candidates: readonly Unhandled[], now: Instant): Promise<readonly Unhandled[]> {
    if (candidates.length === 0) return [];
    const alive = await queues.alive(
      candidates.map(({ entry, job, generation }) => ({ job, payload: entry.event, generation })),
    );
    const lost = candidates.filter((_, index) => alive[index] !== true);
    const next = lost.map((each) => ({ ...each, generation: each.generation + 1 }));
    await queues.enqueue(next.map(({ entry, job, generation }) => ({ job, payload: entry.event, generation })));
    await markers.renew(
      next.map(({ key, entry, job, generation }) => ({
        key,
        position: entry.position,
        job: job.name,
        generation,
        dueAt: now + patience(generation),
      })),
    );
    return lost;
  }

  /** Jobs that were enqueued again and whose time is up. */
  async function sweepDue(now: Instant): Promise<number> {
    const due = await markers.due(now, BATCH);
    const entries = new Map(
      (await journal.at(due.map(({ position }) => position))).map((each) => [each.position, each]),
    );
    const candidates = due.flatMap(({ key, position, job: name, generation }): Unhandled[] => {
      const [entry, job] = [entries.get(position), byName.get(name)];
      return entry === undefined || job === undefined ? [] : [{ entry, job, key, generation }];
    });
    const lost = new Set((await enqueueLost(candidates, now)).map(({ key }) => key));
    const others = due.filter(({ key }) => !lost.has(key));
    await markers.renew(others.map((each) => ({ ...each, dueAt: now + patience(each.generation) })));
    return lost.size;
  }

  function unmarkedOf(entries: readonly JournalEntry[], known: ReadonlyMap<string, Marker>): Unhandled[] {
    return entries.flatMap((entry) =>
      entry.work.flatMap((name) => {
        const job = byName.get(name);
        const key = markerKey(entry.event.id, name);
        return job === undefined || known.has(key) ? [] : [{ entry, job, key, generation: 0 }];
      }),
    );
  }

  /** Jobs of which nothing is known but that their event is in the journal. */
  async function sweepNew(now: Instant): Promise<number> {
    let position = resumeAt ?? (await watermarks.read(WATERMARK));
    let unbroken = resumeAt === null;
    let enqueued = 0;
    for (let batch = 0; batch < BATCHES_A_PASS; batch += 1) {
      const entries = await journal.workAfter(position, BATCH);
      const last = entries.at(-1);
      if (last === undefined) {
        resumeAt = null;
        return enqueued;
      }
      const keys = entries.flatMap(({ event, work }) => work.map((name) => markerKey(event.id, name)));
      const unmarked = unmarkedOf(entries, await markers.find(keys));
      const overdue = unmarked.filter(({ entry }) => now - entry.event.at >= patience(0));
      enqueued += (await enqueueLost(overdue, now)).length;
      const open = unmarked[0]?.entry.position;
      if (unbroken) await watermarks.raise(WATERMARK, open === undefined ? last.position : open - 1);
      unbroken = unbroken && open === undefined;
      position = last.position;
    }
    resumeAt = position;
    return enqueued;
  }

  return { pass: async (now) => (await sweepDue(now)) + (await sweepNew(now)) };
}

function patience(generation: number): number {
  return Math.min(PATIENCE * 2 ** generation, PATIENCE_MAX);
}
