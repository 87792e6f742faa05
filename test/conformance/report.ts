import { readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from './runner.ts';
import type { SpecTest } from './spec-file.ts';

/** One test that does not pass, and why. */
export interface Listed {
  readonly file: string;
  readonly test: string;
  readonly outcome: 'failed' | 'skipped' | 'inapplicable';
  readonly reason: string;
}

export interface Expectations {
  /** Files that the list speaks of: of these, every test that it does not name passes. */
  readonly files: readonly string[];
  readonly exceptions: readonly Listed[];
}

export interface Summary {
  readonly tests: number;
  readonly inapplicable: number;
  readonly skipped: number;
  readonly passed: number;
  readonly failed: number;
  /** Of the applicable tests, skipped ones left out, in percent. */
  readonly passedPercent: number;
}

export type Results = readonly { readonly test: SpecTest; readonly outcome: Outcome }[];

export function summarise(results: Results): Summary {
  const count = (kind: Outcome['kind']) => results.filter(({ outcome }) => outcome.kind === kind).length;
  const [passed, failed] = [count('passed'), count('failed')];
  const ran = passed + failed;
  return {
    tests: results.length,
    inapplicable: count('inapplicable'),
    skipped: count('skipped'),
    passed,
    failed,
    passedPercent: ran === 0 ? 100 : Math.floor((passed / ran) * 10_000) / 100,
  };
}

function key(file: string, test: string): string {
  return `${file} > ${test}`;
}

/**
 * How a run differs from the list, one line each. In files that the list does not speak of, only failures differ.
 * Tests that the list names but the run does not contain differ too, unless their whole file is absent.
 */
export function differences(results: Results, expectations: Expectations): string[] {
  const listed = new Map(expectations.exceptions.map((each) => [key(each.file, each.test), each]));
  const known = new Set(expectations.files);
  const lines: string[] = [];
  for (const { test, outcome } of results) {
    const name = key(test.file, test.description);
    const expected = listed.get(name)?.outcome ?? (known.has(test.file) ? 'passed' : undefined);
    listed.delete(name);
    if (expected === undefined ? outcome.kind !== 'failed' : outcome.kind === expected) continue;
    const reason = outcome.kind === 'passed' ? '' : `: ${outcome.reason}`;
    lines.push(`${name}: ${outcome.kind}, expected ${expected ?? 'passed'}${reason}`);
  }
  const present = new Set(results.map(({ test }) => test.file));
  for (const [name, { file }] of listed)
    if (present.has(file)) lines.push(`${name}: listed, but there is no such test`);
  return lines;
}

export function readExpectations(path: URL): Expectations {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Writes what this run showed as what is expected from now on; reasons of failures that were listed already stay. */
export function writeExpectations(path: URL, results: Results, before: Expectations): void {
  const reasons = new Map(before.exceptions.map((each) => [key(each.file, each.test), each]));
  const exceptions = results.flatMap(({ test, outcome }): Listed[] => {
    if (outcome.kind === 'passed') return [];
    const old = reasons.get(key(test.file, test.description));
    const reason = old?.outcome === outcome.kind ? old.reason : outcome.reason;
    return [{ file: test.file, test: test.description, outcome: outcome.kind, reason }];
  });
  const files = [...new Set(results.map(({ test }) => test.file))];
  writeFileSync(path, `${JSON.stringify({ files, exceptions }, null, 2)}\n`);
}
