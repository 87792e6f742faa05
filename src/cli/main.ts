#!/usr/bin/env node
import { endWhenReaderLeaves } from './output.ts';
import { type CommandSource, runProgram } from './program.ts';

const sources: readonly CommandSource[] = [
  { name: 'check', load: async () => (await import('./check-price.ts')).registerCheckPrice },
];

endWhenReaderLeaves();
process.exitCode = await runProgram(sources, process.argv.slice(2));
