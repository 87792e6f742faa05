import { z } from 'zod';
import { integerText, reason } from './primitives.ts';

/** What a keyset cursor carries: the sort values of the last row of a page. */
export type CursorTuple = readonly (string | number)[];

const VERSION = 1;
const MAX_LENGTH = 1_024;

/** The opaque text of a cursor. `list` names the order it belongs to, so that no cursor is read by another list. */
export function encodeCursor(list: string, tuple: CursorTuple): string {
  return Buffer.from(JSON.stringify([VERSION, list, ...tuple])).toString('base64url');
}

/** The tuple of a cursor of this list; null when the text is not one. */
export function decodeCursor<T extends CursorTuple>(list: string, shape: z.ZodType<T>, text: string): T | null {
  if (text.length > MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  if (!Array.isArray(content) || content[0] !== VERSION || content[1] !== list) return null;
  const tuple = shape.safeParse(content.slice(2));
  return tuple.success ? tuple.data : null;
}

const notACursor = reason('is not a cursor that this list gave', '不是此列表给出的游标');

/** Schema of the `cursor` parameter of a list: text outside, tuple inside. */
function cursorOf<T extends CursorTuple>(list: string, shape: z.ZodType<T>) {
  return z
    .string()
    .refine((text) => decodeCursor(list, shape, text) !== null, notACursor)
    .transform((text, context) => {
      const tuple = decodeCursor(list, shape, text);
      if (tuple !== null) return tuple;
      context.addIssue({ code: 'custom', message: notACursor.message, params: notACursor.params });
      return z.NEVER;
    })
    .meta({ description: 'Opaque; from `next` of the page before. 游标。' });
}

const DEFAULT_LIMIT = 50;

/** The query parameters of every list. */
export function pageQuery<T extends CursorTuple>(list: string, shape: z.ZodType<T>, maxLimit = 200) {
  return {
    cursor: cursorOf(list, shape).optional(),
    limit: integerText(1, maxLimit).default(Math.min(DEFAULT_LIMIT, maxLimit)),
  };
}

/** The body of every list: the rows and the cursor of the next page, null at the end. */
export function pageOf<S extends z.ZodType>(row: S) {
  return z.strictObject({ items: z.array(row), next: z.string().nullable() });
}

/** Cuts `limit` rows out of the `limit + 1` that were read, and names the cursor of the next page. */
export function pageFrom<T>(
  list: string,
  rows: readonly T[],
  limit: number,
  tupleOf: (row: T) => CursorTuple,
): { readonly items: T[]; readonly next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? encodeCursor(list, tupleOf(last)) : null;
  return { items, next };
}

/** RFC 8288 Link header that leads to the next page of the list at `path` with `query` (without `?`). */
export function nextLink(path: string, query: string, next: string): string {
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', next);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
