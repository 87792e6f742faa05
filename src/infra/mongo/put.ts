import { setTimeout as pause } from 'node:timers/promises';
import { TouchstoneError } from '../../domain/errors.ts';
import type { EventDraft } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { type AggregateStore, bodyText, type Stored } from './aggregate.ts';

/** How often a write without a stated version is tried against concurrent writers of the same document. */
const ATTEMPTS = 12;
/** Writers that met one another come back at different times, each time further apart, ms. */
const APART_MS = 4;

export type PutOutcome = 'created' | 'updated' | 'unchanged';

export interface Put<Body> {
  readonly store: AggregateStore<Body>;
  readonly id: string;
  /** The version that the caller saw; absent when the feed simply states what holds. */
  readonly expectedVersion?: number;
  readonly now: Instant;
  /** The body to store, given what is there. Throws to refuse. */
  readonly next: (current: Stored<Body> | null) => Body;
  readonly event: (body: Body) => EventDraft;
}

/** States what holds. The same body again writes nothing and causes nothing. */
export function put<Body>(request: Put<Body>): Promise<{ stored: Stored<Body>; outcome: PutOutcome }> {
  return inTurn(request.store, request.id, () => putAgain(request));
}

const waiting = new WeakMap<object, Map<string, Promise<unknown>>>();

/** One writer of a document at a time in this process, in the order in which they came. */
async function inTurn<Result>(store: object, id: string, work: () => Promise<Result>): Promise<Result> {
  const lines = waiting.get(store) ?? new Map<string, Promise<unknown>>();
  waiting.set(store, lines);
  const before = lines.get(id);
  const mine = before === undefined ? work() : before.then(work, work);
  lines.set(id, mine);
  try {
    return await mine;
  } finally {
    if (lines.get(id) === mine) lines.delete(id);
  }
}

/** Writers in other processes may still come first. */
async function putAgain<Body>(request: Put<Body>): Promise<{ stored: Stored<Body>; outcome: PutOutcome }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await putOnce(request);
    } catch (error) {
      const raced = error instanceof TouchstoneError && error.code === 'conflict';
      if (!raced || (request.expectedVersion === undefined && attempt === ATTEMPTS)) throw error;
      await pause(Math.random() * APART_MS * 2 ** Math.min(attempt, 6));
    }
  }
}

async function putOnce<Body>(request: Put<Body>): Promise<{ stored: Stored<Body>; outcome: PutOutcome }> {
  const { store, id, expectedVersion, now } = request;
  const previous = await store.find(id);
  if (expectedVersion !== undefined && expectedVersion !== (previous?.version ?? 0)) {
    const version = previous?.version ?? 0;
    const detail = { zh: `当前版本为 ${version}`, en: `the current version is ${version}` };
    throw new TouchstoneError('version_mismatch', detail);
  }
  const body = request.next(previous);
  if (previous !== null && bodyText(previous.body) === bodyText(body))
    return { stored: previous, outcome: 'unchanged' };
  const stored = await store.save({ id, previous, body, events: [request.event(body)], at: now });
  return { stored, outcome: previous === null ? 'created' : 'updated' };
}
