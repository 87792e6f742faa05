import { z } from 'zod';
import type { ListingSnapshot } from '../../domain/listing.ts';
import { sameContent } from '../../domain/price/bucket-entry.ts';
import type { PriceHistory, PriceObservation } from '../../domain/price/observation.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import { DAY, type Instant } from '../../domain/time.ts';
import { errorsIn } from '../../http/batch.ts';
import { type BatchRows, batchBody } from '../../http/batch-body.ts';
import { invalid, notFound } from '../../http/body-format.ts';
import type { Language, Phrase } from '../../http/language.ts';
import { identifier, instant, instantText, moneyText } from '../../http/primitives.ts';
import { type Route, route } from '../../http/route.ts';
import { fromTheFuture, type ObservationRow, observation, toObservation } from '../../wire/observation.ts';
import { type Observed, outcomeKey, type PriceDeps, type RecordOutcome, recordPrices } from './commands.ts';
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
      handle: async ({ body, now, language }) => ({ body: await record(deps, body, now, language) }),
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
        if (snapshot === null) throw notFound();
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
  const reason = {
    zh: `必须早于 to,且相距不超过 ${MAX_WINDOW_DAYS} 天`,
    en: `must be before \`to\`, by at most ${MAX_WINDOW_DAYS} days`,
  };
  throw invalid([{ in: 'query', pointer: '/from', reason }]);
}

type Refusal = Exclude<RecordOutcome, 'stored' | 'unchanged' | 'duplicate'>;

const REFUSALS: Readonly<Record<Refusal, { readonly pointer: string; readonly reason: Phrase }>> = {
  same_id_other_content: {
    pointer: '/id',
    reason: {
      zh: '此 id 已记录了其他内容;请以新的 id 发送更正',
      en: 'an observation with this id and other content is recorded; send a correction with its own id',
    },
  },
  correction_moves_record: {
    pointer: '/at',
    reason: {
      zh: '更正必须保持原记录的时间、类型、SKU 与价格层;否则请撤回后另发新记录',
      en: 'a correction keeps the time, kind, sku and layer of what it corrects; retract and send a new observation instead',
    },
  },
  other_currency: {
    pointer: '/currency',
    reason: {
      zh: '与该商品的币种不同;一个商品的全部价格必须使用同一币种',
      en: 'is not the currency of the listing, in which all its prices are recorded',
    },
  },
  other_shop: {
    pointer: '/shopId',
    reason: { zh: '该商品属于其他店铺', en: 'is not the shop that the listing belongs to' },
  },
};

async function record(
  deps: PriceDeps,
  body: BatchRows<ObservationRow>,
  now: Instant,
  language: Language,
): Promise<RecordedWire> {
  const rejected: RecordedWire['rejected'] = body.rejected.map(({ line, problem }) => ({
    line,
    code: problem.code,
    errors: errorsIn(problem),
  }));
  const refuse = (line: number, id: string, pointer: string, reason: Phrase) =>
    rejected.push({ line, id, code: 'validation_failed', errors: [{ pointer, reason: reason[language] }] });
  const counts = { stored: 0, unchanged: 0, duplicates: 0 };
  const count = (line: number, id: string, outcome: RecordOutcome) => {
    if (outcome === 'stored' || outcome === 'unchanged') counts[outcome] += 1;
    else if (outcome === 'duplicate') counts.duplicates += 1;
    else refuse(line, id, REFUSALS[outcome].pointer, REFUSALS[outcome].reason);
  };
  const first = new Map<string, Observed & { readonly line: number }>();
  for (const { line, value } of body.rows) {
    const { id, listingId, shopId } = value;
    const key = outcomeKey(listingId, id);
    const earlier = first.get(key);
    const observed = { line, listingId, shopId, observation: toObservation(value, now) };
    if (fromTheFuture(value.at, now)) refuse(line, id, '/at', notYet(now));
    else if (earlier === undefined) first.set(key, observed);
    else count(line, id, repeats(earlier, observed) ? 'duplicate' : 'same_id_other_content');
  }
  const outcomes = first.size === 0 ? new Map() : await recordPrices(deps, [...first.values()], now);
  for (const [key, { line, observation }] of first) count(line, observation.id, outcomes.get(key) ?? 'duplicate');
  rejected.sort((left, right) => left.line - right.line);
  return { received: body.rows.length + body.rejected.length, ...counts, rejected };
}

function notYet(now: Instant): Phrase {
  const time = instantText(now);
  return { zh: `晚于当前时间 ${time}`, en: `is later than now, ${time}` };
}

function repeats(earlier: Observed, later: Observed): boolean {
  return earlier.shopId === later.shopId && sameContent(earlier.observation, later.observation);
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
