import { arch, cpus, hostname, platform, totalmem } from 'node:os';
import { BsonType } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import { MAX_DOCUMENT_SIZE } from '../documents.ts';
import { ServerError } from '../errors.ts';
import { beginReply, MAX_MESSAGE_SIZE } from '../wire.ts';
import type { Command, Request } from './context.ts';
import { MOST_WRITES } from './insert.ts';

/** The server version that this server behaves as. */
export const SERVER_VERSION = '8.0.0';
const MAX_WIRE_VERSION = 25;
const SESSION_MINUTES = 30;

function hello(request: Request): BsonWriter {
  const reply = beginReply();
  reply.boolean('helloOk', true).boolean(request.name === 'hello' ? 'isWritablePrimary' : 'ismaster', true);
  return reply
    .int32('maxBsonObjectSize', MAX_DOCUMENT_SIZE)
    .int32('maxMessageSizeBytes', MAX_MESSAGE_SIZE)
    .int32('maxWriteBatchSize', MOST_WRITES)
    .date('localTime', request.engine.now())
    .int32('logicalSessionTimeoutMinutes', SESSION_MINUTES)
    .int32('connectionId', request.connectionId)
    .int32('minWireVersion', 0)
    .int32('maxWireVersion', MAX_WIRE_VERSION)
    .boolean('readOnly', false)
    .double('ok', 1)
    .end();
}

function ok(): BsonWriter {
  return beginReply().double('ok', 1).end();
}

function buildInfo(): BsonWriter {
  const reply = beginReply().string('version', SERVER_VERSION).string('gitVersion', 'embedded').array('modules').end();
  reply.array('versionArray').int32('0', 8).int32('1', 0).int32('2', 0).int32('3', 0).end();
  reply.string('javascriptEngine', 'none').int32('bits', 64).boolean('debug', false);
  reply.int32('maxBsonObjectSize', MAX_DOCUMENT_SIZE).array('storageEngines').string('0', 'lmdb').end();
  return reply.double('ok', 1).end();
}

function getParameter(request: Request): BsonWriter {
  const reply = beginReply();
  const all = request.fields.get('getParameter');
  const wantsAll = all?.type === BsonType.string && all.asString() === '*';
  if (wantsAll || request.fields.has('featureCompatibilityVersion')) {
    reply.object('featureCompatibilityVersion').string('version', '8.0').end();
  } else if (
    ![...request.fields.keys()].some((name) => name === 'authenticationMechanisms' || name === 'requireApiVersion')
  ) {
    throw new ServerError(72, 'no option found to get');
  }
  if (wantsAll || request.fields.has('authenticationMechanisms')) reply.array('authenticationMechanisms').end();
  if (wantsAll || request.fields.has('requireApiVersion')) reply.boolean('requireApiVersion', false);
  return reply.double('ok', 1).end();
}

function connectionStatus(): BsonWriter {
  const reply = beginReply().object('authInfo').array('authenticatedUsers').end().array('authenticatedUserRoles').end();
  return reply.end().double('ok', 1).end();
}

function hostInfo(request: Request): BsonWriter {
  const reply = beginReply().object('system').date('currentTime', request.engine.now()).string('hostname', hostname());
  reply
    .int32('cpuAddrSize', 64)
    .integer('memSizeMB', Math.floor(totalmem() / 1048576))
    .int32('numCores', cpus().length);
  reply.string('cpuArch', arch()).end().object('os').string('type', platform()).end().object('extra').end();
  return reply.double('ok', 1).end();
}

function serverStatus(request: Request): BsonWriter {
  const { engine } = request;
  const reply = beginReply(512)
    .string('host', engine.address)
    .string('version', SERVER_VERSION)
    .string('process', 'touchstone');
  const uptime = (engine.now() - engine.startedAt) / 1000;
  const memory = process.memoryUsage();
  reply.integer('pid', process.pid).double('uptime', uptime).date('localTime', engine.now());
  reply.object('connections').int32('current', engine.connections).end();
  reply
    .object('mem')
    .integer('resident', Math.floor(memory.rss / 1048576))
    .end();
  reply.object('storageEngine').string('name', 'lmdb').boolean('persistent', true).end();
  reply.object('metrics').object('cursor').object('open').int32('total', engine.cursors.size).end().end().end();
  return reply.double('ok', 1).end();
}

function whatsMyUri(request: Request): BsonWriter {
  return beginReply().string('you', request.engine.address).double('ok', 1).end();
}

function noTransactions(): never {
  throw new ServerError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
}

function configureFailPoint(request: Request): BsonWriter {
  const name = request.text('configureFailPoint') ?? '';
  request.engine.failPoint?.configure(name, request.get('mode'), request.document('data'));
  return ok();
}

const HELLO_FIELDS = [
  'helloOk',
  'client',
  'compression',
  'saslSupportedMechs',
  'speculativeAuthenticate',
  'loadBalanced',
  'topologyVersion',
  'maxAwaitTimeMS',
  'backpressure',
];

export const handshakeCommands: Readonly<Record<string, Command>> = {
  hello: { run: hello, fields: HELLO_FIELDS },
  isMaster: { run: hello, fields: HELLO_FIELDS },
  ismaster: { run: hello, fields: HELLO_FIELDS },
  ping: { run: ok, fields: [] },
  buildInfo: { run: buildInfo, fields: [] },
  buildinfo: { run: buildInfo, fields: [] },
  getParameter: {
    run: getParameter,
    fields: ['featureCompatibilityVersion', 'authenticationMechanisms', 'requireApiVersion'],
  },
  connectionStatus: { run: connectionStatus, fields: ['showPrivileges'] },
  hostInfo: { run: hostInfo, fields: [] },
  serverStatus: { run: serverStatus, fields: [] },
  whatsmyuri: { run: whatsMyUri, fields: [] },
  endSessions: { run: ok, fields: [] },
  killSessions: { run: ok, fields: [] },
  refreshSessions: { run: ok, fields: [] },
  commitTransaction: { run: noTransactions, fields: ['txnNumber', 'autocommit', 'recoveryToken'] },
  abortTransaction: { run: noTransactions, fields: ['txnNumber', 'autocommit', 'recoveryToken'] },
  configureFailPoint: { run: configureFailPoint, fields: ['mode', 'data'] },
  startSession: { run: ok, fields: [] },
};
