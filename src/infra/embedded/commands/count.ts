import { BsonType, itemsOf, type Value } from '../bson/value.ts';
import type { BsonWriter } from '../bson/writer.ts';
import { encodeValue } from '../index-key.ts';
import { type Path, pathOf, visitPath } from '../path.ts';
import { openQuery, PAUSE, type Stream } from '../query.ts';
import { beginReply } from '../wire.ts';
import { type Command, type Request, refuseCollation, resolveHint } from './context.ts';
import { filterOf } from './find.ts';

/** Calls `visit` for every document, giving others a turn now and then. */
export async function forEachDocument(stream: Stream, visit: (document: Value) => void): Promise<void> {
  for (let next = stream.next(); next !== undefined; next = stream.next()) {
    if (next === PAUSE) {
      stream.pause();
      await new Promise(setImmediate);
    } else {
      visit(next);
    }
  }
  stream.pause();
}

async function count(request: Request): Promise<BsonWriter> {
  const { timeLimit } = request;
  refuseCollation(request.get('collation'));
  const collection = request.collection();
  const filter = filterOf(request.document('query'));
  const skip = request.integer('skip') ?? 0;
  const limit = Math.abs(request.integer('limit') ?? 0);
  let n = 0;
  if (collection !== undefined) {
    const hint = resolveHint(collection, request.get('hint'));
    const isAll = filter.kind === 'and' && filter.children.length === 0;
    if (isAll && hint === undefined) {
      n = Math.max(0, collection.count - skip);
      if (limit > 0) n = Math.min(n, limit);
    } else {
      const { stream } = openQuery(request.engine.storage, collection, {
        filter,
        sort: [],
        skip,
        limit,
        hint,
        timeLimit,
      });
      await forEachDocument(stream, () => {
        n += 1;
      });
    }
  }
  return beginReply().integer('n', n).double('ok', 1).end();
}

/** The values at a path, items of arrays apart. */
export function distinctValues(document: Value, path: Path, add: (value: Value) => void): void {
  visitPath(document, path, 0, false, (value) => {
    if (value === undefined) return false;
    if (value.type === BsonType.array) for (const item of itemsOf(value)) add(item);
    else add(value);
    return false;
  });
}

async function distinct(request: Request): Promise<BsonWriter> {
  const { timeLimit } = request;
  refuseCollation(request.get('collation'));
  const collection = request.collection();
  const filter = filterOf(request.document('query'));
  const path = pathOf(request.text('key') ?? '');
  const found = new Map<string, { key: Buffer; value: Value }>();
  if (collection !== undefined) {
    const hint = resolveHint(collection, request.get('hint'));
    const { stream } = openQuery(request.engine.storage, collection, {
      filter,
      sort: [],
      skip: 0,
      limit: 0,
      hint,
      timeLimit,
    });
    await forEachDocument(stream, (document) => {
      distinctValues(document, path, (value) => {
        const key = encodeValue(value);
        const name = key.toString('latin1');
        if (!found.has(name)) found.set(name, { key, value: value.copy() });
      });
    });
  }
  const values = [...found.values()].sort((left, right) => Buffer.compare(left.key, right.key));
  const reply = beginReply(1024).array('values');
  values.forEach(({ value }, at) => {
    reply.value(String(at), value);
  });
  return reply.end().double('ok', 1).end();
}

export const countCommands: Readonly<Record<string, Command>> = {
  count: { run: count, fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'] },
  distinct: { run: distinct, fields: ['key', 'query', 'collation', 'hint'] },
};
