/** What a process says when it dies. */
export class Death extends Error {
  override readonly name = 'Death';
}

/**
 * `killed`: from the joint on nothing works any more, as after SIGKILL. `failed`: one operation fails, whether or not
 * it took effect, and the process lives on.
 */
export type Fault = 'killed' | 'failed';

/** Counts the joints between steps and breaks one of them. */
export class Fuse {
  /** Where it broke, null as long as it has not. */
  brokeAt: string | null = null;
  readonly #joint: number;
  readonly #fault: Fault;
  #passed = 0;

  /** `joint` counts from 1 in the order in which joints are reached. */
  constructor(joint: number, fault: Fault) {
    this.#joint = joint;
    this.#fault = fault;
  }

  get dead(): boolean {
    return this.brokeAt !== null && this.#fault === 'killed';
  }

  /** Whether the next joint is the one that breaks. */
  get imminent(): boolean {
    return this.#passed + 1 === this.#joint;
  }

  pass(joint: string): void {
    if (this.dead) throw new Death(`dead since ${this.brokeAt}`);
    this.#passed += 1;
    if (this.#passed !== this.#joint) return;
    this.brokeAt = joint;
    throw new Death(joint);
  }
}

/**
 * The same port, with a joint after every operation and, where an operation takes a list, one in its middle: half of
 * the list has taken effect and the caller never hears of it.
 */
export function breakable<Port extends object>(port: Port, name: string, fuse: Fuse): Port {
  return new Proxy(port, {
    get: (target, key, receiver) => {
      const member: unknown = Reflect.get(target, key, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const joint = `${name}.${String(key)}`;
        if (fuse.dead) throw new Death(`dead since ${fuse.brokeAt}`);
        const [list, ...rest] = args;
        if (Array.isArray(list) && list.length > 1) {
          if (fuse.imminent) await Reflect.apply(member, target, [list.slice(0, list.length / 2), ...rest]);
          fuse.pass(`${joint}, half done`);
        }
        const result: unknown = await Reflect.apply(member, target, args);
        fuse.pass(joint);
        return result;
      };
    },
  });
}
