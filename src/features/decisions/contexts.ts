import type { ListingSnapshot } from '../../domain/listing.ts';
import type { PriceHistory } from '../../domain/price/observation.ts';
import type { Instant } from '../../domain/time.ts';
import type { Clock } from '../../infra/clock.ts';

/** What a judgement needs beyond the snapshot, each kind with one loader. */
export interface Contexts {
  readonly history: PriceHistory | null;
  /** Kinds that could not be read, by the name that signals give them. */
  readonly notEvaluated: readonly string[];
}

export interface ContextLoaders {
  /** Observations that any applicable policy may look at, and since when they are complete. */
  history(snapshot: ListingSnapshot, now: Instant): Promise<PriceHistory>;
}

export type Timely<Value> = { readonly value: Value } | 'late' | 'failed';

/** Waits for at most `ms`; the work itself goes on. A failure after the wait is nobody's any more. */
export async function within<Value>(work: Promise<Value>, ms: number): Promise<Timely<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), Math.max(0, ms));
  });
  const done = work.then(
    (value): Timely<Value> => ({ value }),
    (): Timely<Value> => 'failed',
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads what can be read until the deadline. A listing without claims needs nothing. */
export async function loadContexts(
  loaders: ContextLoaders,
  snapshot: ListingSnapshot,
  now: Instant,
  deadline: Instant,
  clock: Clock,
): Promise<Contexts> {
  if (snapshot.claims.length === 0) return { history: null, notEvaluated: [] };
  const history = await within(loaders.history(snapshot, now), deadline - clock());
  return typeof history === 'string'
    ? { history: null, notEvaluated: ['price_history'] }
    : { history: history.value, notEvaluated: [] };
}
