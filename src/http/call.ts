import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from '../domain/canonical.ts';
import type { Instant } from '../domain/time.ts';
import type { Principal } from './auth.ts';
import { bodyHash, commandId, parseIdempotencyKey } from './idempotency.ts';
import { type Language, languageOf } from './language.ts';
import { badHeader, parseDeadline, parseIfMatch } from './preconditions.ts';
import { RequestError } from './request-error.ts';
import type { Call, Route } from './route.ts';

/** One request on its way through the kernel. What costs anything is computed when it is first asked for. */
export class HttpCall implements Call {
  readonly principal: Principal;
  readonly now: Instant;
  readonly requestId: string;
  readonly language: Language;
  readonly idempotencyKey: string | null;
  readonly ifMatch: number | null;
  readonly deadline: Instant | null;
  readonly #route: Route;
  readonly #response: ServerResponse;
  readonly #address: string;
  #content: Json | Buffer | undefined;
  #bodyHash: string | null = null;
  #commandId: string | null = null;
  #signal: AbortSignal | null = null;

  /** Throws RequestError when a header that the route uses is missing or malformed. */
  constructor(
    route: Route,
    principal: Principal,
    now: Instant,
    requestId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const { headers } = request;
    this.principal = principal;
    this.now = now;
    this.requestId = requestId;
    this.language = languageOf(headers['accept-language']);
    this.idempotencyKey = route.idempotency === 'none' ? null : parseIdempotencyKey(one(headers['idempotency-key']));
    this.ifMatch = route.ifMatch === 'none' ? null : parseIfMatch(headers['if-match']);
    this.deadline = route.deadline ? parseDeadline(one(headers['deadline-ms']), now) : null;
    this.#route = route;
    this.#response = response;
    this.#address = `${request.method} ${request.url}`;
    if (route.idempotency === 'required' && this.idempotencyKey === null) {
      throw badHeader('Idempotency-Key', '必填', 'is required');
    }
    if (route.ifMatch === 'required' && this.ifMatch === null) {
      throw new RequestError('precondition_required', { zh: '缺少 If-Match', en: 'If-Match is missing' });
    }
  }

  noteContent(content: Json | Buffer | undefined): void {
    this.#content = content;
  }

  get sent(): Json | null {
    return this.#content === undefined || Buffer.isBuffer(this.#content) ? null : this.#content;
  }

  get bodyHash(): string {
    this.#bodyHash ??= bodyHash(this.#address, this.#content);
    return this.#bodyHash;
  }

  get commandId(): string {
    this.#commandId ??= commandId(
      [this.principal.subject, this.principal.merchantId],
      this.#route.operationId,
      this.idempotencyKey ?? `none ${randomUUID()}`,
    );
    return this.#commandId;
  }

  get signal(): AbortSignal {
    if (this.#signal === null) {
      const controller = new AbortController();
      this.#response.once('close', () => {
        if (!this.#response.writableFinished) controller.abort();
      });
      this.#signal = controller.signal;
    }
    return this.#signal;
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
