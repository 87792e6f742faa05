import { ServerError } from './errors.ts';

/** The time that a command may work, as `maxTimeMS` gives it. Between the batches of a cursor it stands still. */
export class TimeLimit {
  readonly #now: () => number;
  #left: number;
  #deadline: number;

  /** `milliseconds` from now, as `now` tells it. */
  constructor(milliseconds: number, now: () => number) {
    this.#now = now;
    this.#left = milliseconds;
    this.#deadline = now() + milliseconds;
  }

  resume(): void {
    this.#deadline = this.#now() + this.#left;
  }

  suspend(): void {
    this.#left = Math.max(0, this.#deadline - this.#now());
  }

  /** Throws code 50 when the time is over. */
  check(): void {
    if (this.#now() > this.#deadline) throw new ServerError(50, 'operation exceeded time limit');
  }
}
