import { priceHistoryWindow } from './detect/price/signals.ts';
import { categoriesSpec } from './features/categories/repo.ts';
import type { DecisionDeps } from './features/decisions/commands.ts';
import { decisionRepo, decisionsSpec } from './features/decisions/repo.ts';
import type { RuleBook } from './features/decisions/rule-book.ts';
import { importsSpec } from './features/imports/repo.ts';
import { checkpointRepo, checkpointsSpec } from './features/journal/checkpoint-repo.ts';
import { journalRepo, journalSpec } from './features/journal/repo.ts';
import { keysSpec } from './features/keys/repo.ts';
import type { ListingDeps } from './features/listings/commands.ts';
import { listingsSpec } from './features/listings/repo.ts';
import { listingViews } from './features/listings/views.ts';
import { merchantsSpec } from './features/merchants/repo.ts';
import type { PriceDeps } from './features/prices/commands.ts';
import { priceRepo, pricesSpec } from './features/prices/repo.ts';
import { priceViews } from './features/prices/views.ts';
import { shopsSpec } from './features/shops/repo.ts';
import { shopViews } from './features/shops/views.ts';
import type { Clock } from './infra/clock.ts';
import type { Identifiers } from './infra/crypto.ts';
import { aggregateStore } from './infra/mongo/aggregate.ts';
import type { CollectionSpec } from './infra/mongo/collection.ts';
import type { Connection } from './infra/mongo/connection.ts';
import { leasesSpec, openLeases, openWatermarks, watermarksSpec } from './infra/mongo/coordination.ts';
import { markersSpec, openMarkers } from './infra/mongo/markers.ts';
import { openOutboxes } from './infra/mongo/outbox.ts';

/** Every collection of the product. */
export const COLLECTIONS: readonly CollectionSpec[] = [
  merchantsSpec,
  shopsSpec,
  categoriesSpec,
  listingsSpec,
  pricesSpec,
  decisionsSpec,
  importsSpec,
  keysSpec,
  journalSpec,
  checkpointsSpec,
  markersSpec,
  leasesSpec,
  watermarksSpec,
];

export interface ComposeParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly book: RuleBook;
}

export type Composition = ReturnType<typeof compose>;

/** The one place where repositories, views and commands are put together. */
export function compose({ connection, clock, identifiers, book }: ComposeParts) {
  const merchants = aggregateStore(connection, merchantsSpec, identifiers);
  const shops = aggregateStore(connection, shopsSpec, identifiers);
  const categories = aggregateStore(connection, categoriesSpec, identifiers);
  const listings = aggregateStore(connection, listingsSpec, identifiers);
  const imports = aggregateStore(connection, importsSpec, identifiers);
  const keys = aggregateStore(connection, keysSpec, identifiers);
  const prices = priceRepo(connection, identifiers);
  const decisions = decisionRepo(connection, identifiers);
  const shopFacts = shopViews(shops, clock);
  const listingFacts = listingViews(connection);
  const history = priceViews(prices);

  const listingDeps: ListingDeps = {
    listings,
    merchantOfShop: async (shopId) => (await shopFacts.facts(shopId))?.merchantId ?? null,
  };
  const priceDeps: PriceDeps = { prices, factsOfListings: listingFacts.factsOf };
  const decisionDeps: DecisionDeps = {
    book,
    decisions,
    clock,
    loaders: {
      history: async (snapshot, now) => {
        const shop = await shopFacts.facts(snapshot.shopId);
        const completeSince = shop?.pricesCompleteSince ?? null;
        const window = priceHistoryWindow(snapshot, book.pricePolicies, now);
        if (window === null) return { observations: [], completeSince };
        return history.history(snapshot.id, window.from, window.to + 1, completeSince);
      },
    },
  };
  return {
    connection,
    clock,
    identifiers,
    book,
    merchants,
    shops,
    categories,
    listings,
    imports,
    keys,
    prices,
    decisions,
    shopFacts,
    listingFacts,
    history,
    listingDeps,
    priceDeps,
    decisionDeps,
    journal: journalRepo(connection),
    checkpoints: checkpointRepo(connection),
    markers: openMarkers(connection),
    leases: openLeases(connection),
    watermarks: openWatermarks(connection),
    outboxes: openOutboxes(connection, COLLECTIONS),
  };
}
