import { canonicalJson, type Json } from '../../domain/canonical.ts';
import type { EventDraft } from '../../domain/journal/event.ts';
import type { ListingSnapshot } from '../../domain/listing.ts';
import type { Instant } from '../../domain/time.ts';
import { assertSameBody } from '../../http/idempotency.ts';
import type { Clock } from '../../infra/clock.ts';
import { sha256 } from '../../infra/crypto.ts';
import { answerOf } from './answer.ts';
import { fingerprintOf, type Judgement, judge, measure, type Signals, subjectOf } from './assess.ts';
import { type BasisParts, basisText } from './basis.ts';
import { type ContextLoaders, type Contexts, loadContexts, within } from './contexts.ts';
import { findHints } from './hints.ts';
import type { DecisionRecord, DecisionRepo } from './repo.ts';
import type { RuleBook } from './rule-book.ts';
import type { DecisionWire } from './schemas.ts';

export interface DecisionDeps {
  readonly book: RuleBook;
  readonly decisions: DecisionRepo;
  readonly loaders: ContextLoaders;
  readonly clock: Clock;
}

export interface PrecheckRequest {
  /** Identifier of the decision; the same for a repeated request. */
  readonly id: string;
  readonly snapshot: ListingSnapshot;
  /** The snapshot in its wire form. */
  readonly wire: Json;
  /** Set where the caller may repeat the request under the same key. */
  readonly bodyHash: string | null;
  readonly supersedes?: string;
}

/** Share of the time that is kept for noting the decision. */
const NOTING_SHARE = 0.35;

/**
 * Judges a listing before `deadline`. What cannot be read in time leaves its signals unknown, and the category's fail
 * policy has a say; the answer is then provisional and, once noted, judged again in full by a worker.
 */
export async function precheck(
  deps: DecisionDeps,
  request: PrecheckRequest,
  now: Instant,
  deadline: Instant,
): Promise<DecisionWire> {
  const reading = deadline - Math.ceil((deadline - now) * NOTING_SHARE);
  const contexts = await loadContexts(deps.loaders, request.snapshot, now, reading, deps.clock);
  const made = makeDecision(deps.book, request, contexts, now);
  const noted = await within(deps.decisions.insert(made.record, made.events), deadline - deps.clock());
  if (typeof noted === 'string') return unnoted(deps.book, request, contexts, now);
  return noted.value ? made.answer : answerGivenBefore(deps.decisions, request);
}

/** As `precheck` for many listings: all are read, judged and noted together. */
export async function precheckMany(
  deps: DecisionDeps,
  requests: readonly PrecheckRequest[],
  now: Instant,
  deadline: Instant,
): Promise<DecisionWire[]> {
  const reading = deadline - Math.ceil((deadline - now) * NOTING_SHARE);
  const contexts = await Promise.all(
    requests.map((request) => loadContexts(deps.loaders, request.snapshot, now, reading, deps.clock)),
  );
  const made = requests.map((request, index) => makeDecision(deps.book, request, contexts[index] ?? NOTHING_READ, now));
  const writes = made.map(({ record, events }) => ({ decision: record, events }));
  const noted = await within(deps.decisions.insertMany(writes), deadline - deps.clock());
  return Promise.all(
    requests.map(async (request, index) => {
      const decided = made[index];
      if (typeof noted === 'string' || decided === undefined) {
        return unnoted(deps.book, request, contexts[index] ?? NOTHING_READ, now);
      }
      return noted.value.has(request.id) ? answerGivenBefore(deps.decisions, request) : decided.answer;
    }),
  );
}

const NOTHING_READ: Contexts = { history: null, notEvaluated: ['price_history'] };

export interface MadeDecision {
  readonly record: DecisionRecord;
  readonly events: readonly EventDraft[];
  readonly answer: DecisionWire;
}

/** The decision on what was read, ready to be written with its event. Pure. */
export function makeDecision(book: RuleBook, request: PrecheckRequest, contexts: Contexts, now: Instant): MadeDecision {
  const { snapshot } = request;
  const signals = measure(book, snapshot, contexts.history, now);
  const judgement = judge(book, subjectOf(snapshot), signals, contexts.notEvaluated, now);
  const { provisional } = judgement.decision;
  const answer = answerFrom(
    book,
    request,
    contexts,
    judgement,
    signals,
    now,
    provisional ? 'guaranteed' : 'not_needed',
  );
  const basis: BasisParts = { wire: request.wire, subject: subjectOf(snapshot), contexts, signals };
  const record: DecisionRecord = {
    id: request.id,
    listingId: snapshot.id,
    merchantId: snapshot.merchantId,
    shopId: snapshot.shopId,
    outcome: answer.outcome,
    provisional,
    pack: answer.pack,
    at: now,
    fingerprint: fingerprintOf(judgement, signals, sha256),
    answer: JSON.stringify(answer),
    basis: basisText(basis),
    bodyHash: request.bodyHash,
  };
  return { record, events: [eventOf(record, request.supersedes)], answer };
}

function answerFrom(
  book: RuleBook,
  request: PrecheckRequest,
  contexts: Contexts,
  judgement: Judgement,
  signals: Signals,
  now: Instant,
  rescore: DecisionWire['rescore'],
): DecisionWire {
  const { id, snapshot, wire, supersedes } = request;
  return answerOf({
    id,
    listingId: snapshot.id,
    currency: snapshot.currency,
    snapshotHash: `sha256:${sha256(canonicalJson(wire))}`,
    judgement,
    signals,
    hints: findHints(book, snapshot, contexts, judgement, now),
    rescore,
    ...(supersedes === undefined ? {} : { supersedes }),
  });
}

/** The decision stands in no store: the fail policy answers, and the answer says that nobody will judge again. */
function unnoted(book: RuleBook, request: PrecheckRequest, contexts: Contexts, now: Instant): DecisionWire {
  const signals = measure(book, request.snapshot, contexts.history, now);
  const notEvaluated = [...contexts.notEvaluated, 'record'];
  const judgement = judge(book, subjectOf(request.snapshot), signals, notEvaluated, now);
  return answerFrom(book, request, contexts, judgement, signals, now, 'not_noted');
}

async function answerGivenBefore(decisions: DecisionRepo, { id, bodyHash }: PrecheckRequest): Promise<DecisionWire> {
  const stored = await decisions.find(id);
  if (stored === null) throw new Error(`decision ${id} was taken and is not there`);
  if (stored.bodyHash !== null && bodyHash !== null) assertSameBody(stored.bodyHash, bodyHash);
  return parseAnswer(stored);
}

/** The stored answer. It was written by `makeDecision` and is never changed. */
export function parseAnswer(record: DecisionRecord): DecisionWire {
  const answer: DecisionWire = JSON.parse(record.answer);
  return answer;
}

function eventOf(record: DecisionRecord, supersedes: string | undefined): EventDraft {
  const { listingId, merchantId, shopId, outcome, provisional } = record;
  return {
    type: provisional ? 'decision.provisional' : 'decision.made',
    subject: { merchantId, shopId, listingId, decisionId: record.id },
    facts: { outcome, ...(supersedes === undefined ? {} : { supersedes }) },
  };
}
