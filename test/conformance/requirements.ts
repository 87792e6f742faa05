import type { Document, MongoClient } from 'mongodb';
import type { SpecTest } from './spec-file.ts';

export interface Deployment {
  readonly version: string;
  readonly topology: 'single' | 'replicaset' | 'sharded';
}

export async function deploymentOf(client: MongoClient): Promise<Deployment> {
  const [hello, info] = await Promise.all([
    client.db('admin').command({ hello: 1 }),
    client.db('admin').command({ buildInfo: 1 }),
  ]);
  if (hello.msg === 'isdbgrid') return { version: info.version, topology: 'sharded' };
  return { version: info.version, topology: hello.setName === undefined ? 'single' : 'replicaset' };
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function unmet(requirement: Document, deployment: Deployment): string | undefined {
  const { minServerVersion, maxServerVersion, topologies, serverless, auth, csfle } = requirement;
  if (minServerVersion !== undefined && compareVersions(deployment.version, minServerVersion) < 0)
    return `is for servers from ${minServerVersion}`;
  if (maxServerVersion !== undefined && compareVersions(deployment.version, maxServerVersion) > 0)
    return `is for servers up to ${maxServerVersion}`;
  if (topologies !== undefined && !topologies.includes(deployment.topology)) return `is for ${topologies.join(', ')}`;
  if (serverless === 'require') return 'is for serverless deployments';
  if (auth === true) return 'is for servers with authentication';
  if (csfle !== undefined && csfle !== false) return 'is for client-side encryption';
  return undefined;
}

/** Why a test does not apply to the deployment; undefined when it does. Each list needs one requirement that holds. */
export function whyInapplicable(test: SpecTest, deployment: Deployment): string | undefined {
  for (const list of test.requirements) {
    const reasons = list.map((requirement) => unmet(requirement, deployment));
    if (reasons.length > 0 && reasons.every((reason) => reason !== undefined)) return [...new Set(reasons)].join('; ');
  }
  return undefined;
}

/** What this database refuses by design, by the names under which a test asks for it. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['transactions', /^(?:withTransaction|startTransaction|commitTransaction|abortTransaction)$/],
  ['change streams', /^(?:createChangeStream|\$changeStream)$/],
  ['collation', /^collation$/],
  ['text search', /^\$text$/],
  ['$where', /^\$(?:where|function|accumulator)$/],
  ['geo queries', /^\$(?:geoNear|near|nearSphere|geoWithin|geoIntersects)$/],
  ['time series', /^timeseries$/],
  ['views', /^viewOn$/],
  ['capped collections', /^capped$/],
  ['validators', /^validator$/],
  ['client-side encryption', /^(?:autoEncryptOpts|clientEncryption|encryptedFields)$/],
];

/** The refused feature that a test is about; undefined when there is none. */
export function refusedByDesign(test: SpecTest): string | undefined {
  const names = new Set<string>();
  collectNames([test.createEntities, test.initialData, test.operations], names);
  return REFUSED.find(([, pattern]) => [...names].some((name) => pattern.test(name)))?.[0];
}

/** Where the official driver itself leaves the specification: the server never sees what the test asks for. */
const DRIVER_DEVIATIONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:Aggregate with \$out|BulkWrite|FindOneAndReplace|FindOneAndUpdate|InsertMany) passes bypassDocumentValidation: false$/,
    'the driver does not send bypassDocumentValidation: false',
  ],
  [
    /^inserting _id with type null via (?:insertOne|insertMany|bulkWrite|clientBulkWrite)$/,
    'the driver puts an ObjectId in the place of a null _id',
  ],
];

/** Why the driver cannot pass a test on any server; undefined when it can. */
export function driverDeviation(test: SpecTest): string | undefined {
  return DRIVER_DEVIATIONS.find(([pattern]) => pattern.test(test.description))?.[1];
}

function collectNames(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collectNames(item, names);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      names.add(name);
      if (name === 'name' && typeof inner === 'string') names.add(inner);
      collectNames(inner, names);
    }
  }
}
