import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../domain/time.ts';

/** Hex SHA-256 of a UTF-8 text. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Where identifiers and salts come from. Tests pass a counting source. */
export interface Identifiers {
  /** A new identifier that sorts by time: ten characters of time, sixteen of randomness. */
  next(now: Instant): string;
  /** 128 random bits, hex. */
  salt(): string;
}

const TIME_LENGTH = 10;

const SALT_BYTES = 16;
/** Random bytes are drawn many at a time, because each draw is a system call; none is used twice. */
let drawn = Buffer.alloc(0);

function salt(): string {
  if (drawn.length < SALT_BYTES) drawn = randomBytes(256 * SALT_BYTES);
  const text = drawn.toString('hex', 0, SALT_BYTES);
  drawn = drawn.subarray(SALT_BYTES);
  return text;
}

export const randomIdentifiers: Identifiers = {
  next: (now) => now.toString(36).padStart(TIME_LENGTH, '0') + randomBytes(8).toString('hex'),
  salt,
};
