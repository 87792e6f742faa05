import type { Problem } from './api.ts';

/** The types of one operation, as `api.ts` declares them. */
interface OperationTypes {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly response: unknown;
}

/** How one operation is sent, as the table of `api.ts` has it. */
export interface Operation {
  readonly method: string;
  /** `/v1/listings/{id}` */
  readonly path: string;
  readonly format: 'none' | 'json' | 'ndjson';
  /** Takes an Idempotency-Key. */
  readonly idempotent: boolean;
}

export interface ClientOptions {
  /** Origin of the service, without a trailing slash. */
  readonly baseUrl: string;
  /** `ts_<id>.<secret>`; null for public operations only. */
  readonly apiKey: string | null;
  readonly language?: 'zh' | 'en';
  /** Per attempt. Default 10,000. */
  readonly timeoutMs?: number;
  /** Attempts in all on 429, 503 and lost connections. Default 4. */
  readonly attempts?: number;
  readonly fetch?: typeof fetch;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

export interface RequestOptions {
  /** Made up for operations that take one, when absent. */
  readonly idempotencyKey?: string;
  /** ETag of the version that was read. */
  readonly ifMatch?: string;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Path, query and body of an operation in one value; parts that it does not have are left out. */
export type Input<T extends OperationTypes> = Given<Pick<T, 'params' | 'query' | 'body'>>;

type Given<Parts> = {
  readonly [Part in keyof Parts as Parts[Part] extends undefined
    ? never
    : Partial<Parts[Part]> extends Parts[Part]
      ? never
      : Part]: Parts[Part];
} & {
  readonly [Part in keyof Parts as Parts[Part] extends undefined ? never : Part]?: Parts[Part];
};

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly etag: string | null;
  readonly requestId: string | null;
}

/** The operations that answer with a page. */
type Paged<Operations> = {
  [Id in keyof Operations]: Operations[Id] extends { response: Page } ? Id : never;
}[keyof Operations];

type ItemOf<T extends OperationTypes> = T['response'] extends { items: readonly (infer Item)[] } ? Item : never;

interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

export interface Client<Operations extends Record<keyof Operations, OperationTypes>> {
  /** Rejects with ProblemError when the service refuses, with the last failure when it cannot be reached. */
  call<Id extends keyof Operations>(
    id: Id,
    input: Input<Operations[Id]>,
    options?: RequestOptions,
  ): Promise<Answer<Operations[Id]['response']>>;
  /** Every item of a list, page after page. */
  items<Id extends Paged<Operations>>(
    id: Id,
    input: Input<Operations[Id]>,
    options?: RequestOptions,
  ): AsyncGenerator<ItemOf<Operations[Id]>>;
}

/** The service refused a request; `problem` is what it said. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

type Values = Readonly<Record<string, unknown>>;

interface UntypedInput {
  readonly params?: Values;
  readonly query?: Values;
  readonly body?: unknown;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
const sleepFor = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A client of a Touchstone service: `createClient<Operations>(OPERATIONS, options)` with both from `api.ts`. */
export function createClient<Operations extends Record<keyof Operations, OperationTypes>>(
  operations: Readonly<Record<keyof Operations, Operation>>,
  options: ClientOptions,
): Client<Operations> {
  const send = (id: keyof Operations, input: UntypedInput, request: RequestOptions = {}): Promise<Answer<unknown>> =>
    attempt(options, operations[id], input, request);
  return {
    // The types are generated from the document that the service checks its answers against.
    call: (id, input, request) => send(id, input, request) as Promise<Answer<never>>,
    async *items(id, input: UntypedInput, request) {
      let cursor: string | null = null;
      do {
        const query: Values = cursor === null ? { ...input.query } : { ...input.query, cursor };
        const { body } = await send(id, { ...input, query }, request);
        if (!isPage(body)) throw new TypeError(`${String(id)} did not answer with a page`);
        yield* body.items as never[];
        cursor = body.next;
      } while (cursor !== null);
    },
  };
}

function isPage(body: unknown): body is Page {
  return typeof body === 'object' && body !== null && 'items' in body && Array.isArray(body.items) && 'next' in body;
}

/** Sends until an answer is final. Every attempt carries the same Idempotency-Key, so repeats take effect once. */
async function attempt(
  options: ClientOptions,
  operation: Operation,
  input: UntypedInput,
  request: RequestOptions,
): Promise<Answer<unknown>> {
  const { attempts = DEFAULT_ATTEMPTS, timeoutMs = DEFAULT_TIMEOUT_MS, sleep = sleepFor } = options;
  const url = options.baseUrl + pathOf(operation.path, input.params ?? {}) + queryOf(input.query ?? {});
  const headers = headersOf(options, operation, request);
  const body = bodyOf(operation, input.body);
  const mayRepeat = operation.method !== 'POST' || operation.idempotent;
  for (let count = 1; ; count += 1) {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - 1));
    const last = count >= attempts || !mayRepeat;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    let response: Response;
    try {
      response = await (options.fetch ?? fetch)(url, { method: operation.method, headers, body, signal });
    } catch (error) {
      if (last || request.signal?.aborted === true) throw error;
      await sleep(pause);
      continue;
    }
    if (response.ok || response.status === 304) return answerOf(response);
    // A 429 was refused before anything happened, so it may be repeated without a key.
    const repeatable = response.status === 429 ? count < attempts : response.status === 503 && !last;
    if (!repeatable) throw new ProblemError(await problemOf(response));
    await response.body?.cancel();
    const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
    await sleep(Number.isFinite(seconds) ? Math.min(LONGEST_PAUSE_MS, seconds * 1_000) : pause);
  }
}

function pathOf(template: string, params: Values): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')));
}

function queryOf(query: Values): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function headersOf(options: ClientOptions, operation: Operation, request: RequestOptions): Headers {
  const headers = new Headers(request.headers);
  const set = (name: string, value: string | null | undefined): void => {
    if (value !== undefined && value !== null) headers.set(name, value);
  };
  set('Authorization', options.apiKey === null ? null : `Bearer ${options.apiKey}`);
  set('Accept-Language', options.language);
  set('If-Match', request.ifMatch);
  set('Deadline-Ms', request.deadlineMs?.toString());
  if (operation.format !== 'none') {
    set('Content-Type', operation.format === 'ndjson' ? 'application/x-ndjson' : 'application/json');
  }
  if (operation.idempotent) set('Idempotency-Key', request.idempotencyKey ?? crypto.randomUUID());
  return headers;
}

function bodyOf(operation: Operation, body: unknown): string | null {
  if (operation.format === 'none') return null;
  if (operation.format === 'json') return JSON.stringify(body);
  return Array.isArray(body) ? body.map((row) => `${JSON.stringify(row)}\n`).join('') : '';
}

async function answerOf(response: Response): Promise<Answer<unknown>> {
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const { status, headers } = response;
  return { status, body, etag: headers.get('ETag'), requestId: headers.get('X-Request-Id') };
}

/** What the service said, or, when something between here and there answered, a problem that says so. */
async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  if ((response.headers.get('Content-Type') ?? '').startsWith('application/problem+json')) {
    const problem: Problem = JSON.parse(text);
    return problem;
  }
  const { status, headers } = response;
  const detail = `the answer is not from the service: ${text.slice(0, 200)}`;
  const requestId = headers.get('X-Request-Id') ?? '';
  return { type: 'about:blank', title: response.statusText, status, code: 'internal', detail, requestId };
}
