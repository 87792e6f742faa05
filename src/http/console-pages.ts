import { join } from 'node:path';
import express, { type Express } from 'express';
import { packageRoot } from '../infra/package-root.ts';
import { pageSecurity } from './security.ts';

/** The console: its page from the sources, its program and the client that it uses from the build. */
export function mountConsole(app: Express): void {
  const root = packageRoot();
  const page = join(root, 'src/console');
  app.use('/console', pageSecurity);
  app.get('/console', (_request, response) => {
    response.sendFile(join(page, 'index.html'));
  });
  app.get('/console/console.css', (_request, response) => {
    response.sendFile(join(page, 'console.css'));
  });
  for (const folder of ['console', 'client']) {
    app.use(`/console/${folder}`, express.static(join(root, 'dist/src', folder), { index: false }));
  }
}
