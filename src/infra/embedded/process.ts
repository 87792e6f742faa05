import { parseArgs } from 'node:util';
import { startEmbeddedServer } from './server.ts';

/** The server as a process of its own: prints its URL as the first line and runs until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      dir: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  if (values.dir === undefined || !/^\d+$/.test(values.port)) {
    process.stderr.write('Usage: --dir DIR [--port N] [--host ADDRESS] [--exit-with-parent]\n');
    process.exitCode = 2;
    return;
  }
  const server = await startEmbeddedServer({ dir: values.dir, port: Number(values.port), host: values.host });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (values['exit-with-parent']) {
    process.stdin.on('end', stop);
    process.stdin.on('error', stop);
    process.stdin.resume();
  }
  process.stdout.write(`${server.url}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
