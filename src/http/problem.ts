import type { ErrorCode, FieldError } from '../domain/errors.ts';
import type { Language, Phrase } from './language.ts';

export type ProblemCode = ErrorCode | 'method_not_allowed' | 'not_acceptable_encoding';

/** Which part of the request a pointer points into. */
export type RequestPart = 'body' | 'query' | 'path' | 'header';

/** One broken field as sent on the wire. */
export interface ProblemField {
  readonly in?: RequestPart;
  readonly pointer: string;
  readonly reason: string;
}

/** RFC 9457 problem details as sent on the wire. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly ProblemField[];
}

export interface ProblemKind {
  readonly status: number;
  readonly title: Phrase;
  /** What happened and what the caller can do about it. */
  readonly advice: Phrase;
}

function kind(status: number, zh: string, en: string, zhAdvice: string, enAdvice: string): ProblemKind {
  return { status, title: { zh, en }, advice: { zh: zhAdvice, en: enAdvice } };
}

/** Every failure that the API reports: its status, its title, and the page behind its `type`. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  validation_failed: kind(
    422,
    '请求内容不符合要求',
    'The request does not meet its schema',
    '`errors` 逐一列出有问题的字段(JSON 指针)和原因;修改后重新提交。没有写入任何内容。',
    '`errors` names each broken field by JSON pointer with the reason. Correct them and send again; nothing was changed.',
  ),
  malformed_body: kind(
    400,
    '请求体无法解析',
    'The request body cannot be read',
    '请求体不是有效的 JSON 或 NDJSON,或压缩数据不完整;`detail` 给出位置。',
    'The body is not valid JSON or NDJSON, or its compression is broken; `detail` names the position.',
  ),
  not_acceptable_encoding: kind(
    415,
    '不支持的内容编码',
    'The content encoding is not supported',
    '请使用 gzip、deflate、br,或不压缩。',
    'Send the body as gzip, deflate or br, or without compression.',
  ),
  unsupported_media_type: kind(
    415,
    '不支持的内容类型',
    'The content type is not supported',
    '`detail` 给出此接口接受的 Content-Type。',
    '`detail` names the Content-Type that this operation takes.',
  ),
  body_too_large: kind(
    413,
    '请求体过大',
    'The request body is too large',
    '`detail` 给出上限;请拆分为多个请求。',
    '`detail` names the limit; split the content over several requests.',
  ),
  unauthenticated: kind(
    401,
    '需要有效的 API 密钥',
    'A valid API key is required',
    '请以 `Authorization: Bearer ts_...` 发送未过期、未吊销的密钥。',
    'Send a key that is neither expired nor revoked as `Authorization: Bearer ts_...`.',
  ),
  forbidden: kind(
    403,
    '密钥没有此权限',
    'The key lacks the permission',
    '`detail` 给出所需的权限范围;请联系管理员。',
    '`detail` names the scope that is needed; ask an administrator.',
  ),
  not_found: kind(
    404,
    '未找到',
    'Not found',
    '资源不存在,或不属于此密钥的商家。',
    "The resource does not exist, or it does not belong to the key's merchant.",
  ),
  method_not_allowed: kind(
    405,
    '不支持此方法',
    'The method is not supported here',
    '`Allow` 响应头列出此地址支持的方法。',
    'The `Allow` header lists the methods of this address.',
  ),
  conflict: kind(
    409,
    '与当前状态冲突',
    'Conflict with the current state',
    '请重新读取资源的当前状态再决定。',
    'Read the current state of the resource and decide again.',
  ),
  version_mismatch: kind(
    412,
    '版本已变化',
    'The version has changed',
    '资源在读取之后被修改;请重新读取,并以新的 ETag 作为 If-Match 发送。',
    'The resource changed after it was read; read it again and send its new ETag as If-Match.',
  ),
  precondition_required: kind(
    428,
    '需要前置条件',
    'A precondition is required',
    '请以 If-Match 发送所读版本的 ETag。',
    'Send the ETag of the version you read as If-Match.',
  ),
  idempotency_key_reused: kind(
    422,
    '幂等键已用于其他内容',
    'The idempotency key was used with other content',
    '同一 Idempotency-Key 只能重复同一请求;新的请求请使用新的键。',
    'An Idempotency-Key may repeat the same request only; take a new key for a new request.',
  ),
  idempotency_in_flight: kind(
    409,
    '相同请求正在处理',
    'The same request is being handled',
    '使用相同 Idempotency-Key 的请求尚未完成;请稍后重试。',
    'A request with the same Idempotency-Key has not finished; try again shortly.',
  ),
  rate_limited: kind(
    429,
    '请求过于频繁',
    'Too many requests',
    '请等待 `Retry-After` 给出的秒数后重试。',
    'Wait for the seconds that `Retry-After` gives, then try again.',
  ),
  store_unavailable: kind(
    503,
    '存储暂时不可用',
    'A store is unavailable',
    '请稍后以相同的 Idempotency-Key 重试。',
    'Try again shortly with the same Idempotency-Key.',
  ),
  overloaded: kind(
    503,
    '服务繁忙',
    'The service is overloaded',
    '请等待 `Retry-After` 给出的秒数后重试。',
    'Wait for the seconds that `Retry-After` gives, then try again.',
  ),
  internal: kind(
    500,
    '内部错误',
    'Internal error',
    '错误已记录;联系支持时请提供 `requestId`。',
    'The failure was recorded; quote `requestId` when you ask for support.',
  ),
};

export const PROBLEM_CODES = Object.keys(PROBLEMS).filter(isProblemCode).sort();

function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}

/** The stable `type` of a problem: an address on this service that explains it. */
export function problemType(code: ProblemCode): string {
  return `/problems/${code.replaceAll('_', '-')}`;
}

export function codeOfSlug(slug: string): ProblemCode | null {
  const code = slug.replaceAll('-', '_');
  return isProblemCode(code) && problemType(code) === `/problems/${slug}` ? code : null;
}

/** The broken fields that a command names, for a reader of that language. */
export function fieldsIn(fields: readonly FieldError[], language: Language): ProblemField[] {
  return fields.map(({ pointer, reason, zh }) => ({ pointer, reason: language === 'zh' ? (zh ?? reason) : reason }));
}

export function makeProblem(
  code: ProblemCode,
  language: Language,
  requestId: string,
  detail: string,
  errors: readonly ProblemField[] = [],
): Problem {
  const { status, title } = PROBLEMS[code];
  const problem = { type: problemType(code), title: title[language], status, code, detail, requestId };
  return errors.length === 0 ? problem : { ...problem, errors };
}
