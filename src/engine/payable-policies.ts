import { z } from 'zod';
import type { Json } from '../domain/canonical.ts';
import type { PayablePolicy } from '../domain/payable/policy.ts';
import { PackError, type PackProblem, PackSource, type RulesFile } from './pack-source.ts';

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case words joined by underscores');
const share = z.int().min(0).max(10_000);

const stage = z.strictObject({
  name,
  kinds: z.array(name).min(1),
  thresholdOf: z.enum(['list', 'remaining']).default('list'),
  settles: z.enum(['checkout', 'later']).default('checkout'),
  platformFunded: z.boolean().default(false),
  countsForClaim: z.boolean(),
});

const policySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
  version: z.int().min(1),
  jurisdiction: z.string().regex(/^(\*|[A-Z]{2}(-[A-Z]{2})?)$/, 'must be such as "CN", "EU-DE" or "*"'),
  effectiveFrom: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  source: z.strictObject({
    title: z.string().min(1),
    checkedOn: z.iso.date(),
    confidence: z.enum(['read', 'secondary', 'unverified']),
  }),
  stages: z.array(stage).min(1),
  audiences: z.record(name, share),
  otherAudienceBps: share,
  fewBps: share,
  ordinaryQuantity: z.int().min(1).max(99),
});

const fileSchema = z.strictObject({ payable: z.array(policySchema) });

export interface PayablePolicies {
  readonly policies: readonly PayablePolicy[];
  /** For the hash of the pack that they are used with. */
  readonly content: Json;
}

/**
 * Reads and checks the orders of stacking of `rules/policies/payable`.
 * @throws PackError with every problem found: file, line and reason.
 */
export function parsePayablePolicies(files: readonly RulesFile[]): PayablePolicies {
  const problems: PackProblem[] = [];
  const policies: PayablePolicy[] = [];
  const starts = new Set<string>();
  for (const file of files) {
    const source = new PackSource(file, problems);
    for (const [index, policy] of (source.parse(fileSchema)?.payable ?? []).entries()) {
      const start = `${policy.jurisdiction} ${policy.effectiveFrom}`;
      if (starts.has(start)) {
        source.report(['payable', index, 'effectiveFrom'], `another order for ${policy.jurisdiction} begins then`);
      }
      starts.add(start);
      reportKindsTwice(policy, source, index);
      policies.push(policy);
    }
  }
  if (problems.length > 0) throw new PackError(problems);
  const content: Json = JSON.parse(JSON.stringify(policies));
  return { policies, content };
}

function reportKindsTwice({ stages }: PayablePolicy, source: PackSource, index: number): void {
  const seen = new Set<string>();
  for (const [at, { kinds }] of stages.entries()) {
    for (const kind of kinds) {
      if (seen.has(kind)) source.report(['payable', index, 'stages', at], `${kind} belongs to two stages`);
      seen.add(kind);
    }
  }
}
