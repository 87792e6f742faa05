import { z } from 'zod';
import { HINT_NAMES } from './hint-names.ts';
import { SCOPES } from './registry.ts';
import { ACTIONS, OUTCOMES, RISKS } from './risk.ts';

const NAME = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const LAW = /^[A-Z0-9]+(?:-[A-Za-z0-9]+)*$/;

const text = z.string().trim().min(1);
const bilingual = z.strictObject({ zh: text, en: text });

/** Log-odds in thousandths at the finest, never negative: a hit can only raise a risk. */
const weight = z
  .number()
  .min(0)
  .max(20)
  .refine((value) => Math.abs(value * 1_000 - Math.round(value * 1_000)) < 1e-6, 'has more than three decimals');

export const ruleSchema = z
  .strictObject({
    id: z.string().regex(NAME, 'is not of the form area.thing.finding'),
    scope: z.enum(SCOPES),
    risk: z.enum(RISKS),
    constraint: z.enum(ACTIONS).optional(),
    weight: weight.optional(),
    when: text,
    explain: bilingual,
    law: z.array(z.string().regex(LAW, 'is not a law id')).default([]),
    hint: z.enum(HINT_NAMES).optional(),
    enabled: z.boolean().default(true),
  })
  .refine(
    (value) => (value.constraint === undefined) !== (value.weight === undefined),
    'needs either "constraint" or "weight"',
  );

export const lawSchema = z.strictObject({ zh: text, en: text, title: bilingual, source: text });

const cost = z.strictObject({ falsePositive: z.int().min(1), falseNegative: z.int().min(1) });

const costs = z.strictObject({
  category: z.string().default(''),
  jurisdiction: z.string().default('*'),
  risk: z.enum(RISKS),
  actions: z.partialRecord(z.enum(ACTIONS), cost),
});

const failure = z.strictObject({ category: z.string().default(''), outcome: z.enum(OUTCOMES) });

export const decisionSchema = z.strictObject({
  id: z.string().regex(NAME, 'is not a policy id'),
  effectiveFrom: z.iso.datetime({ offset: true }),
  source: text,
  validityHours: z.int().min(1).max(8_760),
  priors: z.partialRecord(z.enum(RISKS), z.number().gt(0).lt(1)),
  costs: z.array(costs),
  fail: z.array(failure),
});

/** A rules file: any of rules, laws and versions of the decision policy, each checked by its own schema. */
export const packFileSchema = z.strictObject({
  rules: z.array(z.unknown()).optional(),
  law: z.record(z.string().regex(LAW, 'is not a law id'), z.unknown()).optional(),
  decision: z.array(z.unknown()).optional(),
});

export type RuleSource = z.output<typeof ruleSchema>;
export type LawSource = z.output<typeof lawSchema>;
export type DecisionSource = z.output<typeof decisionSchema>;
