import { type Command, InvalidArgumentError } from 'commander';
import { backUp } from '../infra/embedded/backup.ts';
import { startEmbeddedServer } from '../infra/embedded/server.ts';

const DIRECTORY = '.touchstone/mongo';

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}

async function run(options: { port: number; dir: string; host: string }): Promise<void> {
  const server = await startEmbeddedServer(options);
  const told = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  process.stdout.write(`${server.url}\n`);
  await told;
  await server.close();
}

/** `touchstone embedded`: the embedded database alone, until it is told to stop. Its URL is the first line. */
export function registerEmbedded(program: Command): void {
  const embedded = program
    .command('embedded')
    .description('Run the embedded database alone; prints its URL')
    .option('--port <port>', 'port to listen on, 0 for a free one', parsePort, 27_017)
    .option('--host <address>', 'address to listen on; there is no authentication', '127.0.0.1')
    .option('--dir <dir>', 'directory of its data', DIRECTORY)
    .action(run);
  embedded
    .command('backup')
    .description('Copy the data, in use or not, into a new directory from which it can be run')
    .argument('<target>', 'new directory')
    .action(async (target: string) => {
      const { dir } = embedded.opts<{ dir: string }>();
      await backUp(dir, target);
      process.stdout.write(`${target}\n`);
    });
}
