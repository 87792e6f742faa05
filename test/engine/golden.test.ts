import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGoldenCases } from '../../src/engine/golden.ts';
import { loadPack } from '../../src/engine/pack.ts';
import type { RulesFile } from '../../src/engine/pack-source.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import { CLAIMS_SIGNALS } from '../../src/engine/signals/claims.ts';
import { PRICE_CONTEXTS, PRICE_SIGNALS } from '../../src/engine/signals/price.ts';
import { sha256 } from '../../src/infra/crypto.ts';

function filesOf(directory: string): RulesFile[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ path: join(directory, name), text: readFileSync(join(directory, name), 'utf8') }));
}

const pack = loadPack(
  [...filesOf('rules/packs'), ...filesOf('rules/policies').filter(({ path }) => path.endsWith('decision.yaml'))],
  createRegistry([...PRICE_SIGNALS, ...CLAIMS_SIGNALS], PRICE_CONTEXTS),
  sha256,
);

describe('the rules that ship', () => {
  const report = runGoldenCases(pack, filesOf('rules/cases'));

  it('answer their golden cases as written', () => {
    expect(report.failures).toEqual([]);
    expect(report.cases).toBeGreaterThan(30);
  });

  it('are each shown hitting, missing and unknown', () => {
    expect(report.uncovered).toEqual([]);
  });

  it('cite a law, and explain themselves in both languages', () => {
    for (const rule of pack.active) expect([rule.id, rule.law.length]).not.toEqual([rule.id, 0]);
    expect(pack.active.length).toBeGreaterThanOrEqual(12);
  });
});

describe('a golden case that does not hold', () => {
  it('is reported with file, line and both outcomes', () => {
    const text =
      'cases:\n  - name: wrong\n    signals: { price.verdict: ok }\n    expect: { price.verdict.needs-person: hit }\n';
    expect(runGoldenCases(pack, [{ path: 'cases.yaml', text }]).failures).toEqual([
      { file: 'cases.yaml', line: 2, name: 'wrong', reason: 'price.verdict.needs-person is miss, expected hit' },
    ]);
  });

  it('may not name a signal or rule that does not exist', () => {
    const text =
      'cases:\n  - name: typo\n    signals: { price.verdct: ok }\n    expect: { price.verdict.needs-persn: hit }\n';
    expect(() => runGoldenCases(pack, [{ path: 'cases.yaml', text }])).toThrow(
      /cases\.yaml:3: .*did you mean "price\.verdict"\?[\s\S]*cases\.yaml:4: .*did you mean "price\.verdict\.needs-person"\?/,
    );
  });
});
