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

export const randomIdentifiers: Identifiers = {
  next: (now) => now.toString(36).padStart(TIME_LENGTH, '0') + randomBytes(8).toString('hex'),
  salt: () => randomBytes(16).toString('hex'),
};
