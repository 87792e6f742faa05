import type { ListingSnapshot } from '../../domain/listing.ts';
import type { Instant } from '../../domain/time.ts';
import type { Judgement, Signals } from './assess.ts';
import type { Contexts } from './contexts.ts';
import type { RuleBook } from './rule-book.ts';
import type { DecisionWire } from './schemas.ts';

export function findHints(
  _book: RuleBook,
  _snapshot: ListingSnapshot,
  _contexts: Contexts,
  _judgement: Judgement,
  _signals: Signals,
  _now: Instant,
): DecisionWire['hints'] {
  return [];
}
