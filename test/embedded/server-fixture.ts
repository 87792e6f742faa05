import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { type EmbeddedOptions, type EmbeddedServer, startEmbeddedServer } from '../../src/infra/embedded/server.ts';

export interface Fixture {
  readonly server: EmbeddedServer;
  readonly client: MongoClient;
  readonly db: Db;
  readonly directory: string;
  stop(): Promise<void>;
}

/** An embedded server of its own in a fresh directory, with a driver connected to it. */
export async function startFixture(options: Partial<EmbeddedOptions> = {}): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'embedded-'));
  const server = await startEmbeddedServer({ dir: directory, port: 0, ...options });
  const client = await MongoClient.connect(server.url);
  return {
    server,
    client,
    db: client.db('shop'),
    directory,
    stop: async () => {
      await client.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
