import type { StreamEvent } from '../src/domain/journal/event.ts';
import type { Instant } from '../src/domain/time.ts';
import type { EventJob } from '../src/infra/queue/job.ts';

/**
 * What one job does with an event. It may run more than once and at the same time as itself, so it converges: what it
 * creates has an identifier derived from the event, what it changes keeps the event beside the version.
 */
export interface Handler {
  readonly job: EventJob;
  readonly handle: (event: StreamEvent, now: Instant) => Promise<void>;
}
