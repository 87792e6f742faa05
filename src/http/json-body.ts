import { isUtf8 } from 'node:buffer';
import { repeatedKeys } from './json-keys.ts';
import type { Phrase } from './language.ts';
import { jsonPointer } from './pointer.ts';
import { isSafeText } from './primitives.ts';
import { RequestError } from './request-error.ts';

const MAX_JSON_DEPTH = 64;
/** A body that holds more of these lists the first of them. */
const MAX_FAULTS = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const PROTO = Buffer.from('__proto__');
const UNICODE_ESCAPE = Buffer.from('\\u');
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** One thing that a JSON value may not hold although it is JSON. */
export interface JsonFault {
  readonly path: readonly PropertyKey[];
  readonly reason: Phrase;
}

/**
 * Parses a JSON text received from outside. Throws RequestError: `malformed_body` with the position, for nesting
 * deeper than 64 and for bytes that are not UTF-8; `validation_failed` with a pointer for NUL, half surrogate pairs,
 * the key `__proto__`, and a key that an object has twice.
 */
export function parseJson(bytes: Buffer): unknown {
  const { value, faults } = readJson(bytes);
  if (faults.length > 0) throw faulty(faults);
  return value;
}

/** As `parseJson`, with what is not allowed beside the value instead of thrown. */
export function readJson(bytes: Buffer): { readonly value: unknown; readonly faults: readonly JsonFault[] } {
  if (!isUtf8(bytes)) throw malformed('请求体不是有效的 UTF-8', 'the body is not valid UTF-8');
  const members = countMembers(bytes);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw syntaxError(text);
  }
  const faults: JsonFault[] = [];
  // Only an escape can bring NUL or half a pair into valid UTF-8, and a prototype key is spelled out or escaped.
  if (bytes.includes(UNICODE_ESCAPE) || bytes.includes(PROTO)) collectUnsafe(value, [], faults);
  if (members > keysIn(value)) {
    const reason = { zh: '重复出现', en: 'is given more than once' };
    for (const path of repeatedKeys(text).slice(0, MAX_FAULTS)) faults.push({ path, reason });
  }
  return { value, faults };
}

export function faulty(faults: readonly JsonFault[]): RequestError {
  return new RequestError(
    'validation_failed',
    { zh: '请求体含有不允许的字符或键名', en: 'The body contains characters or keys that are not allowed' },
    faults.map(({ path, reason }) => ({ in: 'body', pointer: jsonPointer(path), reason })),
  );
}

/** The bytes without the mark that some editors put before UTF-8 (RFC 8259 section 8.1 lets a reader ignore it). */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}

function malformed(zh: string, en: string): RequestError {
  return new RequestError('malformed_body', { zh, en });
}

/**
 * The members of all objects in a JSON text. A single pass over the bytes, which refuses hostile nesting before any
 * parser or validator recurses into it.
 */
function countMembers(bytes: Buffer): number {
  let members = 0;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) index += 1;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === COLON) {
      members += 1;
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
  return members;
}

/** The keys of all objects in a parsed value; fewer than the text's members where a key was repeated. */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += keysIn(item);
    return count;
  }
  for (const item of Object.values(value)) count += typeof item === 'object' ? 1 + keysIn(item) : 1;
  return count;
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

/** Collects every text in `value` that holds NUL or half a surrogate pair, and every key that does or is `__proto__`. */
function collectUnsafe(value: unknown, path: readonly PropertyKey[], faults: JsonFault[]): void {
  if (faults.length >= MAX_FAULTS) return;
  if (typeof value === 'string') {
    if (!isSafeText(value)) faults.push({ path, reason: UNSAFE_TEXT });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collectUnsafe(item, [...path, index], faults);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (key === '__proto__') faults.push({ path: [...path, key], reason: UNSAFE_NAME });
      else if (!isSafeText(key)) faults.push({ path, reason: UNSAFE_KEY });
      else collectUnsafe(Reflect.get(value, key), [...path, key], faults);
    }
  }
}

const UNSAFE_TEXT = { zh: '含有 NUL 字符或不成对的代理项', en: 'contains NUL or half of a surrogate pair' };
const UNSAFE_NAME = { zh: '不允许的键名', en: 'is not an allowed key' };
const UNSAFE_KEY = { zh: '含有带 NUL 字符或不成对代理项的键名', en: 'has a key with NUL or half of a surrogate pair' };
