import { PackError } from '../engine/pack-source.ts';
import type { RuleBook } from '../features/decisions/rule-book.ts';
import { loadRuleBook } from '../service.ts';
import { UsageError } from './output.ts';
import { configOrUsageError } from './store.ts';

/** The rules of a directory, or those that the environment means; broken ones are told with file, line and reason. */
export async function ruleBookOf(directory?: string): Promise<RuleBook> {
  try {
    return await loadRuleBook(directory ?? configOrUsageError().rulesDir);
  } catch (error) {
    throw error instanceof PackError ? new UsageError(`broken rules\n${error.message}`) : error;
  }
}
