import { pino } from 'pino';

export type Logger = pino.Logger;

/** Structured logs on stdout. Bodies and snapshots are never logged; what could carry a secret is cut out by path. */
export function createLogger(level: string, role: string): Logger {
  return pino({
    level,
    base: { role },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['authorization', 'headers.authorization', 'headers.cookie', 'secret', '*.secret', 'url', '*.url'],
      censor: '[redacted]',
    },
  });
}
