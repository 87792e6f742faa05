import type { CountedPrice } from '../../../domain/price/history.ts';
import type { AgainstPrior, Rise } from '../../../domain/price/pattern-kinds.ts';
import type { Seen } from './claimed-price.ts';

/** The sale price beside the lowest price of the period before. */
export function againstPrior(salePrice: bigint, prior: CountedPrice): Seen<AgainstPrior> {
  const value = salePrice > prior.price ? 'above' : salePrice === prior.price ? 'equal' : 'below';
  return { value, evidence: [prior.id] };
}

/**
 * What the last rise in a path of prices was: the path is in order of time, and its first price is the one in force at
 * its start. Null for an empty path.
 */
export function lastRise(path: readonly CountedPrice[]): Seen<Rise> | null {
  const [opening] = path;
  if (opening === undefined) return null;
  let result: Seen<Rise> = { value: 'none', evidence: [] };
  let highestBefore = opening.price;
  for (let index = 1; index < path.length; index += 1) {
    const [before, price] = [path[index - 1], path[index]];
    if (before === undefined || price === undefined) continue;
    if (price.price > before.price) {
      const value = price.price <= highestBefore ? 'promotion_ended' : 'raised';
      result = { value, evidence: [before.id, price.id] };
    }
    if (price.price > highestBefore) highestBefore = price.price;
  }
  return result;
}
