import { setTimeout as pause } from 'node:timers/promises';

export interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly ms: number;
}

/** A client that repeats a request under the same Idempotency-Key until it is acknowledged. */
export interface PersistentClient {
  /** Once, whatever comes of it; status 0 when nobody answers. */
  once(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Said>;
  /** Until a 2xx. Throws for a refusal that repeating cannot change, and after `limitMs`. */
  persist(method: string, path: string, body: unknown, key?: string): Promise<Said>;
}

const REPEATED = [0, 429, 500, 503];
const LIMIT_MS = 60_000;
const PAUSE_MS = 100;

export function persistentClient(baseUrl: string, apiKey: string): PersistentClient {
  const once: PersistentClient['once'] = async (method, path, body, headers = {}) => {
    const started = performance.now();
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json', ...headers };
    try {
      const signal = AbortSignal.timeout(15_000);
      const response = await fetch(baseUrl + path, { method, headers: type, signal, ...sent });
      const answer: Record<string, unknown> = await response.json();
      return { status: response.status, body: answer, ms: performance.now() - started };
    } catch {
      return { status: 0, body: {}, ms: performance.now() - started };
    }
  };
  return {
    once,
    persist: async (method, path, body, key) => {
      const giveUp = performance.now() + LIMIT_MS;
      for (;;) {
        const said = await once(method, path, body, key === undefined ? {} : { 'Idempotency-Key': key });
        if (said.status >= 200 && said.status < 300) return said;
        if (!REPEATED.includes(said.status) || performance.now() > giveUp) {
          throw new Error(`${method} ${path}: ${said.status} ${JSON.stringify(said.body)}`);
        }
        await pause(PAUSE_MS);
      }
    },
  };
}
