import { Command, CommanderError } from 'commander';
import { type ErrorCode, TouchstoneError } from '../domain/errors.ts';
import { CheckFailed, UsageError } from './output.ts';

/** A file of commands. It is loaded only when its command runs, or when help lists all of them. */
export interface CommandSource {
  /** The first word of the command line. */
  readonly name: string;
  readonly load: () => Promise<(program: Command) => void>;
}

export type ExitCode = 0 | 1 | 2;

const BAD_INPUT: readonly ErrorCode[] = [
  'validation_failed',
  'malformed_body',
  'unsupported_media_type',
  'body_too_large',
  'not_found',
];

/** Codes of the file system that name a wrong path rather than a defect. */
const WRONG_PATH = ['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES'];

/** Runs one command line. Reasons go to stderr. */
export async function runProgram(sources: readonly CommandSource[], args: readonly string[]): Promise<ExitCode> {
  try {
    const program = await buildProgram(sources, args[0]);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const { code, reason } = explain(error);
    if (reason !== undefined) process.stderr.write(`touchstone: ${reason}\n`);
    return code;
  }
}

async function buildProgram(sources: readonly CommandSource[], word: string | undefined): Promise<Command> {
  const program = new Command('touchstone')
    .description('Trust and risk moderation for discount marketplaces · 折扣平台的信任与风控')
    .exitOverride()
    .showHelpAfterError('(touchstone --help lists the commands)');
  const asked = sources.filter(({ name }) => name === word);
  for (const { load } of asked.length > 0 ? asked : sources) {
    const register = await load();
    register(program);
  }
  return program;
}

function explain(error: unknown): { code: ExitCode; reason?: string } {
  // Commander has told its reason already.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof UsageError) return { code: 2, reason: error.message };
  if (error instanceof CheckFailed) return { code: 1, reason: error.message };
  if (error instanceof TouchstoneError) {
    const fields = error.fields.map(
      ({ pointer, reason }) => `\n  ${pointer === '' ? '(whole input)' : pointer}: ${reason}`,
    );
    return { code: BAD_INPUT.includes(error.code) ? 2 : 1, reason: `${error.message}${fields.join('')}` };
  }
  if (isWrongPath(error)) return { code: 2, reason: error.message };
  return { code: 1, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function isWrongPath(error: unknown): error is NodeJS.ErrnoException {
  if (typeof error !== 'object' || error === null || !('code' in error && 'path' in error)) return false;
  return WRONG_PATH.some((code) => code === error.code);
}
