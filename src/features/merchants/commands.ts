import type { Instant } from '../../domain/time.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import { put } from '../../infra/mongo/put.ts';
import type { MerchantBody } from './schemas.ts';

export interface PutMerchant {
  readonly id: string;
  readonly body: MerchantBody;
  readonly expectedVersion?: number;
}

export function putMerchant(store: AggregateStore<MerchantBody>, { id, body, ...guard }: PutMerchant, now: Instant) {
  return put({
    store,
    id,
    ...guard,
    now,
    next: () => body,
    event: () => ({ type: 'merchant.changed', subject: { merchantId: id }, facts: { standing: body.standing } }),
  });
}
