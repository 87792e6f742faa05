import { TouchstoneError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/time.ts';
import type { AggregateStore } from '../../infra/mongo/aggregate.ts';
import { put } from '../../infra/mongo/put.ts';
import type { ShopBody } from './schemas.ts';

export interface PutShop {
  readonly id: string;
  readonly body: ShopBody;
  readonly expectedVersion?: number;
}

/** A shop never changes hands: its price history, deposits and points belong to one merchant. */
export function putShop(store: AggregateStore<ShopBody>, { id, body, ...guard }: PutShop, now: Instant) {
  return put({
    store,
    id,
    ...guard,
    now,
    next: (current) => {
      if (current !== null && current.body.merchantId !== body.merchantId) {
        const owner = current.body.merchantId;
        const detail = { zh: '店铺不能转移到其他商家', en: 'a shop cannot move to another merchant' };
        throw new TouchstoneError('validation_failed', detail, [
          { pointer: '/merchantId', reason: `the shop belongs to ${owner}`, zh: `该店铺属于 ${owner}` },
        ]);
      }
      return body;
    },
    event: () => ({ type: 'shop.changed', subject: { merchantId: body.merchantId, shopId: id } }),
  });
}
