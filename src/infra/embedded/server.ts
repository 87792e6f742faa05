import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import './aggregate/install.ts';
import { Catalog } from './catalog.ts';
import type { Engine } from './commands/context.ts';
import { dispatch } from './commands/dispatch.ts';
import { Cursors } from './cursors.ts';
import { checkDirectory, markDirectory } from './data-file.ts';
import { Documents } from './documents.ts';
import { ExpiryMonitor } from './expiry.ts';
import { FailPoint } from './fail-points.ts';
import { lockDirectory } from './lock.ts';
import { Storage } from './storage.ts';
import { finishReply, MessageSplitter, parseMessage } from './wire.ts';

export interface EmbeddedOptions {
  /** Where the data is kept; made when it does not exist. */
  readonly dir: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** The server's clock, in milliseconds since 1970 UTC. */
  readonly now?: () => number;
  /** Understands `configureFailPoint`, for tests of drivers. */
  readonly testCommands?: boolean;
}

export interface EmbeddedServer {
  /** A connection string. */
  readonly url: string;
  readonly port: number;
  /** Removes what has expired under TTL indexes, as happens every minute; resolves with how many documents. */
  expireDocuments(): Promise<number>;
  /** Answers what has begun, then closes connections and files. */
  close(): Promise<void>;
}

/** One client. Its messages are answered in the order of their arrival. */
class Connection {
  readonly #engine: Engine;
  readonly #socket: Socket;
  readonly #id: number;
  readonly #splitter = new MessageSplitter();
  readonly #waiting: Buffer[] = [];
  #working = false;
  #replies = 0;

  constructor(engine: Engine, socket: Socket, id: number) {
    this.#engine = engine;
    this.#socket = socket;
    this.#id = id;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
  }

  get idle(): boolean {
    return !this.#working;
  }

  #receive(chunk: Buffer): void {
    try {
      this.#waiting.push(...this.#splitter.push(chunk));
    } catch {
      this.#socket.destroy();
      return;
    }
    if (!this.#working) this.#work().catch(() => this.#socket.destroy());
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
        const message = parseMessage(bytes);
        const reply = await dispatch(this.#engine, message, this.#id);
        if (message.silent || this.#socket.destroyed) continue;
        this.#replies += 1;
        if (!this.#socket.write(finishReply(reply, message, this.#replies))) await drained(this.#socket);
      }
    } finally {
      this.#working = false;
    }
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

/** Milliseconds that `close` waits for commands under way. */
const CLOSE_PATIENCE = 5_000;

/**
 * Serves the MongoDB wire protocol from a directory. Throws `conflict` when another process has the directory,
 * `DamagedDataError` when its data cannot be used; rejects with the system's error when the port is taken.
 */
export async function startEmbeddedServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { host = '127.0.0.1', now = Date.now } = options;
  const unlock = lockDirectory(options.dir);
  try {
    checkDirectory(options.dir);
    const storage = new Storage(join(options.dir, 'data'));
    markDirectory(options.dir);
    const catalog = new Catalog(storage);
    const server = createServer();
    const port = await listening(server, host, options.port);
    const engine: Engine = {
      storage,
      catalog,
      documents: new Documents(storage, catalog),
      cursors: new Cursors(),
      now,
      address: `${host}:${port}`,
      startedAt: now(),
      failPoint: options.testCommands === true ? new FailPoint() : undefined,
      connections: 0,
    };
    const connections = accept(server, engine);
    const expiry = new ExpiryMonitor(engine);
    return {
      url: `mongodb://${host}:${port}/?directConnection=true`,
      port,
      expireDocuments: () => expiry.sweep(),
      close: () => {
        expiry.close();
        return shutDown(server, engine, connections, unlock);
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function accept(server: Server, engine: Engine): Map<Socket, Connection> {
  const connections = new Map<Socket, Connection>();
  let lastId = 0;
  server.on('connection', (socket) => {
    lastId += 1;
    connections.set(socket, new Connection(engine, socket, lastId));
    engine.connections = connections.size;
    socket.on('close', () => {
      connections.delete(socket);
      engine.connections = connections.size;
    });
  });
  return connections;
}

async function shutDown(
  server: Server,
  engine: Engine,
  connections: ReadonlyMap<Socket, Connection>,
  unlock: () => void,
): Promise<void> {
  server.close();
  const deadline = performance.now() + CLOSE_PATIENCE;
  while ([...connections.values()].some((each) => !each.idle) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const socket of connections.keys()) socket.destroySoon();
  engine.cursors.close();
  await engine.storage.close();
  unlock();
}
