import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { runProgram } from '../../src/cli/program.ts';
import { registerRules } from '../../src/cli/rules.ts';

let directory = '';
let out = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rules-'));
  await cp('rules', directory, { recursive: true });
  out = '';
  const keep = (chunk: unknown): boolean => {
    out += String(chunk);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(directory, { recursive: true });
});

function rules(...args: readonly string[]) {
  return runProgram([{ name: 'rules', load: async () => registerRules }], ['rules', ...args, '--dir', directory]);
}

async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(directory, path), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(directory, path), text.replace(from, to));
}

describe('touchstone rules', () => {
  it('passes the rules that ship, and names their pack', async () => {
    expect(await rules('lint', '--json')).toBe(0);
    expect(await rules('test', '--json')).toBe(0);
    const [lint, test] = out
      .trim()
      .split('\n')
      .map((line): { pack: string; ok: boolean } => JSON.parse(line));
    expect([lint?.ok, test?.ok]).toEqual([true, true]);
    expect(lint?.pack).toBe(test?.pack);
  });

  it('ends with 1 when a rule no longer does what its case says, naming the case', async () => {
    await edit('packs/price.yaml', 'claim.durationDays > 90', 'claim.durationDays > 900');
    expect(await rules('test')).toBe(1);
    expect(out).toMatch(/cases\/price\.yaml:\d+: on promotion since spring: .* is miss, expected hit/);
  });

  it('ends with 1 when a rule has no cases', async () => {
    await edit('cases/price.yaml', '    expect: { price.evidence.endless-promotion: hit }', '    expect: {}');
    expect(await rules('test')).toBe(1);
    expect(out).toContain('price.evidence.endless-promotion: no case shows hit');
  });

  it('ends with 2 for a broken pack, telling every problem with file and line', async () => {
    await edit('packs/price.yaml', 'price.raiseBeforePercent >= 1000 &&', 'price.raiseBeforPercent >= 1000 &&');
    await edit('packs/price.yaml', 'hint: label-msrp', 'hint: label-mrsp');
    expect(await rules('lint')).toBe(2);
    expect(out).toMatch(/packs\/price\.yaml:\d+: .*\(did you mean "label-msrp"\?\)/);
    expect(out).toMatch(
      /packs\/price\.yaml:\d+: price\.evidence\.raised-recently: .*\(did you mean "price\.raiseBeforePercent"\?\)/,
    );
  });

  it('ends with 2 for a directory that is not there', async () => {
    await rm(join(directory, 'packs'), { recursive: true });
    expect(await rules('lint')).toBe(2);
  });
});
