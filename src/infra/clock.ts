import type { Instant } from '../domain/time.ts';

/** The only place outside the entry points that reads the time. */
export type Clock = () => Instant;

export const systemClock: Clock = () => Date.now();
