import type { Composition } from './compose.ts';
import { categoryRoutes } from './features/categories/routes.ts';
import { measure } from './features/decisions/assess.ts';
import { decisionRoutes } from './features/decisions/routes.ts';
import { importRoutes } from './features/imports/routes.ts';
import { journalRoutes } from './features/journal/routes.ts';
import { keyRoutes } from './features/keys/routes.ts';
import { listingRoutes } from './features/listings/routes.ts';
import { merchantRoutes } from './features/merchants/routes.ts';
import { type PriceRouteDeps, priceRoutes } from './features/prices/routes.ts';
import { shopRoutes } from './features/shops/routes.ts';
import type { Ownership } from './http/ownership.ts';
import type { Route } from './http/route.ts';
import { listingSnapshot, toSnapshot } from './wire/listing.ts';

export interface RouteOptions {
  /** For callers that name no deadline of their own, ms. */
  readonly precheckDeadlineMs: number;
  /** Called when an API key has changed. */
  readonly onKeyChange: (id: string) => void;
}

/** Every route of the API. */
export function routesOf(composition: Composition, options: RouteOptions): Route[] {
  const { merchants, shops, categories, listingDeps, decisionDeps, imports, journal, keys } = composition;
  return [
    ...decisionRoutes(decisionDeps, options.precheckDeadlineMs),
    ...priceRoutes(priceRouteDeps(composition)),
    ...listingRoutes(listingDeps),
    ...merchantRoutes(merchants),
    ...shopRoutes(shops),
    ...categoryRoutes(categories),
    ...importRoutes(imports),
    ...journalRoutes(journal),
    ...keyRoutes({ keys, onChange: options.onKeyChange }),
  ];
}

function priceRouteDeps({ priceDeps, listings, shopFacts, history, decisionDeps, book }: Composition): PriceRouteDeps {
  return {
    ...priceDeps,
    snapshotOf: async (listingId) => {
      const stored = await listings.find(listingId);
      return stored === null ? null : toSnapshot(listingSnapshot.parse(JSON.parse(stored.body.snapshot.text)));
    },
    historyOf: async (snapshot, from, to) => {
      const shop = await shopFacts.facts(snapshot.shopId);
      return history.history(snapshot.id, from, to, shop?.pricesCompleteSince ?? null);
    },
    verdictsOf: async (snapshot, now) =>
      measure(book, snapshot, await decisionDeps.loaders.history(snapshot, now), now).verdicts,
  };
}

/** Whose every resource is that a request can name. */
export function ownershipOf({ shops, listingFacts, decisions }: Composition): Ownership {
  return {
    ownersOf: async (resource, ids) => {
      if (resource === 'listing') return listingFacts.merchantsOf(ids);
      if (resource === 'decision') return decisions.merchantsOf(ids);
      if (resource === 'shop') {
        const found = await shops.findMany(ids);
        return new Map([...found].map(([id, { body }]) => [id, body.merchantId]));
      }
      return new Map();
    },
  };
}
