import mongoose from 'mongoose';

export type Connection = mongoose.Connection;

/** How long an operation waits for a reachable server before it fails, ms. The pre-check's deadline is shorter still. */
const SERVER_SELECTION_MS = 2_000;
/** A server that has not said a word for so long while somebody waits is given up, ms. */
const SILENCE_MS = 10_000;

/**
 * Opens a connection of its own, so that several worlds can live in one process.
 * Nothing is buffered while the server is away: an operation fails, and its caller's fail policy answers.
 */
export async function connectMongo(url: string, database: string): Promise<Connection> {
  return mongoose.createConnection(url, optionsFor(database, SERVER_SELECTION_MS)).asPromise();
}

/** A connection that goes nowhere: enough to describe what would be done with one. To be closed like any other. */
export function unconnectedMongo(): Connection {
  const connection = mongoose.createConnection('mongodb://127.0.0.1:1/', optionsFor('none', 1));
  connection.asPromise().catch(() => undefined);
  return connection;
}

function optionsFor(database: string, serverSelectionTimeoutMS: number): mongoose.ConnectOptions {
  return {
    dbName: database,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    serverSelectionTimeoutMS,
    socketTimeoutMS: SILENCE_MS,
    maxPoolSize: 32,
    useBigInt64: true,
    ignoreUndefined: true,
  };
}

/** Throws when the store does not answer. */
export async function pingMongo(connection: Connection): Promise<void> {
  await connection.db?.command({ ping: 1 });
  if (connection.readyState !== mongoose.ConnectionStates.connected) throw new Error('not connected');
}
