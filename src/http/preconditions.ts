import type { Instant } from '../domain/time.ts';
import { RequestError } from './request-error.ts';

export const MAX_DEADLINE_MS = 60_000;

/** The entity tag of a version: `"v3"`. */
export function entityTag(version: number): string {
  return `"v${version}"`;
}

const ENTITY_TAG = /^(?:W\/)?"v(\d{1,15})"$/;

/**
 * The version that If-Match demands; null when the header is absent. `*` and lists are refused, because an update
 * names the one version that its author has read.
 */
export function parseIfMatch(header: string | undefined): number | null {
  if (header === undefined) return null;
  const match = ENTITY_TAG.exec(header.trim());
  if (match === null)
    throw badHeader('If-Match', '必须是一个版本的 ETag,例如 "v3"', 'must be the ETag of one version, such as "v3"');
  return Number(match[1]);
}

/** The absolute deadline of `Deadline-Ms` (1 to 60,000, counted from `now`); null when the header is absent. */
export function parseDeadline(header: string | undefined, now: Instant): Instant | null {
  if (header === undefined) return null;
  const text = header.trim();
  const milliseconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (milliseconds < 1 || milliseconds > MAX_DEADLINE_MS) {
    throw badHeader(
      'Deadline-Ms',
      `必须是 1 至 ${MAX_DEADLINE_MS} 的整数`,
      `must be a whole number from 1 to ${MAX_DEADLINE_MS}`,
    );
  }
  return now + milliseconds;
}

export function badHeader(name: string, zh: string, en: string): RequestError {
  return new RequestError('validation_failed', { zh: `${name} ${zh}`, en: `${name} ${en}` }, [
    { in: 'header', pointer: `/${name}`, reason: { zh, en } },
  ]);
}
