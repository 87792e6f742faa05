import { TouchstoneError } from '../domain/errors.ts';
import { parseMajor } from '../domain/money.ts';
import type { Instant } from '../domain/time.ts';
import { parseInZone } from '../domain/time-zone.ts';
import type { Fields } from './fields.ts';

/** How amounts and dates without zone are read. */
export interface Reading {
  readonly currency: string;
  readonly zone: string;
}

/** @throws TouchstoneError `validation_failed`, naming the field. */
export function refuse(pointer: string, reason: string): never {
  throw new TouchstoneError('validation_failed', reason, [{ pointer, reason }]);
}

/** A flag of the claim, or of the case around it. */
export function flag(claim: Fields, around: Fields, ...names: string[]): boolean | undefined {
  return claim.flag(...names) ?? around.flag(...names);
}

/** A price in decimal major units, above zero; null when absent. */
export function amount(fields: Fields, { currency }: Reading, ...names: string[]): bigint | null {
  const { value, pointer } = fields.find(...names);
  if (value === undefined || value === null) return null;
  const parsed = parseMajor(value, currency, pointer);
  return parsed > 0n ? parsed : refuse(pointer, 'must be above zero');
}

export function required(fields: Fields, reading: Reading, ...names: string[]): bigint {
  return amount(fields, reading, ...names) ?? refuse(fields.at(names[0] ?? ''), 'is missing');
}

export function instant(fields: Fields, { zone }: Reading, ...names: string[]): Instant | null {
  const { value, pointer } = fields.find(...names);
  return value === undefined || value === null ? null : parseInZone(value, zone, pointer);
}

/** A count from zero on. */
export function wholeNumber(fields: Fields, ...names: string[]): number | undefined {
  const { value, pointer } = fields.find(...names);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(pointer, 'must be a whole number, zero or above');
}
