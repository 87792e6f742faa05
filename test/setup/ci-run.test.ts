import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { FreshClone } from './fresh-clone.ts';

let clone: FreshClone;

beforeEach(() => {
  clone = new FreshClone();
  cpSync('.ci', join(clone.root, '.ci'), { recursive: true });
});

afterEach(() => {
  clone.discard();
});

const green = {
  numPassedTests: 12,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

/** An npm whose `test` leaves `report` and ends with `testStatus`, and whose `run check` ends with `checkStatus`. */
function npm(report: object | undefined, testStatus: number, checkStatus: number): void {
  const write = report === undefined ? '' : `printf '%s' '${JSON.stringify(report)}' >"\${5#--outputFile=}"`;
  clone.stub('npm', `if [ "$1" = test ]; then ${write || ':'}; exit ${testStatus}; fi; exit ${checkStatus}`);
}

function run(): { status: number | null; last: string | undefined } {
  const path = `${clone.bin}:${process.env.PATH ?? ''}`;
  const { status, stdout } = clone.run('.ci/run', [], { PATH: path });
  return { status, last: stdout.trimEnd().split('\n').at(-1) };
}

test.each([
  ['all is well', green, 0, 0, { status: 0, last: '12 passed, 0 failed' }],
  ['a test is skipped', { ...green, numPendingTests: 2 }, 0, 0, { status: 0, last: '12 passed, 0 failed, 2 skipped' }],
  ['a test fails', { ...green, numFailedTests: 1 }, 1, 0, { status: 1, last: '12 passed, 1 failed' }],
  ['a suite cannot run', { ...green, numRuntimeErrorTestSuites: 1 }, 1, 0, { status: 1, last: '12 passed, 1 failed' }],
  ['the run breaks off', undefined, 134, 0, { status: 1, last: '0 passed, 1 failed' }],
  ['the run ends badly after its last test', green, 1, 0, { status: 1, last: '12 passed, 1 failed' }],
  ['a check fails', green, 0, 1, { status: 1, last: '12 passed, 0 failed' }],
])(
  'when %s, the last line counts the tests and the status tells',
  (_name, report, testStatus, checkStatus, expected) => {
    npm(report, testStatus, checkStatus);
    expect(run()).toEqual(expected);
  },
);

test('the tests and every check are run', () => {
  npm(green, 1, 0);
  run();
  expect(clone.calls()).toEqual([expect.stringMatching(/^npm test -- /), 'npm run check']);
});
