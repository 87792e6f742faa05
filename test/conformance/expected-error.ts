import { type Document, MongoBulkWriteError, MongoClientBulkWriteError, MongoServerError } from 'mongodb';
import { type MatchContext, Mismatch, match } from './matching.ts';

function check(holds: boolean, what: string, error: Error): void {
  if (!holds) throw new Mismatch('the error', `${what}: ${error.name}: ${error.message}`);
}

/** The server's error behind what the driver throws. */
function serverErrorOf(error: Error): MongoServerError | undefined {
  if (error instanceof MongoClientBulkWriteError && error.cause instanceof MongoServerError) return error.cause;
  return error instanceof MongoServerError ? error : undefined;
}

/** Throws `Mismatch` unless the failure is as `expected` describes it. */
export function checkError(expected: Document, error: unknown, context: MatchContext): void {
  if (!(error instanceof Error))
    throw new Mismatch('the operation', `did not fail, expected ${JSON.stringify(expected)}`);
  const server = serverErrorOf(error);
  if (expected.isClientError !== undefined) {
    const isClient = server === undefined && !(error instanceof MongoClientBulkWriteError);
    check(isClient === expected.isClientError, `is ${isClient ? '' : 'not '}a client error`, error);
  }
  if (expected.errorContains !== undefined) {
    const holds = error.message.toLowerCase().includes(expected.errorContains.toLowerCase());
    check(holds, `does not contain ${expected.errorContains}`, error);
  }
  if (expected.errorCode !== undefined) check(server?.code === expected.errorCode, `has code ${server?.code}`, error);
  if (expected.errorCodeName !== undefined)
    check(server?.codeName === expected.errorCodeName, `has name ${server?.codeName}`, error);
  for (const label of expected.errorLabelsContain ?? []) check(hasLabel(error, label), `lacks label ${label}`, error);
  for (const label of expected.errorLabelsOmit ?? []) check(!hasLabel(error, label), `has label ${label}`, error);
  if (expected.errorResponse !== undefined)
    match(expected.errorResponse, server?.errorResponse ?? server, context, true, 'errorResponse');
  if (expected.expectResult !== undefined) match(expected.expectResult, partialResultOf(error), context);
  if (error instanceof MongoClientBulkWriteError) {
    if (expected.writeErrors !== undefined) match(expected.writeErrors, writeErrorsOf(error), context, false);
    if (expected.writeConcernErrors !== undefined)
      match(expected.writeConcernErrors, error.writeConcernErrors, context, true);
  }
}

function hasLabel(error: Error, label: string): boolean {
  return 'hasErrorLabel' in error && typeof error.hasErrorLabel === 'function' && error.hasErrorLabel(label) === true;
}

function partialResultOf(error: Error): unknown {
  if (error instanceof MongoClientBulkWriteError) return error.partialResult;
  return error instanceof MongoBulkWriteError ? error.result : undefined;
}

function writeErrorsOf(error: MongoClientBulkWriteError): Map<number, Document> {
  return new Map([...error.writeErrors].map(([at, { code }]) => [at, { code }]));
}
