import { nearestDouble } from './bson/number.ts';
import { BsonType, field, itemsOf, type Value } from './bson/value.ts';
import { ServerError } from './errors.ts';

/** What a fail point does to the commands that it names. */
export interface Failure {
  readonly commands: ReadonlySet<string>;
  readonly errorCode: number | undefined;
  readonly closesConnection: boolean;
  readonly labels: readonly string[];
  /** Added to the answer of a command that is carried out all the same. */
  readonly writeConcernError: Value | undefined;
}

/** The one fail point of a server that was started for tests of drivers: `failCommand`. */
export class FailPoint {
  #failure: Failure | undefined;
  #left = 0;

  /** Throws code 9 for a fail point or mode that is not known. */
  configure(name: string, mode: Value | undefined, data: Value | undefined): void {
    if (name !== 'failCommand') throw new ServerError(9, `There is no fail point ${name}`);
    this.#left = timesOf(mode);
    this.#failure = this.#left > 0 && data !== undefined ? failureOf(data) : undefined;
  }

  /** What happens to this command, once. */
  take(command: string): Failure | undefined {
    if (this.#failure === undefined || !this.#failure.commands.has(command) || this.#left <= 0) return undefined;
    this.#left -= 1;
    return this.#failure;
  }
}

function timesOf(mode: Value | undefined): number {
  if (mode?.type === BsonType.string && mode.asString() === 'alwaysOn') return Number.POSITIVE_INFINITY;
  if (mode?.type === BsonType.string && mode.asString() === 'off') return 0;
  const times = mode?.type === BsonType.object ? field(mode, 'times') : undefined;
  if (times?.isNumber) return nearestDouble(times);
  throw new ServerError(9, 'The mode of a fail point is alwaysOn, off or { times: n }');
}

function failureOf(data: Value): Failure {
  const texts = (name: string) => {
    const list = field(data, name);
    return list?.type === BsonType.array ? itemsOf(list).map((item) => item.asString()) : [];
  };
  const code = field(data, 'errorCode');
  const closes = field(data, 'closeConnection');
  return {
    commands: new Set(texts('failCommands')),
    errorCode: code?.isNumber ? nearestDouble(code) : undefined,
    closesConnection: closes?.type === BsonType.boolean && closes.asBoolean(),
    labels: texts('errorLabels'),
    writeConcernError: field(data, 'writeConcernError')?.copy(),
  };
}

/** The connection ends without an answer. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}
