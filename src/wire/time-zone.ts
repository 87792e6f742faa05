import { z } from 'zod';
import { reason } from '../http/primitives.ts';

const known = new Map<string, boolean>();

function isTimeZone(zone: string): boolean {
  const cached = known.get(zone);
  if (cached !== undefined) return cached;
  const valid = /^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+$|^UTC$/.test(zone) && resolves(zone);
  if (known.size < 1_000) known.set(zone, valid);
  return valid;
}

function resolves(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The zone whose business days and calendar days count for a merchant or a shop. */
export const timeZone = z
  .string()
  .max(64)
  .refine(
    isTimeZone,
    reason('must be an IANA time zone such as "Asia/Shanghai"', '必须是 IANA 时区名称,例如 "Asia/Shanghai"'),
  )
  .meta({ id: 'TimeZone', description: 'IANA time zone. 时区', examples: ['Asia/Shanghai'] });
