import type { Claim } from '../../domain/listing.ts';
import { reductionBps } from '../../domain/money.ts';
import { known, type SignalValue, unknown } from '../../domain/signal.ts';
import { DAY } from '../../domain/time.ts';

const NO_REFERENCE = unknown({ zh: '请提供被比较的价格', en: 'State the price that is compared with' });
const NO_PERCENT = unknown({ zh: '请提供所宣称的折扣幅度', en: 'State the claimed percentage' });
const NO_LABEL = unknown({
  zh: '请说明页面是否标明“厂商建议零售价”',
  en: 'State whether the page labels the price as the manufacturer’s suggested price',
});
const NO_EVIDENCE = unknown({
  zh: '请说明是否持有被比较价格的现行凭证',
  en: 'State whether current evidence of the compared price is held',
});
const NO_END = unknown({ zh: '请提供优惠的截止时间', en: 'State when the offer ends' });

/** A claim announces a reduction when it shows a reference, a percentage or any words. */
export function isAnnounced(claim: Claim): boolean {
  return claim.reference !== null || claim.percentBps !== null || Boolean(claim.text) || Boolean(claim.label);
}

function optional(value: boolean | undefined, missing: SignalValue): SignalValue {
  return value === undefined ? missing : known(value);
}

function impliedPercent(claim: Claim, salePrice: bigint): SignalValue {
  const implied = claim.reference === null ? null : reductionBps(claim.reference, salePrice);
  return implied === null ? NO_REFERENCE : known(implied);
}

function durationDays(claim: Claim): SignalValue {
  if (claim.endsAt === null) return NO_END;
  return known(BigInt(Math.max(0, Math.ceil((claim.endsAt - claim.startsAt) / DAY))));
}

/** Signals that the claim alone gives. */
export function claimSignals(claim: Claim, salePrice: bigint): Readonly<Record<string, SignalValue>> {
  return {
    'claim.kind': known(claim.kind),
    'claim.reference': claim.reference === null ? NO_REFERENCE : known(claim.reference),
    'claim.percent': claim.percentBps === null ? NO_PERCENT : known(BigInt(claim.percentBps)),
    'claim.impliedPercent': impliedPercent(claim, salePrice),
    'claim.sale': known(salePrice),
    'claim.disclosed': known(claim.basis.disclosed),
    'claim.labelledMsrp': optional(claim.basis.labelledMsrp, NO_LABEL),
    'claim.evidenceHeld': optional(claim.basis.evidence, NO_EVIDENCE),
    'claim.announced': known(isAnnounced(claim)),
    'claim.hasEnd': known(claim.endsAt !== null),
    'claim.durationDays': durationDays(claim),
  };
}
