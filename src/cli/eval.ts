import type { Command } from 'commander';
import { z } from 'zod';
import { formatMajor } from '../domain/money.ts';
import { instantText } from '../http/primitives.ts';
import { listingSnapshot } from '../wire/listing.ts';
import { fail, UsageError, writeLine } from './output.ts';
import { jsonRows } from './source-rows.ts';

interface ClaimsOptions {
  readonly listings: string;
  readonly decisions: string;
  readonly top: string;
}

/** `touchstone eval claims`: what `score` made of a file of listings, as figures. */
export function registerEval(program: Command): void {
  program
    .command('eval')
    .description('Measured results as JSON · 评估')
    .command('claims')
    .description(
      'Verdicts on claimed originals: shares, moved originals, the furthest above their cap · 划线价判定汇总',
    )
    .requiredOption('--listings <file>', 'what was given to score · 商品文件')
    .requiredOption('--decisions <file>', 'what score made of it · 判定文件')
    .option('--top <count>', 'claims to show · 列出的声明数', '5')
    .action(evalClaims);
}

const decision = z.object({
  decisionId: z.string(),
  listingId: z.string(),
  at: z.string(),
  outcome: z.string(),
  price: z.array(
    z.object({
      verdict: z.string(),
      cap: z.string().nullable(),
      article: z.string().nullable(),
      evidence: z.array(z.string()),
    }),
  ),
});

interface JudgedClaim {
  readonly id: string;
  readonly title: string;
  readonly currency: string;
  readonly reference: bigint;
  readonly startsAt: string;
  readonly price: bigint;
  readonly verdict: string;
  readonly cap: bigint | null;
  readonly article: string | null;
  readonly evidence: readonly string[];
  readonly decisionId: string;
  snapshots: number;
}

async function evalClaims({ listings, decisions, top }: ClaimsOptions): Promise<void> {
  if (!/^\d{1,4}$/.test(top)) throw new UsageError('--top: must be a whole number');
  const judged = await decisionsIn(decisions);
  const tally = new Tally();
  for await (const rows of jsonRows(listings, () => undefined)) {
    for (const row of rows) {
      if ('fault' in row) return fail(listings, row.line, row.fault);
      const parsed = listingSnapshot.safeParse(row.value);
      const made = parsed.success ? judged.get(keyOf(parsed.data.id, parsed.data.at)) : undefined;
      // A listing that score refused has no decision.
      if (parsed.success && made !== undefined) tally.add(parsed.data, made);
    }
  }
  await writeLine(JSON.stringify(tally.summary(Number(top)), null, 2));
}

type Listing = z.output<typeof listingSnapshot>;
type Decision = z.output<typeof decision>;

/** Counts by snapshot, and by claim: one original of one item, from one start. */
class Tally {
  #snapshots = 0;
  readonly #outcomes = new Map<string, number>();
  readonly #bySnapshot = new Map<string, number>();
  readonly #claims = new Map<string, JudgedClaim>();
  readonly #originals = new Map<string, Set<bigint>>();

  add(listing: Listing, made: Decision): void {
    this.#snapshots += 1;
    count(this.#outcomes, made.outcome);
    for (const [index, { reference, startsAt }] of (listing.claims ?? []).entries()) {
      const verdict = made.price[index];
      if (verdict === undefined || reference == null) continue;
      count(this.#bySnapshot, verdict.verdict);
      const { id, title, currency, price } = listing;
      this.#originals.set(id, (this.#originals.get(id) ?? new Set<bigint>()).add(reference));
      const name = `${id} ${startsAt} ${reference}`;
      const known = this.#claims.get(name);
      if (known !== undefined) {
        known.snapshots += 1;
        continue;
      }
      const cap = verdict.cap === null ? null : BigInt(verdict.cap);
      const { decisionId } = made;
      const starts = instantText(startsAt);
      const claim = {
        id,
        title,
        currency,
        price,
        reference,
        startsAt: starts,
        ...verdict,
        cap,
        decisionId,
        snapshots: 1,
      };
      this.#claims.set(name, claim);
    }
  }

  summary(top: number) {
    const claims = [...this.#claims.values()];
    const byClaim = new Map<string, number>();
    for (const { verdict } of claims) count(byClaim, verdict);
    return {
      snapshots: this.#snapshots,
      items: this.#originals.size,
      claims: claims.length,
      outcomes: Object.fromEntries(this.#outcomes),
      verdictsBySnapshot: Object.fromEntries(this.#bySnapshot),
      verdictsByClaim: Object.fromEntries(byClaim),
      insufficientShareOfClaims: share(byClaim.get('insufficient_history') ?? 0, claims.length),
      itemsWhoseOriginalMoved: [...this.#originals.values()].filter((values) => values.size > 1).length,
      furthestAboveCap: furthest(claims, top),
    };
  }
}

async function decisionsIn(file: string): Promise<ReadonlyMap<string, Decision>> {
  const found = new Map<string, Decision>();
  for await (const rows of jsonRows(file, () => undefined)) {
    for (const row of rows) {
      const parsed = 'fault' in row ? null : decision.safeParse(row.value);
      if (parsed === null || !parsed.success) return fail(file, row.line, 'is not a decision of `touchstone score`');
      found.set(keyOf(parsed.data.listingId, Date.parse(parsed.data.at)), parsed.data);
    }
  }
  return found;
}

function keyOf(listingId: string, at: number): string {
  return `${listingId} ${at}`;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 1_000;
}

/** Breaches by how far the claimed original lies above the cap, the furthest first. */
function furthest(claims: readonly JudgedClaim[], top: number) {
  const excess = ({ reference, cap }: JudgedClaim) =>
    cap === null || cap === 0n ? 0 : Number(reference) / Number(cap);
  return claims
    .filter(({ verdict, cap }) => verdict === 'violation' && cap !== null)
    .sort((left, right) => excess(right) - excess(left))
    .slice(0, top)
    .map((claim) => ({
      id: claim.id,
      title: claim.title,
      currency: claim.currency,
      claimedOriginal: formatMajor(claim.reference, claim.currency),
      cap: claim.cap === null ? null : formatMajor(claim.cap, claim.currency),
      price: formatMajor(claim.price, claim.currency),
      startsAt: claim.startsAt,
      snapshots: claim.snapshots,
      article: claim.article,
      evidence: claim.evidence,
      decisionId: claim.decisionId,
    }));
}
