import { type Command, Option } from 'commander';
import { ConfigError, readConfig } from '../config/config.ts';
import { PackError } from '../engine/pack-source.ts';
import { ROLES, type Role, StartError, start } from '../main.ts';
import { UsageError } from './output.ts';

interface ServeOptions {
  readonly role: Role;
  readonly demo: boolean;
}

/** `touchstone serve`: the service, until it is told to stop. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Run the service · 运行服务')
    .addOption(new Option('--role <role>', 'part of the service to run · 运行的角色').choices(ROLES).default('all'))
    .option('--demo', 'fill an empty store with the demonstration world · 载入演示数据', false)
    .action(serve);
}

async function serve({ role, demo }: ServeOptions): Promise<void> {
  const told = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const service = await started(role, demo);
  await told;
  await service.stop();
}

/** What the operator can mend is a matter of usage; anything else is a defect. */
async function started(role: Role, demo: boolean) {
  try {
    return await start(role, demo, readConfig(process.env));
  } catch (error) {
    const mendable = [ConfigError, PackError, StartError].some((kind) => error instanceof kind);
    if (error instanceof Error && (mendable || ('code' in error && error.code === 'EADDRINUSE'))) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}
