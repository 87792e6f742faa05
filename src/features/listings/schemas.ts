import { z } from 'zod';
import { identifier } from '../../http/primitives.ts';
import { listingStates } from '../../wire/listing.ts';

export const listingView = z
  .object({
    id: identifier,
    version: z.int(),
    state: z.enum(listingStates),
    snapshot: z.record(z.string(), z.unknown()),
    snapshotHash: z.string(),
    verdict: z
      .object({ decisionId: identifier, outcome: z.string(), at: z.string(), provisional: z.boolean() })
      .nullable(),
  })
  .meta({ id: 'ListingView' });
