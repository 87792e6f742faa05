import type { Phrase } from './language.ts';
import type { ProblemCode, ProblemField } from './problem.ts';

/** A request that the kernel refuses, with what goes into the problem's `detail` and the headers that belong to it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: ProblemCode;
  readonly phrase: Phrase;
  readonly fields: readonly ProblemField[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    phrase: Phrase,
    fields: readonly ProblemField[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(phrase.en);
    this.code = code;
    this.phrase = phrase;
    this.fields = fields;
    this.headers = headers;
  }
}
