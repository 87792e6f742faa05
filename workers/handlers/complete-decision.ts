import type { DecisionDeps } from '../../src/features/decisions/commands.ts';
import { completeDecisionJob } from '../../src/features/decisions/jobs.ts';
import { completeDecision } from '../../src/features/decisions/rescore.ts';
import type { Handler } from '../handler.ts';

export function completeProvisional(deps: DecisionDeps): Handler {
  return { job: completeDecisionJob, handle: (event, now) => completeDecision(deps, event, now) };
}
