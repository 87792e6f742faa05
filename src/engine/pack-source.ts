import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from './suggest.ts';

/** One thing that is wrong with a rules file. Lines count from 1. */
export interface PackProblem {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** Every problem of a set of rules files. Its message has one `file:line: reason` a line. */
export class PackError extends Error {
  override readonly name = 'PackError';
  readonly problems: readonly PackProblem[];

  constructor(problems: readonly PackProblem[]) {
    super(problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`).join('\n'));
    this.problems = problems;
  }
}

export interface RulesFile {
  readonly path: string;
  readonly text: string;
}

type Path = readonly PropertyKey[];

/** A parsed YAML file that knows the line of each of its values. */
export class PackSource {
  readonly path: string;
  readonly content: unknown;
  private readonly document;
  private readonly lines = new LineCounter();
  private readonly problems: PackProblem[];

  constructor(file: RulesFile, problems: PackProblem[]) {
    this.path = file.path;
    this.problems = problems;
    this.document = parseDocument(file.text, { lineCounter: this.lines, prettyErrors: false });
    for (const error of [...this.document.errors, ...this.document.warnings]) {
      problems.push({ file: file.path, line: this.lines.linePos(error.pos[0]).line, reason: error.message });
    }
    this.content = this.document.errors.length === 0 ? this.document.toJS({ maxAliasCount: 0 }) : undefined;
  }

  report(path: Path, reason: string, lineOffset = 0): void {
    this.problems.push({ file: this.path, line: this.lineOf(path) + lineOffset, reason });
  }

  /** The line of a position in the text of the scalar at `path`, which may be a block of several lines. */
  reportWithin(path: Path, text: string, position: number, reason: string): void {
    const node = this.document.getIn(path, true);
    const block = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    this.report(path, reason, block ? 1 + (text.slice(0, position).match(/\n/g)?.length ?? 0) : 0);
  }

  /** The content at `path` as the schema's output; null after reporting each issue at its line. */
  parse<T extends z.ZodType>(schema: T, path: Path = []): z.output<T> | null {
    if (this.content === undefined) return null;
    const parsed = schema.safeParse(valueAtPath(this.content, path), { error: plainMessage });
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) this.reportIssue(issue, schema, path);
    return null;
  }

  private reportIssue(issue: z.core.$ZodIssue, schema: z.ZodType, base: Path): void {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = fieldsAt(schema, issue.path);
      for (const key of issue.keys) {
        this.report([...path, key], `${place(path)}unknown field "${key}"${didYouMean(key, known)}`);
      }
      return;
    }
    const written = valueAtPath(this.content, path);
    const guess =
      issue.code === 'invalid_value' && typeof written === 'string'
        ? didYouMean(written, issue.values.map(String))
        : '';
    this.report(path, `${place(path)}${issue.message}${guess}`);
  }

  lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.offsetOf(path.slice(0, length));
      if (offset !== null) return this.lines.linePos(offset).line;
    }
    return 1;
  }

  /** Where the key of a map member, or an element of a list, begins. */
  private offsetOf(path: Path): number | null {
    const parent = path.length === 1 ? this.document.contents : this.document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
      return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
    }
    const node = this.document.getIn(path, true);
    return isNode(node) ? (node.range?.[0] ?? null) : null;
  }
}

function valueAtPath(content: unknown, path: Path): unknown {
  let value: unknown = content;
  for (const step of path) value = isRecord(value) ? value[String(step)] : undefined;
  return value;
}

function place(path: Path): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `;
}

function plainMessage(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined;
}

/** Field names that the schema knows at a path, for suggestions. */
function fieldsAt(schema: z.ZodType, path: Path): string[] {
  let current: unknown = schema;
  for (const step of path) current = inner(current, step);
  return Object.keys(shapeOf(unwrap(current)) ?? {});
}

function inner(schema: unknown, step: PropertyKey): unknown {
  const bare = unwrap(schema);
  const shape = shapeOf(bare);
  if (shape !== null) return shape[String(step)];
  const definition = definitionOf(bare);
  return definition?.element ?? definition?.valueType;
}

function unwrap(schema: unknown): unknown {
  const wrapped = definitionOf(schema)?.innerType;
  return wrapped === undefined ? schema : unwrap(wrapped);
}

function shapeOf(schema: unknown): Record<string, unknown> | null {
  const shape = definitionOf(schema)?.shape;
  return isRecord(shape) ? shape : null;
}

function definitionOf(schema: unknown): Record<string, unknown> | null {
  return isRecord(schema) && isRecord(schema.def) ? schema.def : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
