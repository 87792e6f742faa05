import { TouchstoneError } from '../domain/errors.ts';
import type { Claim, ListingSnapshot } from '../domain/listing.ts';

/**
 * One change of a listing in its wire form: `headlinePrice`, `claims[0].reference` and so on; amounts are strings of
 * minor units, a percentage is a number of percent.
 */
export type Edit =
  | { readonly path: string; readonly value: string | number | boolean }
  | { readonly path: string; readonly remove: true };

type Value = string | number | boolean | null;

const CLAIM_PATH = /^claims\[(\d{1,4})\](?:\.(.+))?$/;
const AMOUNT = /^\d{1,18}$/;

/**
 * The snapshot with the edits carried out. Indices are those of the original: claims are removed last.
 * Throws `validation_failed` for a path that cannot be edited or a value that does not fit it.
 */
export function applyEdits(snapshot: ListingSnapshot, edits: readonly Edit[]): ListingSnapshot {
  let edited = snapshot;
  const removed = new Set<number>();
  for (const edit of edits) {
    const [, index, field] = CLAIM_PATH.exec(edit.path) ?? [];
    if (index === undefined) edited = { ...edited, ...listingField(edit) };
    else if (Number(index) >= snapshot.claims.length) throw refused(edit, 'there is no such claim');
    else if (field !== undefined) edited = withClaim(edited, Number(index), edit, field);
    else if ('remove' in edit) removed.add(Number(index));
    else throw refused(edit, 'a claim can only be removed');
  }
  return removed.size === 0 ? edited : { ...edited, claims: edited.claims.filter((_, index) => !removed.has(index)) };
}

function listingField(edit: Edit): Partial<ListingSnapshot> {
  const value = newValue(edit);
  switch (edit.path) {
    case 'title':
      return { title: text(edit, value) };
    case 'description':
      return { description: value === null ? null : text(edit, value) };
    case 'headlinePrice':
      return { headlinePrice: value === null ? null : amount(edit, value) };
    default:
      throw refused(edit, 'this cannot be edited');
  }
}

function withClaim(snapshot: ListingSnapshot, index: number, edit: Edit, field: string): ListingSnapshot {
  const claims = snapshot.claims.map((claim, each) =>
    each === index ? { ...claim, ...claimField(claim, edit, field) } : claim,
  );
  return { ...snapshot, claims };
}

function claimField(claim: Claim, edit: Edit, field: string): Partial<Claim> {
  const value = newValue(edit);
  switch (field) {
    case 'reference':
      return { reference: value === null ? null : amount(edit, value) };
    case 'percent':
      return { percentBps: value === null ? null : basisPoints(edit, value) };
    case 'text':
      return { text: value === null ? null : text(edit, value) };
    case 'label':
      return { label: value === null ? null : text(edit, value) };
    case 'basis.labelledMsrp':
      return { basis: { ...claim.basis, labelledMsrp: value === true } };
    default:
      throw refused(edit, 'this cannot be edited');
  }
}

function newValue(edit: Edit): Value {
  return 'remove' in edit ? null : edit.value;
}

function text(edit: Edit, value: Value): string {
  if (typeof value !== 'string') throw refused(edit, 'a text is needed');
  return value;
}

function amount(edit: Edit, value: Value): bigint {
  if (typeof value !== 'string' || !AMOUNT.test(value)) throw refused(edit, 'a string of minor units is needed');
  return BigInt(value);
}

function basisPoints(edit: Edit, value: Value): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) throw refused(edit, 'a percentage is needed');
  return Math.round(value * 100);
}

function refused(edit: Edit, reason: string): TouchstoneError {
  return new TouchstoneError('validation_failed', `${edit.path}: ${reason}`, [{ pointer: edit.path, reason }]);
}
