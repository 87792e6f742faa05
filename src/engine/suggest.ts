import { DamerauLevenshteinDistance } from 'natural/lib/natural/distance/index.js';

/** The candidate that a mistyped name was probably meant to be, as ` (did you mean "x"?)`, or an empty text. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = DamerauLevenshteinDistance(written, candidate, { restricted: true });
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === null ? '' : ` (did you mean "${best}"?)`;
}
