import { type Command, InvalidArgumentError } from 'commander';
import { startEmbeddedServer } from '../infra/embedded/server.ts';

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}

/** `touchstone embedded`: the embedded database alone, until it is told to stop. Its URL is the first line. */
export function registerEmbedded(program: Command): void {
  program
    .command('embedded')
    .description('Run the embedded database alone; prints its URL')
    .option('--port <port>', 'port to listen on, 0 for a free one', parsePort, 27_017)
    .option('--dir <dir>', 'directory of its data', '.touchstone/mongo')
    .action(async (options: { port: number; dir: string }) => {
      const server = await startEmbeddedServer({ dir: options.dir, port: options.port });
      const told = new Promise<void>((resolve) => {
        process.once('SIGTERM', resolve);
        process.once('SIGINT', resolve);
      });
      process.stdout.write(`${server.url}\n`);
      await told;
      await server.close();
    });
}
