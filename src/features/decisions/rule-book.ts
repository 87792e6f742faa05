import type { PayablePolicy } from '../../domain/payable/policy.ts';
import type { PricePolicySet } from '../../domain/price/policy.ts';
import { loadPack, type Pack } from '../../engine/pack.ts';
import type { RulesFile } from '../../engine/pack-source.ts';
import { parsePayablePolicies } from '../../engine/payable-policies.ts';
import { parsePricePolicies } from '../../engine/price-policies.ts';
import { createRegistry, type Registry } from '../../engine/registry.ts';
import { CLAIMS_SIGNALS } from '../../engine/signals/claims.ts';
import { PRICE_CONTEXTS, PRICE_SIGNALS } from '../../engine/signals/price.ts';
import { sha256 } from '../../infra/crypto.ts';

/** Everything that judges: one immutable pack and the price policies, both loaded at start. */
export interface RuleBook {
  readonly pack: Pack;
  readonly pricePolicies: PricePolicySet;
  readonly payablePolicies: readonly PayablePolicy[];
  readonly registry: Registry;
}

export interface RuleBookFiles {
  /** Rules, laws and the decision policy. */
  readonly pack: readonly RulesFile[];
  readonly pricePolicies: readonly RulesFile[];
  /** The orders in which promotions stack. */
  readonly payablePolicies: readonly RulesFile[];
}

/** Throws PackError with every problem, each with file, line and reason. */
export function makeRuleBook(files: RuleBookFiles): RuleBook {
  const registry = createRegistry([...PRICE_SIGNALS, ...CLAIMS_SIGNALS], PRICE_CONTEXTS);
  const { policies, content } = parsePricePolicies(files.pricePolicies);
  const payable = parsePayablePolicies(files.payablePolicies);
  return {
    pack: loadPack(files.pack, registry, sha256, { price: content, payable: payable.content }),
    pricePolicies: policies,
    payablePolicies: payable.policies,
    registry,
  };
}
