import type { Language, Phrase } from './language.ts';
import type { ProblemCode, ProblemField, RequestPart } from './problem.ts';

/** One broken field of a request; `reason` in every language, or in the language of the answer already. */
export interface RequestFault {
  readonly in?: RequestPart;
  readonly pointer: string;
  readonly reason: string | Phrase;
}

/** A request that the kernel refuses, with what goes into the problem's `detail` and the headers that belong to it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: ProblemCode;
  readonly phrase: Phrase;
  readonly faults: readonly RequestFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    phrase: Phrase,
    faults: readonly RequestFault[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(phrase.en);
    this.code = code;
    this.phrase = phrase;
    this.faults = faults;
    this.headers = headers;
  }

  /** The broken fields as a reader of that language gets them. */
  fields(language: Language): ProblemField[] {
    return this.faults.map(({ reason, ...place }) => ({
      ...place,
      reason: typeof reason === 'string' ? reason : reason[language],
    }));
  }
}
