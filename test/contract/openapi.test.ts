import { buildOpenApi } from '../../src/http/openapi.ts';
import type { Route } from '../../src/http/route.ts';
import { ROLE_SCOPES } from '../../src/http/scopes.ts';
import { routesOf } from '../../src/routes.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let routes: readonly Route[];
let document: Document;

beforeAll(async () => {
  world = await openWorld();
  routes = routesOf(world.composition, { precheckDeadlineMs: 5_000, onKeyChange: () => undefined });
  document = JSON.parse(JSON.stringify(buildOpenApi(routes)));
});

afterAll(() => world.close());

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, unknown>> }>
  >;
  readonly security: readonly { readonly apiKey?: readonly string[] }[];
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const operationsIn = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the API document', () => {
  it('has every operation once, under its path and method', () => {
    const documented = operationsIn(document).map(
      ({ path, method, operation }) => `${operation.operationId} ${method} ${path}`,
    );
    const served = routes.map(
      (route) => `${route.operationId} ${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(documented.sort()).toEqual(served.sort());
    expect(new Set(operationsIn(document).map(({ operation }) => operation.operationId)).size).toBe(routes.length);
  });

  it('points nowhere in vain, and keeps no schema that nothing points to', () => {
    const pointed = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    expect([...pointed].sort()).toEqual(Object.keys(document.components.schemas).sort());
    expect(Object.keys(document.components.schemas).filter((name) => /Input$|Output$|^__/.test(name))).toEqual([]);
  });

  it('says of each operation who may, what it takes, and every problem that it answers with', () => {
    for (const { path, operation } of operationsIn(document)) {
      const { operationId, parameters = [], responses, security, summary, tags } = operation;
      expect([operationId, summary.length > 0, tags.length]).toEqual([operationId, true, 1]);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const required = parameters.filter((one) => one.in === 'path' && one.required === true).map(({ name }) => name);
      expect([operationId, required]).toEqual([operationId, inPath]);
      const scope = security[0]?.apiKey?.[0];
      expect([operationId, [...ROLE_SCOPES.admin].some((one) => one === scope)]).toEqual([operationId, true]);
      expect(Object.keys(responses).filter((status) => status.startsWith('2')).length).toBeGreaterThan(0);
      for (const [status, { content, description }] of Object.entries(responses)) {
        expect(description).not.toBe('');
        const types = Object.keys(content ?? {});
        const expected =
          status === '304' ? [] : [Number(status) >= 400 ? 'application/problem+json' : 'application/json'];
        expect([operationId, status, types]).toEqual([operationId, status, expected]);
      }
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '404', '422', '429', '500', '503']));
      if (operation.requestBody !== undefined) {
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '413', '415']));
      }
    }
  });

  it('says what a write that may create answers, and both forms of a batch', () => {
    expect(Object.keys(document.paths['/v1/listings/{id}']?.put?.responses ?? {}).slice(0, 2)).toEqual(['200', '201']);
    expect(Object.keys(document.paths['/v1/listings/{id}']?.get?.responses ?? {}).slice(0, 2)).toEqual(['200', '304']);
    const content = document.paths['/v1/price-observations']?.post?.requestBody?.content ?? {};
    const row = { $ref: '#/components/schemas/PriceObservation' };
    const list = { type: 'array', items: row };
    expect(content['application/x-ndjson']?.schema).toEqual(row);
    expect(content['application/json']?.schema).toMatchObject({
      anyOf: [list, { type: 'object', properties: { observations: list }, required: ['observations'] }],
    });
    expect(Object.keys(content)[0]).toBe('application/x-ndjson');
  });

  it('explains its fields in both languages where it explains them', () => {
    const text = JSON.stringify(document.components.schemas);
    for (const [, description] of text.matchAll(/"description":"((?:[^"\\]|\\.)*)"/g)) {
      expect([description, /\p{Script=Han}/u.test(description ?? '')]).toEqual([description, true]);
    }
  });
});
