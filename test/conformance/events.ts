import type { Document } from 'mongodb';
import type { Observed } from './entities.ts';
import { type MatchContext, Mismatch, match } from './matching.ts';

/** Throws `Mismatch` unless the events of each client are those that a test expects, in order. */
export function checkEvents(
  expectations: readonly Document[],
  observedBy: (client: string) => readonly Observed[],
  context: MatchContext,
): void {
  for (const { client, events, eventType = 'command', ignoreExtraEvents = false } of expectations) {
    const isCommand = (type: string) => type.startsWith('command');
    const observed = observedBy(client).filter(({ type }) => isCommand(type) === (eventType === 'command'));
    const problem = differenceOf(events, observed, context, ignoreExtraEvents);
    if (problem !== undefined) throw problem;
  }
}

/** How observed events differ from the expected ones; undefined when they do not. */
export function differenceOf(
  expected: readonly Document[],
  observed: readonly Observed[],
  context: MatchContext,
  ignoreExtra = false,
): Mismatch | undefined {
  if (ignoreExtra ? observed.length < expected.length : observed.length !== expected.length) {
    const names = observed.map(({ type, event }) => `${type} ${event.commandName ?? ''}`.trim());
    return new Mismatch('events', `are ${names.join(', ') || 'none'}, expected ${expected.length}`);
  }
  for (const [at, description] of expected.entries()) {
    const [type, fields] = Object.entries<Document>(description)[0] ?? ['', {}];
    const seen = observed[at];
    const path = `events[${at}]`;
    if (seen === undefined || seen.type !== type) return new Mismatch(path, `is ${seen?.type}, expected ${type}`);
    try {
      checkFields(fields, seen.event, context, path);
    } catch (error) {
      if (error instanceof Mismatch) return error;
      throw error;
    }
  }
  return undefined;
}

function checkFields(fields: Document, event: Document, context: MatchContext, path: string): void {
  for (const [name, expected] of Object.entries(fields)) {
    if (name === 'hasServiceId' || name === 'hasServerConnectionId') continue;
    match(expected, event[name], context, true, `${path}.${name}`);
  }
}
