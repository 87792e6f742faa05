import type { Instant } from '../src/domain/time.ts';
import { MINUTE, SECOND } from '../src/domain/time.ts';
import type { JournalEntry, JournalRepo } from '../src/features/journal/repo.ts';
import type { Watermarks } from '../src/infra/mongo/coordination.ts';
import { type Marker, type Markers, markerKey } from '../src/infra/mongo/markers.ts';
import type { EventJob } from '../src/infra/queue/job.ts';
import type { Queues } from '../src/infra/queue/queues.ts';

const WATERMARK = 'sweeper';
const BATCH = 500;
/** An entry younger than this is left to the queue. */
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

interface Unhandled {
  readonly entry: JournalEntry;
  readonly job: EventJob;
  readonly key: string;
  readonly marker: Marker | undefined;
}

/** What makes the queue expendable: Redis may lose everything and each event is handled all the same. */
export function createSweeper({ journal, markers, watermarks, queues, jobs }: SweeperParts): Sweeper {
  const byName = new Map(jobs.map((job) => [job.name, job]));

  async function unhandledOf(entries: readonly JournalEntry[]): Promise<Unhandled[]> {
    const wanted = entries.flatMap((entry) =>
      entry.work.flatMap((name) => {
        const job = byName.get(name);
        return job === undefined ? [] : [{ entry, job, key: markerKey(entry.event.id, name) }];
      }),
    );
    const known = await markers.find(wanted.map(({ key }) => key));
    return wanted
      .map((each) => ({ ...each, marker: known.get(each.key) }))
      .filter(({ marker }) => marker?.done !== true);
  }

  async function enqueueAgain({ entry, job, key, marker }: Unhandled, now: Instant): Promise<boolean> {
    const generation = marker?.generation ?? 0;
    const waited = now - (marker?.since ?? entry.event.at);
    if (waited < Math.min(PATIENCE * 2 ** generation, PATIENCE_MAX)) return false;
    if (await queues.isAlive({ job, payload: entry.event, generation })) return false;
    await queues.enqueue([{ job, payload: entry.event, generation: generation + 1 }]);
    await markers.renew(key, generation + 1, now);
    return true;
  }

  return {
    pass: async (now) => {
      let enqueued = 0;
      let position = await watermarks.read(WATERMARK);
      let unbroken = true;
      for (;;) {
        const entries = await journal.workAfter(position, BATCH);
        const last = entries.at(-1);
        if (last === undefined) return enqueued;
        const unhandled = await unhandledOf(entries);
        for (const each of unhandled) if (await enqueueAgain(each, now)) enqueued += 1;
        const firstOpen = unhandled[0]?.entry.position;
        if (unbroken) await watermarks.raise(WATERMARK, firstOpen === undefined ? last.position : firstOpen - 1);
        unbroken = unbroken && firstOpen === undefined;
        position = last.position;
      }
    },
  };
}
