import { z } from 'zod';
import { ACTIONS, OUTCOMES, RISKS } from '../../engine/risk.ts';
import { currency, identifier, instant, money } from '../../http/primitives.ts';

const missing = z.object({ signal: z.string(), zh: z.string(), en: z.string() }).meta({ id: 'MissingSignal' });

const ruleView = z
  .object({
    id: z.string(),
    claim: z.int().nullable().meta({ description: 'Index of the claim; null for a rule about the listing. 声明序号' }),
    outcome: z.enum(['hit', 'miss', 'unknown', 'snoozed', 'error']),
    risk: z.enum(RISKS).optional(),
    constraint: z.enum(ACTIONS).optional(),
    zh: z.string().optional(),
    en: z.string().optional(),
    law: z.array(z.string()).optional(),
    missing: z.array(missing).optional(),
  })
  .meta({ id: 'RuleView' });

const priceView = z
  .object({
    claim: z.int(),
    verdict: z.enum(['ok', 'violation', 'out_of_scope', 'insufficient_history', 'review']),
    cap: money.nullable(),
    basis: z.string().nullable(),
    article: z.string().nullable(),
    evidence: z.array(z.string()),
    findings: z.array(z.string()),
    policy: z.string().nullable(),
  })
  .meta({ id: 'PriceVerdict' });

const edit = z
  .object({ path: z.string(), value: z.unknown().optional(), remove: z.boolean().optional() })
  .meta({ id: 'Edit' });

const hint = z
  .object({
    names: z.array(z.string()),
    zh: z.string(),
    en: z.string(),
    edits: z.array(edit),
    verified: z.boolean(),
  })
  .meta({
    id: 'Hint',
    description: 'Edits that belong together; `verified`: the whole evaluation passes with them. 修改建议',
  });

export const decisionView = z
  .object({
    id: identifier,
    listingId: identifier,
    currency,
    snapshotHash: z.string(),
    outcome: z.enum(OUTCOMES),
    provisional: z.boolean(),
    notEvaluated: z.array(z.string()),
    rescore: z.enum(['not_needed', 'guaranteed', 'not_noted']).meta({
      description:
        '`guaranteed`: the request is durably noted and will be judged again in full, announced by an event. `not_noted`: it could not be noted; send it again. 复评保证',
    }),
    pack: z.string(),
    policy: z.string(),
    at: instant,
    validUntil: instant,
    risks: z.partialRecord(z.enum(RISKS), z.object({ probability: z.number() })),
    rules: z.array(ruleView),
    price: z.array(priceView),
    hints: z.array(hint),
    supersedes: identifier.optional(),
  })
  .meta({ id: 'Decision' });
export type DecisionWire = z.input<typeof decisionView>;
export type RuleWire = DecisionWire['rules'][number];

export const decisionDetail = decisionView
  .extend({
    supersededBy: identifier.optional(),
    signals: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'DecisionDetail' });
