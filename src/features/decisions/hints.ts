import type { ListingSnapshot } from '../../domain/listing.ts';
import type { Instant } from '../../domain/time.ts';
import { proposeHints } from '../../engine/hint.ts';
import { type Judgement, judge, measure, subjectOf } from './assess.ts';
import type { Contexts } from './contexts.ts';
import type { RuleBook } from './rule-book.ts';
import type { DecisionWire } from './schemas.ts';

/**
 * Repairs for what hit, each tried on the edited listing with everything else as it was. Only those that pass the
 * whole evaluation are shown. A provisional judgement gives none: what is unknown could make any of them wrong.
 */
export function findHints(
  book: RuleBook,
  snapshot: ListingSnapshot,
  contexts: Contexts,
  judgement: Judgement,
  now: Instant,
): DecisionWire['hints'] {
  if (judgement.decision.provisional) return [];
  const reevaluate = (edited: ListingSnapshot) =>
    judge(book, subjectOf(edited), measure(book, edited, contexts.history, now), contexts.notEvaluated, now).decision;
  return proposeHints(snapshot, judgement.assessment, reevaluate)
    .filter(({ verified }) => verified)
    .map(({ names, edits, zh, en, verified }) => ({
      names: [...names],
      zh,
      en,
      edits: edits.map((edit) => ({ ...edit })),
      verified,
    }));
}
