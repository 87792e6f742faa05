import { BsonType, type Value } from '../bson/value.ts';
import { badValue, ServerError } from '../errors.ts';
import { RegexTest } from './predicates.ts';

const JS_FLAGS: Readonly<Record<string, string>> = { i: 'i', m: 'm', s: 's', u: '' };

/**
 * A PCRE pattern as a JavaScript one. Flags `i`, `m`, `s`, `x`, `u`, and a leading `(?imsx)`, are understood;
 * other differences of the two languages are not bridged: a pattern that JavaScript refuses is code 51091.
 */
export function compileRegex(source: string, flags: string): RegexTest {
  if (source.includes('\0')) throw badValue('Regular expression cannot contain an embedded null byte');
  const leading = /^\(\?([imsx]+)\)/.exec(source);
  let pattern = leading === null ? source : source.slice(leading[0].length);
  let chosen = 'u';
  let extended = false;
  for (const flag of new Set(flags + (leading?.[1] ?? ''))) {
    if (flag === 'x') extended = true;
    else if (JS_FLAGS[flag] === undefined) throw new ServerError(51108, `invalid flag in regex options: ${flag}`);
    else chosen += JS_FLAGS[flag];
  }
  if (extended) pattern = withoutLayout(pattern);
  pattern = pattern
    .replaceAll('\\A', '^')
    .replaceAll(/\\[zZ]/g, '$')
    .replaceAll('(?P<', '(?<');
  return new RegexTest(compiled(pattern, chosen), source, flags);
}

function compiled(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    // JavaScript's Unicode mode refuses harmless escapes such as `\-` that PCRE accepts.
    try {
      return new RegExp(pattern, flags.replace('u', ''));
    } catch (error) {
      throw new ServerError(51091, `Regular expression is invalid: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function withoutLayout(pattern: string): string {
  return pattern.replace(/(\\.|\[(?:\\.|[^\]])*\])|\s+|#[^\n]*/gs, (_whole, kept: string | undefined) => kept ?? '');
}

/** The pattern and flags of a BSON regular expression. */
export function regexParts(value: Value): { source: string; flags: string } {
  const middle = value.bytes.indexOf(0, value.start);
  return {
    source: value.bytes.toString('utf8', value.start, middle),
    flags: value.bytes.toString('utf8', middle + 1, value.end - 1),
  };
}

export function regexOf(value: Value): RegexTest {
  if (value.type === BsonType.regex) {
    const { source, flags } = regexParts(value);
    return compileRegex(source, flags);
  }
  return compileRegex(value.asString(), '');
}

/** The literal text that every match must start with, `''` when unknown. */
export function literalPrefix(test: RegexTest): string {
  if (test.flags !== '' || !test.source.startsWith('^') || test.source.includes('|')) return '';
  const literal = /^\^((?:[^\\^$.|?*+()[\]{}]|\\[^a-zA-Z0-9])*)/.exec(test.source);
  const text = literal?.[1] ?? '';
  const rest = test.source.slice(1 + text.length);
  const kept = /^[?*{]/.test(rest) ? text.replace(/(\\.|[^\\])$/u, '') : text;
  return kept.replaceAll(/\\(.)/g, '$1');
}
