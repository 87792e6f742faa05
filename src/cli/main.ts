#!/usr/bin/env node
import { endWhenReaderLeaves } from './output.ts';
import { type CommandSource, runProgram } from './program.ts';

const sources: readonly CommandSource[] = [
  { name: 'serve', load: async () => (await import('./serve.ts')).registerServe },
  { name: 'check', load: async () => (await import('./check-price.ts')).registerCheckPrice },
  { name: 'rules', load: async () => (await import('./rules.ts')).registerRules },
  { name: 'import', load: async () => (await import('./import.ts')).registerImport },
  { name: 'convert', load: async () => (await import('./convert.ts')).registerConvert },
  { name: 'score', load: async () => (await import('./score.ts')).registerScore },
  { name: 'eval', load: async () => (await import('./eval.ts')).registerEval },
  { name: 'replay', load: async () => (await import('./replay.ts')).registerReplay },
  { name: 'verify-chain', load: async () => (await import('./verify-chain.ts')).registerVerifyChain },
  { name: 'embedded', load: async () => (await import('./embedded.ts')).registerEmbedded },
  { name: 'openapi', load: async () => (await import('./openapi.ts')).registerOpenApi },
];

endWhenReaderLeaves();
process.exitCode = await runProgram(sources, process.argv.slice(2));
