import { TouchstoneError } from '../domain/errors.ts';
import type { Bilingual, SignalValue } from '../domain/signal.ts';

export type SignalType = 'bool' | 'int' | 'money' | 'bps' | 'string' | 'instant' | 'strings';

/** What a signal describes. A rule of scope `claim` runs once per claim and also sees the listing's signals. */
export const SCOPES = ['listing', 'claim'] as const;

export type Scope = (typeof SCOPES)[number];

/** Scopes whose signals a rule of the given scope may read. */
export const VISIBLE_SCOPES: Readonly<Record<Scope, readonly Scope[]>> = {
  listing: ['listing'],
  claim: ['listing', 'claim'],
};

/** 0 in the snapshot, 1 one cached read, 2 one indexed read, 3 worker only. */
export type Tier = 0 | 1 | 2 | 3;

/** One typed, named, measured fact. Its name is `namespace.fact`, both in camel case. */
export interface SignalDefinition extends Bilingual {
  readonly name: string;
  readonly type: SignalType;
  /**
   * What an `int` counts (`days`, `sales`); two integers of different units are never compared. Money is in minor
   * units of the listing's currency, `bps` in basis points, `instant` in UTC epoch milliseconds: their unit is null.
   */
  readonly unit: string | null;
  readonly scope: Scope;
  /** The loader that can supply it. */
  readonly context: string;
  readonly tier: Tier;
  /** Never shown to the merchant, neither as a value nor through a hint. */
  readonly adversarial: boolean;
  /** The closed set of codes of a `string` signal, with their names for people. */
  readonly codes?: Readonly<Record<string, Bilingual>>;
}

/** Values by signal name. An absent signal is unknown, which is not false. */
export type Signals = Readonly<Record<string, SignalValue | undefined>>;

/** A kind of context that has one loader, and what a person can do when it had nothing to give. */
export interface ContextDefinition extends Bilingual {
  readonly name: string;
}

export interface Registry {
  readonly definitions: readonly SignalDefinition[];
  readonly names: readonly string[];
  find(name: string): SignalDefinition | undefined;
  /** What would make a signal of this context known. */
  resolvedBy(context: string): Bilingual;
}

const NAME = /^[a-z][a-zA-Z0-9]*\.[a-z][a-zA-Z0-9]*$/;

/**
 * The one list of signals that rules may read.
 * Throws `validation_failed` for a malformed or duplicate name, codes on another type than `string`, a unit on another
 * type than `int`, or a context that is not described.
 */
export function createRegistry(
  definitions: readonly SignalDefinition[],
  contexts: readonly ContextDefinition[],
): Registry {
  const byName = new Map<string, SignalDefinition>();
  const contextByName = new Map(contexts.map((context) => [context.name, context]));
  for (const [index, definition] of definitions.entries()) {
    const reason = flaw(definition, byName, contextByName);
    if (reason !== null) {
      throw new TouchstoneError('validation_failed', `Signal ${definition.name}: ${reason}`, [
        { pointer: `/${index}`, reason },
      ]);
    }
    byName.set(definition.name, definition);
  }
  return {
    definitions: [...definitions],
    names: [...byName.keys()],
    find: (name) => byName.get(name),
    resolvedBy: (context) => {
      const found = contextByName.get(context);
      if (found === undefined) throw new TouchstoneError('internal', `No context named ${context}`);
      return { zh: found.zh, en: found.en };
    },
  };
}

function flaw(
  definition: SignalDefinition,
  known: ReadonlyMap<string, SignalDefinition>,
  contexts: ReadonlyMap<string, ContextDefinition>,
): string | null {
  if (!NAME.test(definition.name)) return 'the name is not of the form namespace.fact';
  if (known.has(definition.name)) return 'the name is declared twice';
  if (definition.unit !== null && definition.type !== 'int') return 'only an int has a unit';
  if (definition.codes !== undefined && definition.type !== 'string') return 'only a string has codes';
  if (!contexts.has(definition.context)) return `the context ${definition.context} is not described`;
  return null;
}
