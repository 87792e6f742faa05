import { z } from 'zod';
import { TouchstoneError } from '../../domain/errors.ts';
import type { PriceHistory } from '../../domain/price/observation.ts';
import type { PriceVerdict } from '../../domain/price/verdict.ts';
import type { Registry } from '../../engine/registry.ts';
import type { Signals, Subject } from './assess.ts';
import { signalsFromJson } from './signals-codec.ts';

const amount = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

const observation = z.strictObject({
  id: z.string(),
  sku: z.string().nullable(),
  kind: z.enum(['offer', 'sale']),
  price: amount,
  currency: z.string(),
  at: z.number(),
  recordedAt: z.number(),
  quantity: z.number(),
  layer: z.enum(['public', 'member', 'coupon', 'livestream', 'rebate']),
  platformSubsidy: amount,
  refunded: z.boolean(),
  brushed: z.boolean(),
  corrects: z.string().nullable(),
  retracted: z.boolean(),
});

const history = z.strictObject({
  completeSince: z.number().nullable(),
  readFrom: z.number().nullable(),
  observations: z.array(observation),
});

type StoredVerdict = Omit<PriceVerdict, 'cap'> & { readonly cap: string | null };

/** The codes inside are whatever the version that wrote them knew; they are repeated, never interpreted. */
const verdict = z.custom<StoredVerdict>(
  (value) =>
    z
      .looseObject({
        verdict: z.string(),
        cap: z.string().regex(/^\d+$/).nullable(),
        evidence: z.array(z.string()),
        findings: z.array(z.looseObject({ code: z.string() })),
      })
      .safeParse(value).success,
);

const basis = z.object({
  detector: z.string(),
  snapshot: z.json(),
  subject: z.object({ category: z.string(), jurisdiction: z.string(), currency: z.string(), conductAt: z.number() }),
  read: z.object({ history: history.nullable() }),
  notEvaluated: z.array(z.string()),
  signals: z.object({ listing: z.unknown(), claims: z.array(z.unknown()), verdicts: z.array(verdict) }),
});

/** What a decision rested on, read back from its stored text. */
export interface StoredBasis {
  readonly detector: string;
  readonly snapshot: z.output<typeof basis>['snapshot'];
  readonly subject: Subject;
  readonly history: PriceHistory | null;
  readonly notEvaluated: readonly string[];
  readonly signals: Signals;
}

/** Throws TouchstoneError `validation_failed` for a text that `basisText` did not write. */
export function readBasis(text: string, registry: Registry): StoredBasis {
  try {
    const { detector, snapshot, subject, read, notEvaluated, signals } = basis.parse(JSON.parse(text));
    return {
      detector,
      snapshot,
      subject,
      history: read.history === null ? null : historyFrom(read.history),
      notEvaluated,
      signals: {
        listing: signalsFromJson(signals.listing, registry),
        claims: signals.claims.map((claim) => signalsFromJson(claim, registry)),
        verdicts: signals.verdicts.map((each) => ({ ...each, cap: each.cap === null ? null : BigInt(each.cap) })),
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TouchstoneError('validation_failed', 'the decision’s basis cannot be read', [
      { pointer: '/basis', reason },
    ]);
  }
}

function historyFrom({ observations, completeSince, readFrom }: z.output<typeof history>): PriceHistory {
  return { observations, completeSince, ...(readFrom === null ? {} : { readFrom }) };
}
