import { claimsSignals } from '../../detect/claims/signals.ts';
import { type PriceSignals, priceSignals } from '../../detect/price/signals.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { Sha256 } from '../../domain/journal/chain.ts';
import type { ListingSnapshot } from '../../domain/listing.ts';
import { formatMoney } from '../../domain/money.ts';
import { payablePolicyFor } from '../../domain/payable/policy.ts';
import type { PriceHistory } from '../../domain/price/observation.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import type { SignalValue } from '../../domain/signal.ts';
import type { Instant } from '../../domain/time.ts';
import { type Decision, decide, policyInForce } from '../../engine/decide.ts';
import { type Assessment, evaluate } from '../../engine/evaluate.ts';
import type { RuleBook } from './rule-book.ts';

type SignalRecord = Readonly<Record<string, SignalValue>>;

/** What the rules see of a listing. Stored with the decision, so that it can be judged again. */
export interface Signals {
  readonly listing: SignalRecord;
  readonly claims: readonly SignalRecord[];
  readonly verdicts: readonly PriceVerdict[];
}

/** What a judgement is about, besides the signals. */
export interface Subject {
  readonly category: string;
  readonly jurisdiction: string;
  readonly currency: string;
  /** When the conduct began: consequences are those in force then. */
  readonly conductAt: Instant;
}

export interface Judgement {
  readonly assessment: Assessment;
  readonly decision: Decision;
}

export function subjectOf(snapshot: ListingSnapshot): Subject {
  const { category, jurisdiction, currency, at } = snapshot;
  return { category, jurisdiction, currency, conductAt: at };
}

/** Measures a listing. `history` null: it could not be read, and all that rests on it is unknown. */
export function measure(
  book: RuleBook,
  snapshot: ListingSnapshot,
  history: PriceHistory | null,
  now: Instant,
): PriceSignals {
  const price = priceSignals({ listing: snapshot, history, policies: book.pricePolicies, now });
  const policy = payablePolicyFor(book.payablePolicies, snapshot.jurisdiction, snapshot.at);
  const words = claimsSignals(snapshot, policy);
  // Both are fresh; records of this width are dear to copy.
  Object.assign(price.listing, words.listing);
  for (const [index, signals] of price.claims.entries()) Object.assign(signals, words.claims[index]);
  return price;
}

/** From signals to a decision. `notEvaluated` names the contexts that could not be read in time. */
export function judge(
  book: RuleBook,
  subject: Subject,
  signals: Signals,
  notEvaluated: readonly string[],
  now: Instant,
): Judgement {
  const policy = policyInForce(book.pack, subject.conductAt);
  const assessment = evaluate(
    book.pack,
    { listing: signals.listing, claims: signals.claims },
    { policy, now, format: { money: (amount, language) => formatMoney(amount, subject.currency, language) } },
  );
  const { category, jurisdiction } = subject;
  return { assessment, decision: decide(assessment, policy, { category, jurisdiction, now, notEvaluated }) };
}

/** Equal for two judgements that a merchant would call the same: outcome, what hit, and the caps. */
export function fingerprintOf({ assessment, decision }: Judgement, signals: Signals, sha256: Sha256): string {
  const hits = assessment.results
    .filter((result) => result.outcome === 'hit')
    .map((result) => `${result.rule.id}#${result.claim ?? ''}`);
  const prices = signals.verdicts.map(({ verdict, cap }) => `${verdict}:${cap ?? ''}`);
  return sha256(canonicalJson({ outcome: decision.outcome, provisional: decision.provisional, hits, prices })).slice(
    0,
    32,
  );
}
