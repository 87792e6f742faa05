/**
 * The closed set of failures that the product reports. Each code is mapped once, in `src/http/problem.ts`,
 * to a problem type and a status; nothing below the HTTP layer knows a status number.
 */
export type ErrorCode =
  | 'validation_failed'
  | 'malformed_body'
  | 'unsupported_media_type'
  | 'body_too_large'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'version_mismatch'
  | 'precondition_required'
  | 'idempotency_key_reused'
  | 'idempotency_in_flight'
  | 'rate_limited'
  | 'store_unavailable'
  | 'overloaded'
  | 'internal';

/** One broken field. `pointer` is an RFC 6901 JSON pointer into the input, `''` for the whole of it. */
export interface FieldError {
  readonly pointer: string;
  readonly reason: string;
  /** The reason for readers of Chinese; absent where only the English one exists. */
  readonly zh?: string;
}

/** A failure with a code of the closed set. `detail` is safe to show to the caller; the message is its English text. */
export class TouchstoneError extends Error {
  override readonly name = 'TouchstoneError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  /** The detail for readers of Chinese; null where only the English one exists. */
  readonly zh: string | null;

  constructor(
    code: ErrorCode,
    detail: string | { readonly zh: string; readonly en: string },
    fields: readonly FieldError[] = [],
  ) {
    super(typeof detail === 'string' ? detail : detail.en);
    this.zh = typeof detail === 'string' ? null : detail.zh;
    this.code = code;
    this.fields = fields;
  }
}
