import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { startEmbeddedServer } from '../../src/infra/embedded/server.ts';
import { differences, readExpectations, summarise, writeExpectations } from './report.ts';
import { deploymentOf } from './requirements.ts';
import { type Outcome, runTest } from './runner.ts';
import { readSpecs, type SpecTest } from './spec-file.ts';

const EXPECTED = new URL('./expected.json', import.meta.url);
const USAGE = `Usage: npm run test:conformance -- --specs DIR [--only TEXT] [--update]
Runs MongoDB driver specification tests (unified test format) against a fresh embedded database, or against MONGO_URL.
`;

async function withServer<T>(use: (url: string) => Promise<T>): Promise<T> {
  const given = process.env.MONGO_URL;
  if (given) return use(given);
  const directory = await mkdtemp(join(tmpdir(), 'touchstone-conformance-'));
  const server = await startEmbeddedServer({ dir: directory, port: 0, testCommands: true });
  try {
    return await use(server.url);
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function runAll(tests: readonly SpecTest[], url: string) {
  const administrator = await MongoClient.connect(url);
  try {
    const deployment = await deploymentOf(administrator);
    process.stdout.write(`server ${deployment.version}, ${deployment.topology}\n`);
    const results: { test: SpecTest; outcome: Outcome }[] = [];
    for (const test of tests) {
      const outcome = await runTest(test, { url, deployment, administrator });
      results.push({ test, outcome });
      if (outcome.kind === 'failed')
        process.stdout.write(`failed: ${test.file} > ${test.description}\n        ${outcome.reason}\n`);
    }
    return results;
  } finally {
    await administrator.close();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      specs: { type: 'string' },
      only: { type: 'string', default: '' },
      update: { type: 'boolean', default: false },
    },
  });
  if (values.specs === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { only } = values;
  const tests = readSpecs(resolve(values.specs)).filter((each) => `${each.file} > ${each.description}`.includes(only));
  if (tests.length === 0) {
    process.stderr.write(`There are no tests in ${values.specs}\n`);
    return 2;
  }
  const results = await withServer((url) => runAll(tests, url));
  process.stdout.write(`${JSON.stringify(summarise(results))}\n`);
  const expectations = readExpectations(EXPECTED);
  if (values.update) {
    writeExpectations(EXPECTED, results, expectations);
    return 0;
  }
  const lines = differences(results, expectations);
  if (lines.length > 0) process.stdout.write(`not as test/conformance/expected.json says:\n${lines.join('\n')}\n`);
  return lines.length === 0 ? 0 : 1;
}

process.exitCode = await main();
