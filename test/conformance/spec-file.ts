import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { EJSON } from 'bson';
import type { Document } from 'mongodb';

/** One test of the unified test format, with what it takes from its file. */
export interface SpecTest {
  /** Path below the directory of specifications. */
  readonly file: string;
  readonly description: string;
  readonly requirements: readonly (readonly Document[])[];
  readonly createEntities: readonly Document[];
  readonly initialData: readonly Document[];
  readonly operations: readonly Document[];
  readonly expectEvents: readonly Document[];
  readonly outcome: readonly Document[];
  readonly skipReason: string | undefined;
}

function jsonFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return jsonFiles(path);
    return entry.name.endsWith('.json') ? [path] : [];
  });
}

/** Every test below a directory, in order of path. Files that hold no tests are left out. */
export function readSpecs(directory: string): SpecTest[] {
  const files = jsonFiles(directory).sort();
  return files.flatMap((path) => testsOf(relative(directory, path), EJSON.parse(readFileSync(path, 'utf8'))));
}

/** The tests of one parsed file. */
export function testsOf(file: string, spec: Document): SpecTest[] {
  if (!Array.isArray(spec.tests)) return [];
  return spec.tests.map((test: Document) => ({
    file,
    description: test.description,
    requirements: [spec.runOnRequirements, test.runOnRequirements].filter((each) => each !== undefined),
    createEntities: spec.createEntities ?? [],
    initialData: spec.initialData ?? [],
    operations: test.operations,
    expectEvents: test.expectEvents ?? [],
    outcome: test.outcome ?? [],
    skipReason: test.skipReason,
  }));
}
