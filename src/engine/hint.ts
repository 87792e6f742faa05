import type { Claim, ListingSnapshot } from '../domain/listing.ts';
import { formatMoney } from '../domain/money.ts';
import type { Bilingual } from '../domain/signal.ts';
import type { Decision } from './decide.ts';
import type { Assessment, RuleResult } from './evaluate.ts';
import { percent } from './explain.ts';
import { applyEdits, type Edit } from './hint-edits.ts';
import type { HintName } from './hint-names.ts';
import { type Figures, figureRewriter, lawfulPercent } from './hint-words.ts';

/** A set of edits that belong together and, when verified, make the listing pass. */
export interface Hint extends Bilingual {
  readonly names: readonly HintName[];
  readonly edits: readonly Edit[];
  /** The whole evaluator ran on the edited listing: no constraint hit, and the answer lets it pass. */
  readonly verified: boolean;
}

/** The decision on an edited snapshot, by the same signals, rules and policies as the original's. */
export type Reevaluate = (snapshot: ListingSnapshot) => Pick<Decision, 'outcome' | 'constraints' | 'provisional'>;

/** One repair of one place: claim `null` is the listing itself. */
interface Step {
  readonly name: HintName;
  readonly claim: number | null;
  readonly result: RuleResult;
}

interface Repair extends Bilingual {
  readonly name: HintName;
  readonly edits: readonly Edit[];
}

/**
 * Repairs for the rules that hit: each alone, then those for all places together, then without the faulty claims.
 * Only what is verified may be shown to the merchant. Nothing here reads an adversarial signal.
 */
export function proposeHints(snapshot: ListingSnapshot, assessment: Assessment, reevaluate: Reevaluate): Hint[] {
  const steps = stepsOf(assessment);
  const plans = [...steps.map((step) => [step]), firstPerPlace(steps), withoutClaims(steps)];
  const hints = new Map<string, Hint>();
  for (const plan of plans) {
    const repairs = repairsOf(snapshot, plan);
    if (repairs === null) continue;
    const edits = merged(repairs);
    const key = JSON.stringify(edits);
    if (edits.length === 0 || hints.has(key)) continue;
    hints.set(key, {
      names: [...new Set(repairs.map(({ name }) => name))],
      edits,
      zh: [...new Set(repairs.map(({ zh }) => zh))].join(';'),
      en: [...new Set(repairs.map(({ en }) => en))].join('; '),
      verified: passes(reevaluate(applyEdits(snapshot, edits))),
    });
  }
  return [...hints.values()];
}

function passes({ outcome, constraints, provisional }: ReturnType<Reevaluate>): boolean {
  return constraints.length === 0 && !provisional && (outcome === 'allow' || outcome === 'allow_with_notice');
}

function stepsOf(assessment: Assessment): Step[] {
  const steps: Step[] = [];
  for (const result of assessment.results) {
    const { rule, claim, outcome } = result;
    if (outcome !== 'hit' || rule.hint === null || rule.adversarial) continue;
    if (steps.some((step) => step.name === rule.hint && step.claim === claim)) continue;
    steps.push({ name: rule.hint, claim, result });
  }
  return steps;
}

/** Repairs that lower a figure are milder than removing the claim. */
const MILDEST: readonly HintName[] = [
  'align-headline-price',
  'lower-reference-to-cap',
  'correct-percent',
  'label-msrp',
  'remove-claim',
];

function firstPerPlace(steps: readonly Step[]): Step[] {
  const chosen = new Map<number | null, Step>();
  for (const step of [...steps].sort((a, b) => MILDEST.indexOf(a.name) - MILDEST.indexOf(b.name))) {
    if (!chosen.has(step.claim)) chosen.set(step.claim, step);
  }
  return [...chosen.values()];
}

function withoutClaims(steps: readonly Step[]): Step[] {
  return firstPerPlace(steps).map((step) => (step.claim === null ? step : { ...step, name: 'remove-claim' }));
}

/** Each step builds on the texts that the former ones left; null when one of them is not possible. */
function repairsOf(snapshot: ListingSnapshot, plan: readonly Step[]): Repair[] | null {
  const repairs: Repair[] = [];
  let working = snapshot;
  for (const step of plan) {
    const made = repair(working, step);
    if (made === null) return null;
    repairs.push(made);
    working = applyEdits(
      working,
      made.edits.filter((edit) => !('remove' in edit && /\]$/.test(edit.path))),
    );
  }
  return repairs;
}

/** The last edit of a path holds what all of them did. */
function merged(repairs: readonly Repair[]): Edit[] {
  return [...new Map(repairs.flatMap(({ edits }) => edits).map((edit) => [edit.path, edit])).values()];
}

function repair(snapshot: ListingSnapshot, step: Step): Repair | null {
  if (step.name === 'align-headline-price') return alignHeadline(snapshot, step.result);
  const claim = step.claim === null ? undefined : snapshot.claims[step.claim];
  if (step.claim === null || claim === undefined) return null;
  switch (step.name) {
    case 'lower-reference-to-cap':
      return lowerReference(snapshot, step.claim, claim, step.result);
    case 'correct-percent':
      return correctPercent(snapshot, step.claim, claim, step.result);
    case 'remove-claim':
      return removeClaim(snapshot, step.claim, claim, step.result);
    case 'label-msrp':
      return labelMsrp(snapshot, step.claim);
  }
}

function lowerReference(snapshot: ListingSnapshot, index: number, claim: Claim, result: RuleResult): Repair | null {
  const cap = result.known('price.cap');
  const sale = saleOf(snapshot, result);
  if (typeof cap !== 'bigint' || claim.reference === null) return null;
  if (cap <= sale) return removeClaim(snapshot, index, claim, result);
  const lowered: Figures = { reference: cap, sale, percent: lawfulPercent(cap, sale) };
  const edits: Edit[] = [{ path: `claims[${index}].reference`, value: cap.toString() }];
  if (claim.percentBps !== null) edits.push(percentEdit(index, lowered.percent));
  return {
    name: 'lower-reference-to-cap',
    edits: [...edits, ...wordEdits(snapshot, index, claim, figuresOf(claim, sale), lowered)],
    zh: `将划线价降至 ${formatMoney(cap, snapshot.currency, 'zh')},并相应修改降幅与文字`,
    en: `Lower the reference price to ${formatMoney(cap, snapshot.currency, 'en')}, with the percentage and words that repeat it`,
  };
}

function correctPercent(snapshot: ListingSnapshot, index: number, claim: Claim, result: RuleResult): Repair | null {
  if (claim.percentBps === null) return null;
  const sale = saleOf(snapshot, result);
  const cap = result.known('price.cap');
  const base = typeof cap === 'bigint' && (claim.reference === null || cap < claim.reference) ? cap : claim.reference;
  if (base === null) return null;
  const lawful = lawfulPercent(base, sale);
  if (lawful === 0n) return removeClaim(snapshot, index, claim, result);
  const from = figuresOf(claim, sale);
  return {
    name: 'correct-percent',
    edits: [percentEdit(index, lawful), ...wordEdits(snapshot, index, claim, from, { ...from, percent: lawful })],
    zh: `将降幅改为 ${percent(lawful)}`,
    en: `Correct the reduction to ${percent(lawful)}`,
  };
}

function removeClaim(snapshot: ListingSnapshot, index: number, claim: Claim, result: RuleResult): Repair {
  const figures = figuresOf(claim, saleOf(snapshot, result));
  const words = wordEdits(snapshot, index, claim, figures, null).filter(({ path }) => !path.startsWith('claims['));
  const shown = claim.reference === null ? null : claim.reference;
  return {
    name: 'remove-claim',
    edits: [{ path: `claims[${index}]`, remove: true }, ...words],
    zh: shown === null ? '删除该比价宣传' : `删除与 ${formatMoney(shown, snapshot.currency, 'zh')} 的比价`,
    en:
      shown === null
        ? 'Remove the comparison'
        : `Remove the comparison with ${formatMoney(shown, snapshot.currency, 'en')}`,
  };
}

function alignHeadline(snapshot: ListingSnapshot, result: RuleResult): Repair {
  const cheapest = result.known('listing.minVariantPrice');
  const target = typeof cheapest === 'bigint' && cheapest < snapshot.price ? cheapest : snapshot.price;
  return {
    name: 'align-headline-price',
    edits: [{ path: 'headlinePrice', value: target.toString() }],
    zh: `将首页价格改为 ${formatMoney(target, snapshot.currency, 'zh')}`,
    en: `Show ${formatMoney(target, snapshot.currency, 'en')} as the headline price`,
  };
}

function labelMsrp(snapshot: ListingSnapshot, index: number): Repair {
  const label = snapshot.jurisdiction === 'CN' ? '厂商建议零售价' : "Manufacturer's suggested retail price";
  return {
    name: 'label-msrp',
    edits: [
      { path: `claims[${index}].label`, value: label },
      { path: `claims[${index}].basis.labelledMsrp`, value: true },
    ],
    zh: '将划线价标明为“厂商建议零售价”',
    en: "Label the reference price as the manufacturer's suggested retail price",
  };
}

function saleOf(snapshot: ListingSnapshot, result: RuleResult): bigint {
  const sale = result.known('claim.sale');
  return typeof sale === 'bigint' ? sale : snapshot.price;
}

function figuresOf(claim: Claim, sale: bigint): Figures {
  const reference = claim.reference ?? sale;
  const shown = claim.percentBps === null ? lawfulPercent(reference, sale) : BigInt(claim.percentBps);
  return { reference, sale, percent: shown };
}

function percentEdit(index: number, basisPoints: bigint): Edit {
  const path = `claims[${index}].percent`;
  return basisPoints === 0n ? { path, remove: true } : { path, value: Number(basisPoints) / 100 };
}

function wordEdits(snapshot: ListingSnapshot, index: number, claim: Claim, from: Figures, to: Figures | null): Edit[] {
  const places: readonly [string, string | null][] = [
    ['title', snapshot.title],
    ['description', snapshot.description],
    [`claims[${index}].text`, claim.text],
    [`claims[${index}].label`, claim.label],
  ];
  const rewrite = figureRewriter(snapshot.currency, from, to);
  const edits: Edit[] = [];
  for (const [path, text] of places) {
    if (text === null) continue;
    const value = rewrite(text);
    if (value !== text) edits.push({ path, value });
  }
  return edits;
}
