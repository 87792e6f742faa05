import { z } from 'zod';
import { TouchstoneError } from '../../domain/errors.ts';
import type { ListingSnapshot } from '../../domain/listing.ts';
import type { PriceHistory, PriceObservation } from '../../domain/price/observation.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import { DAY, type Instant } from '../../domain/time.ts';
import { type BatchRows, batchBody } from '../../http/batch-body.ts';
import { identifier, instant, instantText, moneyText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import { fromTheFuture, type ObservationRow, observation, toObservation } from '../../wire/observation.ts';
import { outcomeKey, type PriceDeps, type RecordOutcome, recordPrices } from './commands.ts';
import { type PriceHistoryWire, priceHistoryView, type RecordedWire, recordedView } from './schemas.ts';

const MAX_ROWS = 5_000;
const DEFAULT_WINDOW_DAYS = 90;
const MAX_WINDOW_DAYS = 1_100;

export interface PriceRouteDeps extends PriceDeps {
  /** The listing as the feed last stated it, null when it did not. */
  readonly snapshotOf: (listingId: string) => Promise<ListingSnapshot | null>;
  readonly historyOf: (snapshot: ListingSnapshot, from: Instant, to: Instant) => Promise<PriceHistory>;
  /** What the law says of each claim, as of now. */
  readonly verdictsOf: (snapshot: ListingSnapshot, now: Instant) => Promise<readonly PriceVerdict[]>;
}

export function priceRoutes(deps: PriceRouteDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/price-observations',
      operationId: 'recordPriceObservations',
      summary: 'Record offers and sales, in any order, any number of times',
      tags: ['feeds'],
      scope: 'observations:write',
      body: batchBody(observation, { maxRows: MAX_ROWS, member: 'observations' }),
      response: recordedView,
      identifiers: [
        { in: 'body', name: 'id', resource: 'observation', whenAbsent: 'allow' },
        { in: 'body', name: 'listingId', resource: 'listing' },
        { in: 'body', name: 'shopId', resource: 'shop' },
      ],
      maxBodyBytes: 4 * 1024 * 1024,
      rateLimit: 'batch',
      stability: 'beta',
      handle: async ({ body, now }) => ({ body: await record(deps, body, now) }),
    }),
    route({
      method: 'get',
      path: '/v1/listings/:id/price-history',
      operationId: 'getPriceHistory',
      summary: 'What was offered and sold, what the listing claims, and the lawful cap of each claim',
      tags: ['listings'],
      scope: 'prices:read',
      params: z.strictObject({ id: identifier }),
      query: z.strictObject({ from: instant.optional(), to: instant.optional() }),
      response: priceHistoryView,
      identifiers: [{ in: 'path', name: 'id', resource: 'listing' }],
      rateLimit: 'read',
      stability: 'beta',
      handle: async ({ params: { id }, query, now }) => {
        const snapshot = await deps.snapshotOf(id);
        if (snapshot === null) throw new TouchstoneError('not_found', 'there is no such listing');
        const to = query.to ?? now + 1;
        const from = query.from ?? to - DEFAULT_WINDOW_DAYS * DAY;
        assertWindow(from, to);
        const [history, verdicts] = await Promise.all([
          deps.historyOf(snapshot, from, to),
          deps.verdictsOf(snapshot, now),
        ]);
        return { body: viewOf(snapshot, history, verdicts, from, to) };
      },
    }),
  ];
}

function assertWindow(from: Instant, to: Instant): void {
  if (from < to && to - from <= MAX_WINDOW_DAYS * DAY) return;
  throw new TouchstoneError('validation_failed', 'not a window of time', [
    { pointer: '/from', reason: `must be before \`to\`, by at most ${MAX_WINDOW_DAYS} days` },
  ]);
}

const CONFLICT_REASONS: Readonly<Record<Exclude<RecordOutcome, 'stored' | 'unchanged' | 'duplicate'>, string>> = {
  same_id_other_content: 'an observation with this id and other content is recorded; send a correction with its own id',
  correction_moves_record:
    'a correction keeps the time, kind, sku and layer of what it corrects; retract and send a new observation instead',
};

async function record(deps: PriceDeps, body: BatchRows<ObservationRow>, now: Instant): Promise<RecordedWire> {
  const rejected: RecordedWire['rejected'] = body.rejected.map(({ line, problem }) => ({
    line,
    code: problem.code,
    errors: (problem.errors ?? [{ pointer: '', reason: problem.detail }]).map(({ pointer, reason }) => ({
      pointer,
      reason,
    })),
  }));
  const refuse = (line: number, id: string, pointer: string, reason: string) =>
    rejected.push({ line, id, code: 'validation_failed', errors: [{ pointer, reason }] });
  const timely = body.rows.filter(({ line, value }) => {
    if (!fromTheFuture(value.at, now)) return true;
    refuse(line, value.id, '/at', `is later than now, ${instantText(now)}`);
    return false;
  });
  const observed = timely.map(({ value }) => ({
    listingId: value.listingId,
    shopId: value.shopId,
    observation: toObservation(value, now),
  }));
  const outcomes = observed.length === 0 ? new Map<string, RecordOutcome>() : await recordPrices(deps, observed, now);
  const counts = { stored: 0, unchanged: 0, duplicates: 0 };
  for (const { line, value } of timely) {
    const outcome = outcomes.get(outcomeKey(value.listingId, value.id)) ?? 'duplicate';
    if (outcome === 'stored' || outcome === 'unchanged') counts[outcome] += 1;
    else if (outcome === 'duplicate') counts.duplicates += 1;
    else refuse(line, value.id, outcome === 'correction_moves_record' ? '/at' : '/id', CONFLICT_REASONS[outcome]);
  }
  rejected.sort((left, right) => left.line - right.line);
  return { received: body.rows.length + body.rejected.length, ...counts, rejected };
}

function viewOf(
  snapshot: ListingSnapshot,
  history: PriceHistory,
  verdicts: readonly PriceVerdict[],
  from: Instant,
  to: Instant,
): PriceHistoryWire {
  const ordered = [...history.observations].sort((left, right) => left.at - right.at);
  return {
    listingId: snapshot.id,
    currency: snapshot.currency,
    from: instantText(from),
    to: instantText(to),
    completeSince: history.completeSince === null ? null : instantText(history.completeSince),
    observations: ordered.map(observationViewOf),
    claims: snapshot.claims.flatMap((claim, index) => {
      const verdict = verdicts[index];
      if (verdict === undefined) return [];
      return [
        {
          claim: index,
          kind: claim.kind,
          reference: claim.reference === null ? null : moneyText(claim.reference),
          percent: claim.percentBps === null ? null : claim.percentBps / 100,
          startsAt: instantText(claim.startsAt),
          endsAt: claim.endsAt === null ? null : instantText(claim.endsAt),
          verdict: verdict.verdict,
          cap: verdict.cap === null ? null : moneyText(verdict.cap),
          basis: verdict.basis,
          article: verdict.article,
          evidence: [...verdict.evidence],
        },
      ];
    }),
  };
}

function observationViewOf(record: PriceObservation): PriceHistoryWire['observations'][number] {
  const { price, platformSubsidy, at, recordedAt, currency: _, ...rest } = record;
  return {
    ...rest,
    price: moneyText(price),
    platformSubsidy: moneyText(platformSubsidy),
    at: instantText(at),
    recordedAt: instantText(recordedAt),
  };
}
