import type { Json } from '../../domain/canonical.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { sha256 } from '../../infra/crypto.ts';
import { listingSnapshot, toSnapshot } from '../../wire/listing.ts';
import { answerOf } from './answer.ts';
import { judge, measure, type Signals } from './assess.ts';
import { DETECTOR_VERSION } from './basis.ts';
import { parseAnswer } from './commands.ts';
import { findHints } from './hints.ts';
import type { DecisionRecord } from './repo.ts';
import type { RuleBook } from './rule-book.ts';
import { signalsToJson } from './signals-codec.ts';
import { readBasis, type StoredBasis } from './stored-basis.ts';

/** One place where two JSON texts differ. */
export interface Difference {
  /** JSON pointer. */
  readonly at: string;
  readonly stored: Json | undefined;
  readonly replayed: Json | undefined;
}

export interface Replay {
  readonly id: string;
  /** From the stored signals. Empty: the same answer, byte for byte. */
  readonly answer: readonly Difference[];
  /** Measured anew from the snapshot and what was read. Empty: every detector says what it said then. */
  readonly signals: readonly Difference[];
  readonly detector: { readonly stored: string; readonly now: string };
  /** A repair is tried out with the detectors: with others than then it proves nothing, and is taken over as it was. */
  readonly hints: 'replayed' | 'taken_over';
}

/**
 * Makes a stored decision again. Pure.
 * @param book must hold the pack that the decision names.
 * @throws TouchstoneError for a record that this program did not write; RangeError for signals that are not declared.
 */
export function replayDecision(book: RuleBook, record: DecisionRecord): Replay {
  const basis = readBasis(record.basis, book.registry);
  const sameDetectors = basis.detector === DETECTOR_VERSION;
  const replayed = answerAgain(book, record, basis, sameDetectors);
  const snapshot = toSnapshot(listingSnapshot.parse(basis.snapshot));
  const measured = measure(book, snapshot, basis.history, record.at);
  return {
    id: record.id,
    answer: replayed === record.answer ? [] : differencesOrBytes(record.answer, replayed),
    signals: differences(signalsJson(basis.signals), signalsJson(measured)),
    detector: { stored: basis.detector, now: DETECTOR_VERSION },
    hints: sameDetectors ? 'replayed' : 'taken_over',
  };
}

function answerAgain(book: RuleBook, record: DecisionRecord, basis: StoredBasis, sameDetectors: boolean): string {
  const { signals, subject, notEvaluated, history, snapshot } = basis;
  const judgement = judge(book, subject, signals, notEvaluated, record.at);
  const given = parseAnswer(record);
  const listing = toSnapshot(listingSnapshot.parse(snapshot));
  const hints = sameDetectors ? findHints(book, listing, { history, notEvaluated }, judgement, record.at) : given.hints;
  return JSON.stringify(
    answerOf({
      id: record.id,
      listingId: listing.id,
      currency: listing.currency,
      snapshotHash: `sha256:${sha256(canonicalJson(snapshot))}`,
      judgement,
      signals,
      hints,
      rescore: judgement.decision.provisional ? 'guaranteed' : 'not_needed',
      ...(given.supersedes === undefined ? {} : { supersedes: given.supersedes }),
    }),
  );
}

function signalsJson({ listing, claims, verdicts }: Signals): Json {
  const text = JSON.stringify({
    listing: signalsToJson(listing),
    claims: claims.map(signalsToJson),
    verdicts: verdicts.map((verdict) => ({ ...verdict, cap: verdict.cap?.toString() ?? null })),
  });
  const plain: Json = JSON.parse(text);
  return plain;
}

/** Texts that differ in bytes alone, such as in the order of members, differ too. */
function differencesOrBytes(stored: string, replayed: string): readonly Difference[] {
  const [left, right]: Json[] = [JSON.parse(stored), JSON.parse(replayed)];
  const found = differences(left, right);
  return found.length > 0 ? found : [{ at: '', stored, replayed }];
}

function differences(stored: Json | undefined, replayed: Json | undefined, at = ''): Difference[] {
  if (!isContainer(stored) || !isContainer(replayed) || Array.isArray(stored) !== Array.isArray(replayed)) {
    return stored === replayed ? [] : [{ at, stored, replayed }];
  }
  const left = new Map(Object.entries(stored));
  const right = new Map(Object.entries(replayed));
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences(left.get(key), right.get(key), `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function isContainer(value: Json | undefined): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}
