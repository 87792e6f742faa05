import { isNode, LineCounter, parseDocument } from 'yaml';
import { fail } from './output.ts';

/** One value of a file of cases; `lineOf` finds the line of a JSON pointer within it. */
export interface JsonCase {
  readonly index: number;
  readonly value: unknown;
  lineOf(pointer: string): number | undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lineOfOffset(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function failAtPosition(file: string, text: string, error: unknown): never {
  const reason = reasonOf(error);
  const position = /at position (\d+)/.exec(reason)?.[1];
  const offset = position === undefined ? text.length : Number(position);
  return fail(file, lineOfOffset(text, offset), `not JSON: ${reason}`);
}

/** JSON is YAML, whose parser knows where each value stands; used only once something is wrong. */
function locator(text: string): (path: readonly (string | number)[]) => number | undefined {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false });
  return (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
    }
    return undefined;
  };
}

function pathOf(pointer: string): (string | number)[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step.replace(/~1/g, '/').replace(/~0/g, '~')));
}

function oneDocument(text: string, values: readonly unknown[], prefix: readonly string[] | null): JsonCase[] {
  let locate: ReturnType<typeof locator> | undefined;
  return values.map((value, index) => ({
    index,
    value,
    lineOf: (pointer) => {
      locate ??= locator(text);
      return locate([...(prefix === null ? [] : [...prefix, index]), ...pathOf(pointer)]);
    },
  }));
}

function onePerLine(file: string, text: string): JsonCase[] {
  const cases: JsonCase[] = [];
  for (const [number, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      cases.push({ index: cases.length, value: JSON.parse(line), lineOf: () => number + 1 });
    } catch (error) {
      fail(file, number + 1, `not JSON: ${reasonOf(error)}`);
    }
  }
  return cases;
}

function casesWithin(value: unknown): readonly unknown[] | null {
  if (typeof value !== 'object' || value === null || !('cases' in value)) return null;
  return Array.isArray(value.cases) ? value.cases : null;
}

/**
 * The cases of a file: a JSON list, an object with a list `cases`, one object, or one object a line. A byte order mark
 * is skipped.
 * @throws UsageError naming file, line and reason when the text is not JSON.
 */
export function readCases(file: string, raw: string): readonly JsonCase[] {
  const text = raw.replace(/^\uFEFF/, '');
  if (text.trim() === '') return fail(file, 1, 'is empty');
  if (/\.(jsonl|ndjson)$/.test(file)) return onePerLine(file, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const firstLine = text.trimStart().split('\n', 1)[0] ?? '';
    if (firstLine.startsWith('{') && isJson(firstLine)) return onePerLine(file, text);
    return failAtPosition(file, text, error);
  }
  if (Array.isArray(value)) return oneDocument(text, value, []);
  const inner = casesWithin(value);
  return inner === null ? oneDocument(text, [value], null) : oneDocument(text, inner, ['cases']);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
