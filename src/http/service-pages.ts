import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import { mountConsole } from './console-pages.ts';
import { exchangeOf } from './exchange.ts';
import { type ReadinessCheck, readiness } from './health.ts';
import { LANGUAGE_TAG, languageOf } from './language.ts';
import { buildOpenApi } from './openapi.ts';
import { codeOfSlug, PROBLEMS, problemType } from './problem.ts';
import { RequestError } from './request-error.ts';
import type { Route } from './route.ts';
import { pageSecurity } from './security.ts';

export interface ServicePageDeps {
  readonly metrics: Registry;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
}

/** What stands beside the API: health, metrics, the API document and its page, the pages behind problem types. */
export function mountServicePages(app: Express, routes: readonly Route[], deps: ServicePageDeps): void {
  app.use(['/docs', '/problems'], pageSecurity);
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', async (_request, response) => {
    const answer = await readiness(deps.readiness);
    response.status(answer.status === 'ready' ? 200 : 503).json(answer);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(deps.metrics.contentType).send(await deps.metrics.metrics());
  });
  app.get('/problems/:slug', (request, response) => {
    exchangeOf(request).route = '/problems/:slug';
    const code = codeOfSlug(request.params.slug);
    if (code === null)
      throw new RequestError('not_found', { zh: '没有此问题类型', en: 'There is no such problem type' });
    const language = languageOf(request.headers['accept-language']);
    const { status, title, advice } = PROBLEMS[code];
    response.set({ 'Content-Language': LANGUAGE_TAG[language], Vary: 'Accept, Accept-Language' });
    if (request.accepts(['json', 'html']) === 'html') {
      response.type('html').send(problemPage(LANGUAGE_TAG[language], title[language], status, code, advice[language]));
    } else {
      response.json({ type: problemType(code), code, status, title: title[language], advice: advice[language] });
    }
  });
  mountDocs(app, routes);
  mountConsole(app);
}

/** All texts are our own constants without markup characters. */
function problemPage(tag: string, title: string, status: number, code: string, advice: string): string {
  return `<!doctype html>
<html lang="${tag}"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><p>${status} <code>${code}</code></p><p>${advice}</p></body></html>
`;
}

const DOCS_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Touchstone API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>
`;

const DOCS_SCRIPT = `'use strict';
window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });
`;

const DOCS_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

function mountDocs(app: Express, routes: readonly Route[]): void {
  let document: string | null = null;
  app.get('/openapi.json', (_request, response) => {
    document ??= JSON.stringify(buildOpenApi(routes), null, 2);
    response.type('json').send(document);
  });
  app.get('/docs', (_request, response) => {
    response.type('html').send(DOCS_PAGE);
  });
  app.get('/docs/start.js', (_request, response) => {
    response.type('js').send(DOCS_SCRIPT);
  });
  const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  for (const file of DOCS_FILES) app.use(`/docs/${file}`, express.static(join(folder, file), { maxAge: '1d' }));
}
