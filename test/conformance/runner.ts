import type { Document, MongoClient } from 'mongodb';
import { AbstractCursor, Collection } from 'mongodb';
import { Entities, type Entity } from './entities.ts';
import { checkEvents } from './events.ts';
import { checkError } from './expected-error.ts';
import { match } from './matching.ts';
import { runOperation, UnknownOperation } from './operations.ts';
import { type Deployment, driverDeviation, refusedByDesign, whyInapplicable } from './requirements.ts';
import type { SpecTest } from './spec-file.ts';

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Applicable, but about what the database refuses by design, or skipped by its own authors. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** For other servers. */
  | { readonly kind: 'inapplicable'; readonly reason: string };

export interface Target {
  readonly url: string;
  readonly deployment: Deployment;
  /** Prepares and looks, without being observed. */
  readonly administrator: MongoClient;
}

/** Longest that one test may take, in milliseconds. */
const PATIENCE = 20_000;

/** Runs one test. Never rejects. */
export async function runTest(test: SpecTest, target: Target): Promise<Outcome> {
  const inapplicable = whyInapplicable(test, target.deployment);
  if (inapplicable !== undefined) return { kind: 'inapplicable', reason: inapplicable };
  if (test.skipReason !== undefined) return { kind: 'skipped', reason: test.skipReason };
  const refused = refusedByDesign(test);
  if (refused !== undefined) return { kind: 'skipped', reason: `refused by design: ${refused}` };
  const deviation = driverDeviation(test);
  if (deviation !== undefined) return { kind: 'skipped', reason: `driver: ${deviation}` };
  const entities = new Entities(target.url);
  try {
    await withPatience(perform(test, target, entities));
    return { kind: 'passed' };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await entities.close().catch(() => undefined);
    await target.administrator
      .db('admin')
      .command({ configureFailPoint: 'failCommand', mode: 'off' })
      .catch(() => undefined);
  }
}

async function withPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The test did not end within ${PATIENCE} ms`)), PATIENCE);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function perform(test: SpecTest, target: Target, entities: Entities): Promise<void> {
  for (const data of test.initialData) await prepare(data, target.administrator);
  await entities.create(test.createEntities);
  for (const [at, operation] of test.operations.entries()) {
    await performOperation(operation, entities).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`operations[${at}] ${operation.name}: ${message}`);
    });
  }
  checkEvents(test.expectEvents, (client) => entities.events(client), entities);
  for (const data of test.outcome) {
    const collection = target.administrator.db(data.databaseName).collection(data.collectionName);
    const found = await collection.find({}, { sort: { _id: 1 } }).toArray();
    match(data.documents, found, entities, false, data.collectionName);
  }
}

async function prepare(data: Document, administrator: MongoClient): Promise<void> {
  const database = administrator.db(data.databaseName);
  await database.dropCollection(data.collectionName);
  if (data.documents.length === 0 || data.createOptions !== undefined) {
    await database.createCollection(data.collectionName, data.createOptions);
  }
  if (data.documents.length > 0) await database.collection(data.collectionName).insertMany(data.documents);
}

async function performOperation(operation: Document, entities: Entities): Promise<void> {
  let result: unknown;
  try {
    result = await runOperation(operation, entities);
  } catch (error) {
    if (error instanceof UnknownOperation || (operation.expectError === undefined && !operation.ignoreResultAndError))
      throw error;
    if (operation.expectError !== undefined) checkError(operation.expectError, error, entities);
    return;
  }
  if (operation.expectError !== undefined) checkError(operation.expectError, undefined, entities);
  if (operation.saveResultAsEntity !== undefined) entities.set(operation.saveResultAsEntity, asEntity(result));
  if ('expectResult' in operation) match(operation.expectResult, result, entities);
}

function asEntity(result: unknown): Entity {
  return result instanceof AbstractCursor || result instanceof Collection ? result : { value: result };
}
