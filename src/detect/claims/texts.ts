import type { ListingSnapshot } from '../../domain/listing.ts';
import { type Reading, readingFor } from './amounts.ts';
import { parseClaimsWith } from './scan.ts';
import type { Span, TextClaim } from './text-claim.ts';

/** One text of a listing with the claims that it makes. */
export interface ReadText {
  /** Where it stands: `title`, `description`, `claims[0].text`, `promotions[1].text`. */
  readonly place: string;
  readonly text: string;
  readonly claims: readonly TextClaim[];
  /** Index of the claim whose own words these are; null for words about the whole listing. */
  readonly claim: number | null;
}

/** The texts of a listing that make claims on prices, each read once. Texts without any are left out. */
export function readTexts(listing: ListingSnapshot): ReadText[] {
  const reading = readingFor(listing.currency);
  const found: ReadText[] = [];
  add(found, reading, 'title', listing.title, null);
  if (listing.description !== null) add(found, reading, 'description', listing.description, null);
  for (let index = 0; index < listing.claims.length; index++) {
    const claim = listing.claims[index];
    if (claim?.text) add(found, reading, `claims[${index}].text`, claim.text, index);
    if (claim?.label) add(found, reading, `claims[${index}].label`, claim.label, index);
  }
  for (let index = 0; index < listing.promotions.length; index++) {
    const text = listing.promotions[index]?.text;
    if (text) add(found, reading, `promotions[${index}].text`, text, null);
  }
  return found;
}

function add(found: ReadText[], reading: Reading, place: string, text: string, claim: number | null): void {
  const claims = parseClaimsWith(text, reading);
  if (claims.length > 0) found.push({ place, text, claims, claim });
}

/** A claim as evidence: the place of its text and its offsets there, `title:3-9`. */
export function evidenceOf({ place }: ReadText, { start, end }: Span): string {
  return `${place}:${start}-${end}`;
}
