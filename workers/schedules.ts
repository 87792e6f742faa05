import type { Logger } from '../src/infra/logger.ts';

/** Something that a worker process does over and over. `lease`: only one process at a time, the one that holds it. */
export interface Schedule {
  readonly name: string;
  readonly everyMs: number;
  readonly lease: boolean;
  /** Returns true when there is more to do at once. */
  readonly run: () => Promise<boolean>;
}

export interface Timers {
  start(): void;
  /** Runs the schedule now, or right after the run under way. */
  wake(name: string): void;
  stop(): Promise<void>;
}

export interface TimerParts {
  readonly schedules: readonly Schedule[];
  /** Whether this process may run the schedule now. */
  readonly mayRun: (schedule: Schedule) => Promise<boolean>;
  readonly logger: Logger;
}

/** Runs each schedule in a loop of its own; a failure is logged and the loop goes on. */
export function createTimers({ schedules, mayRun, logger }: TimerParts): Timers {
  const loops = new Map<string, Loop>();
  return {
    start: () => {
      for (const schedule of schedules) {
        const loop = new Loop(schedule, mayRun, logger);
        loops.set(schedule.name, loop);
        loop.start();
      }
    },
    wake: (name) => loops.get(name)?.wake(),
    stop: async () => {
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  };
}

class Loop {
  readonly #schedule: Schedule;
  readonly #mayRun: TimerParts['mayRun'];
  readonly #logger: Logger;
  #stopped = false;
  #woken = false;
  #rest: (() => void) | null = null;
  #finished: Promise<void> = Promise.resolve();

  constructor(schedule: Schedule, mayRun: TimerParts['mayRun'], logger: Logger) {
    this.#schedule = schedule;
    this.#mayRun = mayRun;
    this.#logger = logger;
  }

  start(): void {
    this.#finished = this.#loop();
  }

  wake(): void {
    this.#woken = true;
    this.#rest?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rest?.();
    await this.#finished;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const more = await this.#once();
      if (!more && !this.#woken && !this.#stopped) await this.#pause();
    }
  }

  async #once(): Promise<boolean> {
    try {
      return (await this.#mayRun(this.#schedule)) && (await this.#schedule.run());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn({ code: 'schedule_failed', schedule: this.#schedule.name, reason }, 'schedule failed');
      return false;
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#schedule.everyMs);
      this.#rest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#rest = null;
  }
}
