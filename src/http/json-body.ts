import { isUtf8 } from 'node:buffer';
import { jsonPointer } from './pointer.ts';
import { isSafeText } from './primitives.ts';
import type { ProblemField } from './problem.ts';
import { RequestError } from './request-error.ts';

const MAX_JSON_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const PROTO = Buffer.from('__proto__');
const UNICODE_ESCAPE = Buffer.from('\\u');

/**
 * Parses a JSON text received from outside. Throws RequestError: `malformed_body` with the position, for nesting
 * deeper than 64 and for bytes that are not UTF-8; `validation_failed` with a pointer for NUL, half surrogate pairs
 * and the key `__proto__`.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw malformed('请求体不是有效的 UTF-8', 'the body is not valid UTF-8');
  refuseDepth(bytes);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw syntaxError(text);
  }
  // Only an escape can bring NUL or half a pair into valid UTF-8, and a prototype key is spelled out or escaped.
  if (bytes.includes(UNICODE_ESCAPE) || bytes.includes(PROTO)) refuseUnsafe(value);
  return value;
}

function malformed(zh: string, en: string): RequestError {
  return new RequestError('malformed_body', { zh, en });
}

/** A single pass over the bytes, so that no parser or validator ever recurses into hostile nesting. */
function refuseDepth(bytes: Buffer): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) index += 1;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) {
        throw malformed(
          `JSON 嵌套超过 ${MAX_JSON_DEPTH} 层(字节 ${index})`,
          `JSON is nested deeper than ${MAX_JSON_DEPTH} levels at byte ${index}`,
        );
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
}

function syntaxError(text: string): RequestError {
  const offset = jsonErrorOffset(text);
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1) + 1;
  if (offset >= text.length) {
    return malformed(
      `JSON 在第 ${line} 行第 ${column} 列处意外结束`,
      `JSON ends unexpectedly at line ${line}, column ${column}`,
    );
  }
  return malformed(`第 ${line} 行第 ${column} 列不是有效的 JSON`, `not valid JSON at line ${line}, column ${column}`);
}

const WHITESPACE = /[ \t\n\r]*/y;
const SCALAR =
  /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The offset of the first character that makes `text` not JSON; its length when something is missing at the end. */
export function jsonErrorOffset(text: string): number {
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const space = (): void => {
    skip(WHITESPACE);
  };
  const take = (character: string): boolean => {
    if (text[at] !== character) return false;
    at += 1;
    space();
    return true;
  };
  const scalar = (): boolean => {
    const found = skip(SCALAR);
    space();
    return found;
  };
  const members = (close: string, member: () => boolean): boolean => {
    space();
    if (take(close)) return true;
    do {
      if (!member()) return false;
    } while (take(','));
    return take(close);
  };
  const value = (): boolean => {
    if (take('{')) return members('}', () => text[at] === '"' && scalar() && take(':') && value());
    if (take('[')) return members(']', value);
    return scalar();
  };
  space();
  value();
  return at;
}

/** Throws when a text in `value` holds NUL or half a surrogate pair, or a key is `__proto__`. */
function refuseUnsafe(value: unknown): void {
  const fields: ProblemField[] = [];
  collectUnsafe(value, [], fields);
  if (fields.length === 0) return;
  throw new RequestError(
    'validation_failed',
    { zh: '请求体含有不允许的字符或键名', en: 'The body contains characters or keys that are not allowed' },
    fields,
  );
}

function collectUnsafe(value: unknown, path: readonly PropertyKey[], fields: ProblemField[]): void {
  if (fields.length >= 20) return;
  if (typeof value === 'string') {
    if (!isSafeText(value)) fields.push(unsafe(path, 'contains NUL or half of a surrogate pair'));
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collectUnsafe(item, [...path, index], fields);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (key === '__proto__') fields.push(unsafe([...path, key], 'is not an allowed key'));
      else if (!isSafeText(key)) fields.push(unsafe(path, 'has a key with NUL or half of a surrogate pair'));
      else collectUnsafe(Reflect.get(value, key), [...path, key], fields);
    }
  }
}

function unsafe(path: readonly PropertyKey[], text: string): ProblemField {
  return { in: 'body', pointer: jsonPointer(path), reason: text };
}
