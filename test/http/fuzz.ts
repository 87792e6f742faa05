import fc from 'fast-check';
import { z } from 'zod';
import { buildOpenApi } from '../../src/http/openapi.ts';
import { PROBLEM_CODES, PROBLEMS, problemType } from '../../src/http/problem.ts';
import type { Route } from '../../src/http/route.ts';

/** The part of JSON Schema that the API document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: fc.JsonValue;
  readonly enum?: readonly fc.JsonValue[];
  readonly examples?: readonly fc.JsonValue[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

interface World {
  readonly components: Readonly<Record<string, Schema>>;
  /** Values that mean something to the service under test, by the name of a field. */
  readonly samples: Readonly<Record<string, readonly fc.JsonValue[]>>;
}

const anyJson = fc.jsonValue({ maxDepth: 3 });
const someInstant = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Values that a schema of the API document describes. */
export function valuesOf(schema: Schema, world: World, depth = 0): fc.Arbitrary<fc.JsonValue> {
  if (schema.$ref !== undefined) {
    return valuesOf(world.components[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {}, world, depth);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  const { examples, ...plain } = schema;
  if (examples !== undefined) return fc.oneof(fc.constantFrom(...examples), valuesOf(plain, world, depth));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const options = schema.anyOf ?? schema.oneOf ?? typesOf(schema);
  if (options.length > 0) return fc.oneof(...options.map((option) => valuesOf(option, world, depth + 1)));
  switch (schema.type) {
    case 'string':
      return textsOf(schema);
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(schema.minimum ?? -1e6, -1e9), max: Math.min(schema.maximum ?? 1e6, 1e9) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listsOf(schema, world, depth);
    case 'object':
      return objectsOf(schema, world, depth);
    default:
      return anyJson;
  }
}

function typesOf(schema: Schema): readonly Schema[] {
  return Array.isArray(schema.type) ? schema.type.map((type: string) => ({ ...schema, type })) : [];
}

function textsOf(schema: Schema): fc.Arbitrary<string> {
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
  if (schema.format === 'date-time') return someInstant;
  return fc.string({
    minLength: schema.minLength ?? 0,
    maxLength: Math.min(schema.maxLength ?? 20, 20),
    unit: 'grapheme',
  });
}

function listsOf(schema: Schema, world: World, depth: number): fc.Arbitrary<fc.JsonValue> {
  if (schema.prefixItems !== undefined) {
    return fc.tuple(...schema.prefixItems.map((item) => valuesOf(item, world, depth + 1)));
  }
  const item = typeof schema.items === 'object' ? valuesOf(schema.items, world, depth + 1) : anyJson;
  const maxLength = depth > 4 ? (schema.minItems ?? 0) : Math.min(schema.maxItems ?? 3, 3);
  return fc.array(item, { minLength: schema.minItems ?? 0, maxLength: Math.max(maxLength, schema.minItems ?? 0) });
}

function objectsOf(schema: Schema, world: World, depth: number): fc.Arbitrary<fc.JsonValue> {
  const properties = schema.properties;
  if (properties === undefined) {
    const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), valuesOf(value, world, depth + 1), { maxKeys: 3 });
  }
  const fields = Object.entries(properties).map(
    ([name, field]) => [name, fieldOf(name, field, world, depth + 1)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] });
}

function fieldOf(name: string, schema: Schema, world: World, depth: number): fc.Arbitrary<fc.JsonValue> {
  const values = valuesOf(schema, world, depth);
  const samples = world.samples[name] ?? [];
  return samples.length === 0 ? values : fc.oneof({ arbitrary: fc.constantFrom(...samples), weight: 3 }, values);
}

/** A value with one place changed: taken out, replaced, or given a stray neighbour. */
function broken(values: fc.Arbitrary<fc.JsonValue>): fc.Arbitrary<fc.JsonValue> {
  const places = fc.array(fc.nat(), { maxLength: 4 });
  return fc
    .tuple(values, places, fc.constantFrom('drop', 'replace', 'add'), anyJson)
    .map(([value, place, how, noise]) => {
      const copy: fc.JsonValue = structuredClone(value);
      return changed(copy, place, how, noise);
    });
}

function changed(value: fc.JsonValue, place: readonly number[], how: string, noise: fc.JsonValue): fc.JsonValue {
  const [first, ...rest] = place;
  if (typeof value !== 'object' || value === null || first === undefined) return noise;
  const keys = Object.keys(value);
  const key = keys[first % Math.max(1, keys.length)];
  const child: unknown = key === undefined ? undefined : Reflect.get(value, key);
  if (key === undefined || how === 'add')
    Reflect.set(value, Array.isArray(value) ? String(value.length) : 'stray', noise);
  else if (rest.length > 0 && isJson(child)) Reflect.set(value, key, changed(child, rest, how, noise));
  else if (how === 'drop') Reflect.deleteProperty(value, key);
  else Reflect.set(value, key, noise);
  return value;
}

function isJson(value: unknown): value is fc.JsonValue {
  return typeof value === 'object' && value !== null;
}

const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string().min(1),
  status: z.int(),
  code: z.enum(PROBLEM_CODES),
  detail: z.string().min(1),
  requestId: z.string().min(8),
  errors: z
    .array(
      z.strictObject({
        in: z.enum(['body', 'query', 'path', 'header']).optional(),
        pointer: z.string().regex(/^(?:\/(?:[^~/]|~0|~1)*)*$/),
        reason: z.string().min(1),
      }),
    )
    .min(1)
    .optional(),
});

export interface FuzzOptions {
  /** Origin of a running service that checks its answers against their schemas. */
  readonly baseUrl: string;
  readonly routes: readonly Route[];
  /** Header value of a key that may do everything. */
  readonly authorization: string;
  /** Requests per route. */
  readonly runs: number;
  readonly seed?: number;
  /** Values that mean something to the service, by the name of a field: `{ shopId: ['S1'] }`. */
  readonly samples?: World['samples'];
}

interface Attempt {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | null;
}

interface Body {
  readonly type: string;
  readonly text: string;
}

/**
 * Sends random valid and broken requests to every route. Rejects with the smallest request found whose answer is a
 * server error (other than 503), or a refusal that is not a true problem. Gives the statuses seen per operation.
 */
export async function fuzzRoutes(options: FuzzOptions): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const document = JSON.parse(JSON.stringify(buildOpenApi(options.routes)));
  const world: World = { components: document.components?.schemas ?? {}, samples: options.samples ?? {} };
  const seen = new Map<string, Set<number>>();
  for (const route of options.routes) {
    const operation = document.paths[route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')][route.method];
    const statuses = new Set<number>();
    seen.set(route.operationId, statuses);
    const property = fc.asyncProperty(attemptsOn(route, operation, world), async (attempt) => {
      statuses.add(await checkAnswer(options, route, attempt));
    });
    const parameters = {
      numRuns: options.runs,
      includeErrorInReport: true,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    };
    await fc.assert(property, parameters);
  }
  return seen;
}

interface DocumentedOperation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

function attemptsOn(route: Route, operation: DocumentedOperation, world: World): fc.Arbitrary<Attempt> {
  const parameters = operation.parameters ?? [];
  const inPlace = (place: string): fc.Arbitrary<Record<string, unknown>> => {
    const mine = parameters.filter((one) => one.in === place);
    const values = mine.map(({ name, schema }) => {
      const good = fieldOf(name, schema, world, 0);
      const noise = fc.string({ minLength: 1, maxLength: 10 });
      return [name, fc.oneof({ arbitrary: good, weight: 8 }, { arbitrary: noise, weight: 1 })] as const;
    });
    const requiredKeys = mine.filter((one) => one.required === true).map((one) => one.name);
    return fc.record(Object.fromEntries(values), { requiredKeys });
  };
  return fc
    .tuple(inPlace('path'), inPlace('query'), inPlace('header'), bodiesOf(operation, world))
    .map(([path, query, headers, body]) => ({
      path: addressOf(route.path, path, query),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, String(value).replaceAll(/[^\x21-\x7e]/g, '_')]),
      ),
      body,
    }));
}

function addressOf(template: string, params: Record<string, unknown>, query: Record<string, unknown>): string {
  // A segment of nothing or of dots is another address, not another parameter.
  const segment = (name: string): string => encodeURIComponent(String(params[name] ?? '')).replace(/^\.{0,2}$/, 'x');
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  return `${template.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => segment(name))}?${search.toString()}`;
}

function bodiesOf(operation: DocumentedOperation, world: World): fc.Arbitrary<Body | null> {
  const contents = Object.entries(operation.requestBody?.content ?? {});
  if (contents.length === 0) return fc.constant(null);
  return fc.oneof(
    ...contents.map(([type, { schema }]) => textsIn(type, schema, world).map((text) => ({ type, text }))),
  );
}

function textsIn(type: string, schema: Schema, world: World): fc.Arbitrary<string> {
  const values = valuesOf(schema, world);
  const texts = fc
    .oneof(
      { arbitrary: values, weight: 3 },
      { arbitrary: broken(values), weight: 5 },
      { arbitrary: anyJson, weight: 1 },
    )
    .map((value) => JSON.stringify(value));
  const cut = fc.tuple(texts, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1)));
  const one = fc.oneof({ arbitrary: texts, weight: 8 }, { arbitrary: cut, weight: 1 });
  return type === 'application/json' ? one : fc.array(one, { maxLength: 4 }).map((rows) => rows.join('\n'));
}

async function checkAnswer({ baseUrl, authorization }: FuzzOptions, route: Route, attempt: Attempt): Promise<number> {
  const headers: Record<string, string> = { ...attempt.headers, Authorization: authorization };
  if (attempt.body !== null) headers['Content-Type'] = attempt.body.type;
  const method = route.method.toUpperCase();
  const response = await fetch(baseUrl + attempt.path, { method, headers, body: attempt.body?.text ?? null });
  const text = await response.text();
  const { status } = response;
  if (status >= 500 && status !== 503) throw new Error(`${method} ${attempt.path}: ${status} ${text}`);
  if (status < 400) return status;
  const type = response.headers.get('Content-Type');
  if (type !== 'application/problem+json; charset=utf-8') throw new Error(`${status} comes as ${type}`);
  const problem = problemSchema.parse(JSON.parse(text));
  if (problem.status !== status || PROBLEMS[problem.code].status !== status) throw new Error(`${status} with ${text}`);
  if (problem.type !== problemType(problem.code)) throw new Error(`${problem.code} has type ${problem.type}`);
  return status;
}
