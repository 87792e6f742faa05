import { nearestDouble } from '../bson/number.ts';
import { BsonType, field } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import { badValue, ServerError } from '../errors.ts';
import { ConnectionLost, type Failure } from '../fail-points.ts';
import { beginReply, invalidMessage, type Message, reopenReply } from '../wire.ts';
import { aggregateCommands } from './aggregate.ts';
import { bulkWriteCommands } from './bulk-write.ts';
import { collectionCommands } from './collections.ts';
import { type Command, type Engine, Request, writeFailure } from './context.ts';
import { countCommands } from './count.ts';
import { deleteCommands } from './delete.ts';
import { explainCommands } from './explain.ts';
import { findCommands } from './find.ts';
import { findAndModifyCommands } from './find-and-modify.ts';
import { handshakeCommands } from './handshake.ts';
import { indexCommands } from './indexes.ts';
import { insertCommands } from './insert.ts';
import { updateCommands } from './update.ts';

interface Known {
  readonly run: Command['run'];
  readonly fields: ReadonlySet<string>;
}

const COMMANDS = new Map<string, Known>();
for (const group of [
  handshakeCommands,
  insertCommands,
  updateCommands,
  deleteCommands,
  findCommands,
  findAndModifyCommands,
  countCommands,
  aggregateCommands,
  explainCommands,
  bulkWriteCommands,
  indexCommands,
  collectionCommands,
]) {
  for (const [name, command] of Object.entries(group)) {
    COMMANDS.set(name, { run: command.run, fields: new Set([...command.fields, name]) });
  }
}

/** Fields that every command may carry. */
const COMMON = new Set([
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'maxTimeMS',
  'comment',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  '$audit',
  '$client',
  '$configServerState',
]);
const TRANSACTIONAL = new Set(['txnNumber', 'startTransaction', 'autocommit']);

/** What only a replica set can promise is refused as a standalone refuses it. Throws code 123 or 2. */
function checkConcerns(request: Request): void {
  const reads = request.get('readConcern');
  const level = reads?.type === BsonType.object ? field(reads, 'level') : undefined;
  if (level?.type === BsonType.string && ['snapshot', 'linearizable'].includes(level.asString()))
    throw new ServerError(123, 'node needs to be a replica set member to use read concern');
  const writes = request.get('writeConcern');
  const nodes = writes?.type === BsonType.object ? field(writes, 'w') : undefined;
  if (nodes?.isNumber && nearestDouble(nodes) > 1) throw badValue("cannot use 'w' > 1 when a host is not replicated");
}

function checkFields(request: Request, known: Known): void {
  for (const name of request.fields.keys()) {
    if (known.fields.has(name) || COMMON.has(name)) continue;
    if (TRANSACTIONAL.has(name)) {
      throw new ServerError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
    }
    throw new ServerError(40415, `BSON field '${request.name}.${name}' is an unknown field.`);
  }
}

/** Runs one command. A failure is an answer with `ok: 0`; rejects only with `ConnectionLost`. */
export async function dispatch(engine: Engine, message: Message, connectionId: number): Promise<BsonWriter> {
  let failure: Failure | undefined;
  try {
    const request = new Request(engine, message.body, message.sequences, connectionId);
    const known = COMMANDS.get(request.name);
    if (known === undefined || (request.name === 'configureFailPoint' && engine.failPoint === undefined))
      throw new ServerError(59, `no such command: '${request.name}'`);
    checkFields(request, known);
    checkConcerns(request);
    failure = engine.failPoint?.take(request.name);
    if (failure?.closesConnection) throw new ConnectionLost();
    if (failure?.errorCode !== undefined)
      throw new ServerError(failure.errorCode, "Failing command via 'failCommand' failpoint");
    const reply = await known.run(request);
    const concern = failure?.writeConcernError;
    return concern === undefined ? reply : reopenReply(reply).value('writeConcernError', concern).end();
  } catch (error) {
    if (error instanceof ConnectionLost) throw error;
    const reply = beginReply();
    writeFailure(reply, invalidMessage(error));
    if (failure !== undefined && failure.labels.length > 0) {
      reply.array('errorLabels');
      failure.labels.forEach((label, at) => {
        reply.string(String(at), label);
      });
      reply.end();
    }
    return reply.end();
  }
}
