import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { CheckFailed, fail } from '../../src/cli/output.ts';
import { type CommandSource, runProgram } from '../../src/cli/program.ts';
import { TouchstoneError } from '../../src/domain/errors.ts';

let complaints: string[];

beforeEach(() => {
  complaints = [];
  const collect = (text: unknown) => {
    complaints.push(String(text));
    return true;
  };
  jest.spyOn(process.stderr, 'write').mockImplementation(collect);
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** A command `probe` that does `act`. */
function probe(act: () => void): CommandSource {
  return {
    name: 'probe',
    load: async () => (program) => {
      program.command('probe').requiredOption('--in <file>').action(act);
    },
  };
}

describe('the exit code tells what happened', () => {
  const asked = ['probe', '--in', 'x'];

  test('0 when the command does its work, and when help was asked for', async () => {
    expect(await runProgram([probe(() => undefined)], asked)).toBe(0);
    expect(await runProgram([probe(() => undefined)], ['--help'])).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('1 when what was checked does not hold', async () => {
    const act = () => {
      throw new CheckFailed('entry 7 does not follow entry 6');
    };
    expect(await runProgram([probe(act)], asked)).toBe(1);
    expect(complaints.join('')).toContain('entry 7 does not follow entry 6');
  });

  test('2 with file, line and reason for bad input', async () => {
    expect(await runProgram([probe(() => fail('cases.json', 12, 'price is negative'))], asked)).toBe(2);
    expect(complaints.join('')).toContain('cases.json:12: price is negative');
  });

  test('2 for a file that is not there, named', async () => {
    const act = () => {
      readFileSync('no-such-file.jsonl');
    };
    expect(await runProgram([probe(act)], asked)).toBe(2);
    expect(complaints.join('')).toContain('no-such-file.jsonl');
  });

  test('2 for refused fields, each with its pointer; 1 when a store is away', async () => {
    const refused = new TouchstoneError('validation_failed', 'the listing is not valid', [
      { pointer: '/price', reason: 'must be positive' },
    ]);
    const throwing = (error: Error) =>
      probe(() => {
        throw error;
      });
    expect(await runProgram([throwing(refused)], asked)).toBe(2);
    expect(complaints.join('')).toContain('/price: must be positive');
    expect(await runProgram([throwing(new TouchstoneError('store_unavailable', 'no database'))], asked)).toBe(1);
  });

  test.each([
    ['an unknown command', ['prove']],
    ['an unknown option', [...asked, '--fast']],
    ['a missing option', ['probe']],
    ['no command at all', []],
  ])('2 for %s', async (_name, args) => {
    expect(await runProgram([probe(() => undefined)], args)).toBe(2);
    expect(complaints.join('')).not.toBe('');
  });
});

test('only the file of the command that runs is loaded', async () => {
  const heavy: CommandSource = {
    name: 'serve',
    load: async () => {
      throw new Error('loaded without need');
    },
  };
  expect(await runProgram([heavy, probe(() => undefined)], ['probe', '--in', 'x'])).toBe(0);
});

test('a reader that leaves early ends an endless output, without a complaint', () => {
  const endless = `
    import { endWhenReaderLeaves, writeJsonLine } from './dist/src/cli/output.js';
    endWhenReaderLeaves();
    for (let id = 0n; ; id += 1n) await writeJsonLine({ id });`;
  const pipeline = '"$0" --input-type=module --eval "$1" | head -n 2; echo "$PIPESTATUS"';
  const { stdout, stderr } = spawnSync('bash', ['-c', pipeline, process.execPath, endless], { encoding: 'utf8' });
  expect(stdout).toBe('{"id":"0"}\n{"id":"1"}\n0\n');
  expect(stderr).toBe('');
});
