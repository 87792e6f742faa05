/** Text for people, always in both languages. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** What a signal may hold. Money is minor units, counts are integers, rates are basis points: all `bigint`. */
export type SignalContent = bigint | boolean | string | readonly string[];

/** One measured fact with the ids of the records it rests on, or the reason why it is not known. */
export type SignalValue =
  | { readonly known: true; readonly value: SignalContent; readonly evidence: readonly string[] }
  | { readonly known: false; readonly resolve: Bilingual };

export function known(value: SignalContent, evidence: readonly string[] = []): SignalValue {
  return { known: true, value, evidence };
}

/** `resolve` says what would make the value known. */
export function unknown(resolve: Bilingual): SignalValue {
  return { known: false, resolve };
}
