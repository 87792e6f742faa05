import type { z } from 'zod';
import type { Language, Phrase } from './language.ts';
import { jsonPointer } from './pointer.ts';
import type { ProblemField, RequestPart } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** A request part that names more broken fields than this lists the first of them. */
const MAX_FIELDS = 100;

/** Each broken field of a refused input once, unknown fields each by its own name. `raw` is the input that was parsed. */
export function fieldErrors(error: z.ZodError, raw: unknown, language: Language, part?: RequestPart): ProblemField[] {
  const fields: ProblemField[] = [];
  collect(error.issues, [], raw, language, part, fields);
  return fields.slice(0, MAX_FIELDS);
}

function collect(
  issues: readonly Issue[],
  prefix: readonly PropertyKey[],
  raw: unknown,
  language: Language,
  part: RequestPart | undefined,
  into: ProblemField[],
): void {
  const push = (path: readonly PropertyKey[], text: string): void => {
    if (into.length >= MAX_FIELDS) return;
    const pointer = jsonPointer(path);
    into.push(part === undefined ? { pointer, reason: text } : { in: part, pointer, reason: text });
  };
  for (const issue of issues) {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) push([...path, key], phraseOf(issue, undefined)[language]);
    } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      collect(closestBranch(issue.errors), path, raw, language, part, into);
    } else {
      push(path, phraseOf(issue, valueAt(raw, path))[language]);
    }
  }
}

/** Of the alternatives the one that the input came nearest to: the deepest first complaint, then the fewest. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (branch: readonly Issue[]): number => Math.max(0, ...branch.map((issue) => issue.path.length));
  return branches.reduce((best, branch) => {
    const byDepth = depth(branch) - depth(best);
    return byDepth > 0 || (byDepth === 0 && branch.length < best.length) ? branch : best;
  });
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

type Pair = readonly [zh: string, en: string];

const KINDS: Readonly<Record<string, Pair>> = {
  string: ['文本', 'text'],
  number: ['数字', 'a number'],
  int: ['整数', 'a whole number'],
  boolean: ['布尔值', 'true or false'],
  object: ['对象', 'an object'],
  record: ['对象', 'an object'],
  array: ['数组', 'an array'],
  tuple: ['数组', 'an array'],
  null: ['null', 'null'],
  bigint: ['整数', 'a whole number'],
};

const FORMATS: Readonly<Record<string, Pair>> = {
  url: ['网址', 'a URL'],
  email: ['电子邮箱', 'an e-mail address'],
  uuid: ['UUID', 'a UUID'],
  datetime: ['ISO 8601 时间', 'an ISO 8601 date-time'],
  date: ['ISO 8601 日期', 'an ISO 8601 date'],
};

/** How the size of each kind of value is counted. */
const UNITS: Readonly<Record<string, Pair>> = {
  string: [' 个字符', ' characters'],
  array: [' 项', ' items'],
  set: [' 项', ' items'],
  map: [' 项', ' entries'],
};

const REQUIRED: Phrase = { zh: '必填', en: 'is required' };

function must(zh: string, en = zh): Phrase {
  return { zh: `必须${zh}`, en: `must ${en}` };
}

function bound(sign: string, limit: number | bigint, origin: string): Phrase {
  const [zh, en] = UNITS[origin] ?? ['', ''];
  return must(` ${sign} ${limit}${zh}`, `be ${sign} ${limit}${en}`);
}

function phraseOf(issue: Issue, value: unknown): Phrase {
  switch (issue.code) {
    case 'invalid_type': {
      if (value === undefined) return REQUIRED;
      const [zh, en] = KINDS[issue.expected] ?? [issue.expected, issue.expected];
      return must(`是${zh}`, `be ${en}`);
    }
    case 'invalid_value': {
      if (value === undefined) return REQUIRED;
      const values = issue.values.map(String).join(', ');
      return must(`是以下之一:${values}`, `be one of ${values}`);
    }
    case 'too_big':
      return bound(issue.inclusive === false ? '<' : '≤', issue.maximum, issue.origin);
    case 'too_small':
      return bound(issue.inclusive === false ? '>' : '≥', issue.minimum, issue.origin);
    case 'invalid_format':
      return formatPhrase(issue);
    case 'not_multiple_of':
      return must(`是 ${issue.divisor} 的倍数`, `be a multiple of ${issue.divisor}`);
    case 'invalid_union':
      return value === undefined
        ? REQUIRED
        : { zh: '不符合任何一种允许的形式', en: 'matches none of the allowed forms' };
    case 'invalid_key':
      return { zh: '键名无效', en: 'has an invalid key' };
    case 'invalid_element':
      return { zh: '元素无效', en: 'has an invalid element' };
    case 'unrecognized_keys':
      return { zh: '未知字段', en: 'unknown field' };
    case 'custom': {
      const zh: unknown = issue.params?.zh;
      return { zh: typeof zh === 'string' ? zh : issue.message, en: issue.message };
    }
  }
}

function formatPhrase(issue: z.core.$ZodIssueInvalidStringFormat): Phrase {
  const format = FORMATS[issue.format];
  if (format !== undefined) return must(`是有效的${format[0]}`, `be ${format[1]}`);
  const pattern = issue.pattern ?? issue.format;
  return must(`符合 ${pattern}`, `match ${pattern}`);
}
