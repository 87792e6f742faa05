import { Schema, type SchemaDefinition } from 'mongoose';
import { canonicalJson, type Json } from '../../domain/canonical.ts';
import { TouchstoneError } from '../../domain/errors.ts';
import type { EventDraft } from '../../domain/journal/event.ts';
import type { Instant } from '../../domain/time.ts';
import { type Identifiers, sha256 } from '../crypto.ts';
import { type CollectionSpec, isDuplicateKey } from './collection.ts';
import type { Connection } from './connection.ts';
import { type Envelope, seal } from './envelope.ts';

/** A document as stored: identifier, envelope, the fields that queries use, and the body. */
export type Stored<Body> = Envelope & { readonly _id: string; readonly body: Body };

export interface Change<Body> {
  readonly id: string;
  /** What was loaded; null when the document is new. The write fails when it has changed since. */
  readonly previous: Stored<Body> | null;
  readonly body: Body;
  readonly events: readonly EventDraft[];
  readonly at: Instant;
}

export interface AggregateStore<Body> {
  find(id: string): Promise<Stored<Body> | null>;
  findMany(ids: readonly string[]): Promise<Map<string, Stored<Body>>>;
  /** One write: body, version, events. Throws `conflict` when the document is not the one loaded. */
  save(change: Change<Body>): Promise<Stored<Body>>;
}

export interface AggregateSpec<Body> extends CollectionSpec {
  /** Name of the streams: the stream of document X is `kind/X`. */
  readonly kind: string;
  /** Fields beside the body that indexes cover, and their types. */
  readonly keyFields: SchemaDefinition;
  keys(body: Body): Readonly<Record<string, string | number | undefined>>;
}

/** The body as text for its hash; amounts become strings. */
export function bodyText(body: unknown): string {
  const plain: Json = JSON.parse(JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? `${value}` : value)));
  return canonicalJson(plain);
}

/** The body is opaque to the store's schema: its shape was parsed on the way in. */
interface StoredFields extends Envelope {
  readonly _id: string;
  readonly body: unknown;
}

/** A repository for documents that change by whole replacement under a version guard. */
export function aggregateStore<Body>(
  connection: Connection,
  spec: AggregateSpec<Body>,
  identifiers: Identifiers,
): AggregateStore<Body> {
  const model = modelOf(connection, spec);
  return {
    find: async (id) => {
      const found = await model.findById(id).lean().exec();
      return found !== null && isStored<Body>(found) ? found : null;
    },
    findMany: async (ids) => {
      const found = await model
        .find({ _id: { $in: [...ids] } })
        .lean()
        .exec();
      return new Map(found.filter((each) => isStored<Body>(each)).map((stored) => [stored._id, stored]));
    },
    save: async (change) => {
      const envelope = seal({
        stream: `${spec.kind}/${change.id}`,
        previous: change.previous,
        drafts: change.events,
        bodyText: bodyText(change.body),
        at: change.at,
        salt: change.previous?.salt ?? identifiers.salt(),
        sha256,
      });
      const stored: Stored<Body> = { _id: change.id, ...envelope, body: change.body };
      const written = await write(model, change.previous, { ...stored, ...spec.keys(change.body) });
      if (!written) throw new TouchstoneError('conflict', `${spec.kind} ${change.id} was changed by another request`);
      return stored;
    },
  };
}

/** Documents of this collection are written by `save` alone, so a version says that the rest is there too. */
function isStored<Body>(found: StoredFields): found is Stored<Body> {
  return Number.isInteger(found.version) && found.body !== undefined;
}

type AggregateModel = ReturnType<typeof modelOf>;

function modelOf<Body>(connection: Connection, spec: AggregateSpec<Body>) {
  const schema = new Schema<StoredFields>(
    {
      _id: { type: String, required: true },
      version: { type: Number, required: true, min: 1 },
      head: { type: Schema.Types.Mixed, required: true },
      salt: { type: String, required: true },
      outbox: { type: [Schema.Types.Mixed], required: true },
      pending: { type: Boolean },
      body: { type: Schema.Types.Mixed, required: true },
    },
    { collection: spec.name, strict: 'throw', versionKey: false, minimize: false, autoIndex: false },
  );
  schema.add(spec.keyFields);
  return connection.model(spec.name, schema);
}

async function write(model: AggregateModel, previous: Envelope | null, next: StoredFields): Promise<boolean> {
  if (previous !== null) {
    const result = await model.replaceOne({ _id: next._id, version: previous.version }, next);
    return result.matchedCount === 1;
  }
  try {
    await model.create([next]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
