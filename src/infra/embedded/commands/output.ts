import { ObjectNode, sealed } from '../bson/tree.ts';
import { BsonType, type Element, elementsOf, field, type Value } from '../bson/value.ts';
import { idKeyOf, idOf } from '../documents.ts';
import { failedToParse, ServerError } from '../errors.ts';
import type { Engine } from './context.ts';
import { ensureCollection } from './insert.ts';
import { replaceDocument } from './update.ts';

/** `$out` and `$merge`, as one transaction. Inside a write only. */
export function writeOutput(engine: Engine, database: string, stage: Element, documents: readonly Value[]): void {
  const target = targetOf(database, stage.name === '$out' ? stage.value : (field(stage.value, 'into') ?? stage.value));
  if (stage.name === '$out') replaceCollection(engine, target, documents);
  else mergeInto(engine, target, stage.value, documents);
}

interface Target {
  readonly database: string;
  readonly name: string;
}

function targetOf(database: string, value: Value): Target {
  if (value.type === BsonType.string) return { database, name: value.asString() };
  const name = value.type === BsonType.object ? field(value, 'coll') : undefined;
  if (name?.type !== BsonType.string) throw failedToParse('$out or $merge needs a target collection');
  return { database: field(value, 'db')?.asString() ?? database, name: name.asString() };
}

/** Keeps the target's indexes. */
function replaceCollection(engine: Engine, target: Target, documents: readonly Value[]): void {
  const present = engine.catalog.get(target.database, target.name);
  const collection = engine.catalog.create(target.database, target.name);
  for (const index of present?.indexes ?? []) {
    collection.indexes.push({
      ...index,
      space: engine.catalog.allocateSpace(),
      multikey: index.multikey.map(() => false),
      hasLongKeys: false,
    });
  }
  if (present !== undefined) engine.catalog.discard(present);
  engine.catalog.save(collection);
  for (const document of documents) engine.documents.insert(collection, document);
}

function choice(specification: Value, name: string, otherwise: string): string {
  const value = specification.type === BsonType.object ? field(specification, name) : undefined;
  if (value === undefined) return otherwise;
  if (value.type !== BsonType.string)
    throw new ServerError(115, `$merge: ${name} pipelines are not supported by the embedded database`);
  return value.asString();
}

function mergeInto(engine: Engine, target: Target, specification: Value, documents: readonly Value[]): void {
  const on = specification.type === BsonType.object ? field(specification, 'on') : undefined;
  if (on !== undefined && !(on.type === BsonType.string && on.asString() === '_id')) {
    throw new ServerError(115, '$merge: only on _id is supported by the embedded database');
  }
  const matched = choice(specification, 'whenMatched', 'merge');
  const notMatched = choice(specification, 'whenNotMatched', 'insert');
  const collection = ensureCollection(engine, target.database, target.name);
  for (const document of documents) {
    const id = idOf(document);
    if (id === undefined) continue;
    const idKey = idKeyOf(id);
    const before = engine.documents.get(collection, idKey);
    if (before === undefined) {
      if (notMatched === 'fail')
        throw new ServerError(13113, '$merge could not find a matching document in the target collection');
      if (notMatched === 'insert') engine.documents.insert(collection, document);
    } else if (matched === 'fail') {
      engine.documents.insert(collection, document);
    } else if (matched === 'replace') {
      replaceDocument(engine, collection, idKey, before, document);
    } else if (matched === 'merge') {
      replaceDocument(engine, collection, idKey, before, merged(before, document));
    }
  }
}

function merged(before: Value, document: Value): Value {
  const node = ObjectNode.of(before);
  for (const { name, value } of elementsOf(document)) node.set(name, value);
  return sealed(node);
}
