// Generated from docs/openapi.json. Do not edit.

/** RFC 9457 problem details. 问题详情。 */
export type Problem = {
  /** Address on this service that explains the problem */
  type: string;
  title: string;
  status: number;
  code:
    | 'body_too_large'
    | 'conflict'
    | 'forbidden'
    | 'idempotency_in_flight'
    | 'idempotency_key_reused'
    | 'internal'
    | 'malformed_body'
    | 'method_not_allowed'
    | 'not_acceptable_encoding'
    | 'not_found'
    | 'overloaded'
    | 'precondition_required'
    | 'rate_limited'
    | 'store_unavailable'
    | 'unauthenticated'
    | 'unsupported_media_type'
    | 'validation_failed'
    | 'version_mismatch';
  detail: string;
  requestId: string;
  errors?:
    | {
        in?: 'body' | 'query' | 'path' | 'header' | undefined;
        /** RFC 6901 JSON pointer */
        pointer: string;
        reason: string;
      }[]
    | undefined;
};

export type Operations = Record<never, never>;

export const OPERATIONS = {} as const;
