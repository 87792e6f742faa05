import {
  type AbstractCursor,
  ClientSession,
  Collection,
  Db,
  type DbOptions,
  type Document,
  MongoClient,
  type MongoClientOptions,
  ReadConcern,
  ReadPreference,
} from 'mongodb';
import type { MatchContext } from './matching.ts';

/** One observed event: its name as the format writes it, and what it said. */
export interface Observed {
  readonly type: string;
  readonly event: Document;
}

const COMMAND_EVENTS = ['commandStarted', 'commandSucceeded', 'commandFailed'] as const;
const POOL_EVENTS = [
  'connectionCreated',
  'connectionReady',
  'connectionClosed',
  'connectionCheckedOut',
  'connectionCheckedIn',
  'connectionPoolCreated',
  'connectionPoolReady',
  'connectionPoolCleared',
  'connectionPoolClosed',
] as const;
/** Commands that are never reported, as the format asks. */
const SILENT = new Set(['configureFailPoint', 'hello', 'ismaster', 'isMaster']);

export type Entity = MongoClient | Db | Collection | ClientSession | AbstractCursor | { readonly value: unknown };

/** The things that a test speaks of by name, and the events of its clients. */
export class Entities implements MatchContext {
  readonly #url: string;
  readonly #all = new Map<string, Entity>();
  readonly #events = new Map<string, Observed[]>();
  readonly #clients = new Map<string, MongoClient>();
  readonly #sessionIds = new Map<string, unknown>();
  readonly #checkedOut = new Map<string, number>();

  constructor(url: string) {
    this.#url = url;
  }

  async create(descriptions: readonly Document[]): Promise<void> {
    for (const description of descriptions) {
      const [kind, entity] = Object.entries<Document>(description)[0] ?? ['', {}];
      if (kind === 'client') await this.#createClient(entity);
      else if (kind === 'database') this.set(entity.id, this.#database(entity));
      else if (kind === 'collection') this.set(entity.id, this.#collection(entity));
      else if (kind === 'session') this.#createSession(entity);
      else throw new Error(`The runner makes no entity of kind ${kind}`);
    }
  }

  async #createClient(entity: Document): Promise<void> {
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries(entity.uriOptions ?? {})) url.searchParams.set(name, String(value));
    const options: MongoClientOptions = { monitorCommands: true };
    if (entity.serverApi !== undefined) options.serverApi = entity.serverApi;
    const client = new MongoClient(url.href, options);
    this.#observe(client, entity);
    await client.connect();
    this.#clients.set(entity.id, client);
    this.set(entity.id, client);
  }

  #observe(client: MongoClient, entity: Document): void {
    const observed: Observed[] = [];
    this.#events.set(entity.id, observed);
    const wanted = new Set<string>(entity.observeEvents ?? []);
    const ignored = new Set<string>(entity.ignoreCommandMonitoringEvents ?? []);
    for (const name of COMMAND_EVENTS) {
      client.on(name, (event: Document) => {
        if (!wanted.has(`${name}Event`) || SILENT.has(event.commandName) || ignored.has(event.commandName)) return;
        observed.push({ type: `${name}Event`, event });
      });
    }
    for (const name of POOL_EVENTS) {
      client.on(name, (event: Document) => {
        if (wanted.has(`${name}Event`)) observed.push({ type: `${name}Event`, event });
      });
    }
    this.#checkedOut.set(entity.id, 0);
    const count = (by: number) => this.#checkedOut.set(entity.id, (this.#checkedOut.get(entity.id) ?? 0) + by);
    client.on('connectionCheckedOut', () => count(1));
    client.on('connectionCheckedIn', () => count(-1));
  }

  #database(entity: Document): Db {
    return this.client(entity.client).db(entity.databaseName, optionsOf(entity.databaseOptions));
  }

  #collection(entity: Document): Collection {
    return this.database(entity.database).collection(entity.collectionName, optionsOf(entity.collectionOptions));
  }

  #createSession(entity: Document): void {
    const session = this.client(entity.client).startSession(entity.sessionOptions);
    this.#sessionIds.set(entity.id, session.id);
    this.set(entity.id, session);
  }

  set(id: string, entity: Entity): void {
    this.#all.set(id, entity);
  }

  get(id: string): Entity {
    const found = this.#all.get(id);
    if (found === undefined) throw new Error(`The test has no entity ${id}`);
    return found;
  }

  client(id: string): MongoClient {
    const found = this.#clients.get(id);
    if (found === undefined) throw new Error(`The test has no client ${id}`);
    return found;
  }

  database(id: string): Db {
    const found = this.get(id);
    if (!(found instanceof Db)) throw new Error(`${id} is no database`);
    return found;
  }

  session(id: string): ClientSession {
    const found = this.get(id);
    if (!(found instanceof ClientSession)) throw new Error(`${id} is no session`);
    return found;
  }

  entity(id: string): unknown {
    const found = this.get(id);
    return typeof found === 'object' && 'value' in found && !(found instanceof Collection) ? found.value : found;
  }

  sessionId(id: string): unknown {
    return this.#sessionIds.get(id);
  }

  events(clientId: string): readonly Observed[] {
    return this.#events.get(clientId) ?? [];
  }

  /** Connections of a client that are in use. */
  checkedOut(clientId: string): number {
    return this.#checkedOut.get(clientId) ?? 0;
  }

  /** Looks at the server without being observed. */
  async administer<T>(look: (client: MongoClient) => Promise<T>): Promise<T> {
    const client = await MongoClient.connect(this.#url);
    try {
      return await look(client);
    } finally {
      await client.close();
    }
  }

  async close(): Promise<void> {
    for (const entity of this.#all.values()) if (entity instanceof ClientSession) await entity.endSession();
    for (const client of this.#clients.values()) await client.close();
  }
}

/** Options of a database or collection as the driver takes them. */
function optionsOf(given: Document | undefined): DbOptions {
  const options: DbOptions = {};
  if (given?.readConcern !== undefined) options.readConcern = new ReadConcern(given.readConcern.level);
  if (given?.writeConcern !== undefined) options.writeConcern = given.writeConcern;
  if (given?.readPreference !== undefined) options.readPreference = readPreferenceOf(given.readPreference);
  return options;
}

export function readPreferenceOf(given: Document): ReadPreference {
  const { mode, tagSets, ...rest } = given;
  return new ReadPreference(mode, tagSets, rest);
}
