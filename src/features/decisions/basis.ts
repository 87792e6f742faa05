import type { Json } from '../../domain/canonical.ts';
import type { PriceHistory, PriceObservation } from '../../domain/price/observation.ts';
import type { Signals, Subject } from './assess.ts';
import type { Contexts } from './contexts.ts';
import { signalsToJson } from './signals-codec.ts';

/** Counts up whenever a detector measures something differently, so that a replay can tell the two apart. */
export const DETECTOR_VERSION = 'price-2';

export interface BasisParts {
  readonly wire: Json;
  readonly subject: Subject;
  readonly contexts: Contexts;
  readonly signals: Signals;
}

/** Everything that a decision rests on, as JSON text: enough to make the same decision again, and to measure anew. */
export function basisText({ wire, subject, contexts, signals }: BasisParts): string {
  const basis = {
    detector: DETECTOR_VERSION,
    snapshot: wire,
    subject,
    read: { history: contexts.history === null ? null : historyToJson(contexts.history) },
    notEvaluated: contexts.notEvaluated,
    signals: {
      listing: signalsToJson(signals.listing),
      claims: signals.claims.map(signalsToJson),
      verdicts: signals.verdicts.map((verdict) => ({ ...verdict, cap: verdict.cap?.toString() ?? null })),
    },
  };
  return JSON.stringify(basis);
}

function historyToJson({ observations, completeSince, readFrom }: PriceHistory) {
  return { completeSince, readFrom: readFrom ?? null, observations: observations.map(observationToJson) };
}

function observationToJson(observation: PriceObservation) {
  const { price, platformSubsidy, ...rest } = observation;
  return { ...rest, price: price.toString(), platformSubsidy: platformSubsidy.toString() };
}
