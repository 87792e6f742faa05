/** The part of JSON Schema that the API document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
}

interface Parameter {
  readonly in?: string;
  readonly name?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
}

/** What the generator reads of an OpenAPI 3.1 document. */
export interface ApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const NDJSON = 'application/x-ndjson';

/** TypeScript source of the types and the table of operations that `document` describes. Same document, same text. */
export function generateApi(document: ApiDocument): string {
  const types = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) => `${comment(schema.description, '')}export type ${typeName(name)} = ${typeOf(schema, '')};\n`,
  );
  const signatures: string[] = [];
  const table: string[] = [];
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!isOperation(operation)) continue;
      signatures.push(signatureOf(operation));
      table.push(tableRow(method, path, operation));
    }
  }
  return [
    '// Generated from docs/openapi.json. Do not edit.\n',
    ...types,
    `export interface Operations {\n${signatures.join('')}}\n`,
    `export const OPERATIONS = {\n${table.join('')}} as const;\n`,
  ].join('\n');
}

function isOperation(value: unknown): value is Operation & { readonly operationId: string } {
  return typeof value === 'object' && value !== null && 'operationId' in value && typeof value.operationId === 'string';
}

function signatureOf(operation: Operation & { readonly operationId: string }): string {
  const parameters = operation.parameters ?? [];
  const inPlace = (place: string): string => parametersType(parameters.filter((one) => one.in === place));
  const [bodyType, bodySchema] = firstContent(operation.requestBody);
  const body = bodySchema === null ? 'undefined' : typeOf(bodySchema, '    ');
  return [
    comment(operation.summary, '  '),
    `  ${key(operation.operationId)}: {\n`,
    `    params: ${inPlace('path')};\n`,
    `    query: ${inPlace('query')};\n`,
    `    body: ${bodyType === NDJSON ? `readonly (${body})[]` : body};\n`,
    `    response: ${responseType(operation.responses ?? {})};\n`,
    '  };\n',
  ].join('');
}

function tableRow(method: string, path: string, operation: Operation & { readonly operationId: string }): string {
  const [type] = firstContent(operation.requestBody);
  const keyed = (operation.parameters ?? []).some((one) => one.in === 'header' && one.name === 'Idempotency-Key');
  const format = type === null ? 'none' : type === NDJSON ? 'ndjson' : 'json';
  const fields = [
    `method: '${method.toUpperCase()}'`,
    `path: '${path}'`,
    `format: '${format}'`,
    `idempotent: ${keyed}`,
  ];
  return `  ${key(operation.operationId)}: { ${fields.join(', ')} },\n`;
}

function firstContent(content: Content | undefined): readonly [type: string | null, schema: Schema | null] {
  const [first] = Object.entries(content?.content ?? {});
  return first === undefined ? [null, null] : [first[0], first[1].schema ?? {}];
}

function responseType(responses: Readonly<Record<string, Content>>): string {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'));
  const [, schema] = firstContent(success?.[1]);
  return schema === null ? 'undefined' : typeOf(schema, '    ');
}

function parametersType(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return 'undefined';
  const fields = parameters.map(({ name = '', required, schema }) => {
    const type = typeOf(schema ?? {}, '    ');
    return `${key(name)}${required === true ? `: ${type}` : `?: ${type} | undefined`}`;
  });
  return `{ ${fields.join('; ')} }`;
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return `(${unique(alternatives.map((one) => typeOf(one, indent))).join(' | ')})`;
  if (schema.allOf !== undefined) return `(${schema.allOf.map((one) => typeOf(one, indent)).join(' & ')})`;
  if (typeof schema.type === 'object') {
    return `(${unique(schema.type.map((type) => typeOf({ ...schema, type }, indent))).join(' | ')})`;
  }
  return ofSingleType(schema, indent);
}

function ofSingleType(schema: Schema, indent: string): string {
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      if (schema.prefixItems !== undefined)
        return `[${schema.prefixItems.map((one) => typeOf(one, indent)).join(', ')}]`;
      return typeof schema.items === 'object' ? `(${typeOf(schema.items, indent)})[]` : 'unknown[]';
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function objectType(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const type = typeOf(field, inner);
    const required = schema.required?.includes(name) === true;
    return `${comment(field.description, inner)}${inner}${key(name)}${required ? `: ${type}` : `?: ${type} | undefined`};\n`;
  });
  const rest = schema.additionalProperties;
  if (fields.length === 0) return `Record<string, ${typeof rest === 'object' ? typeOf(rest, indent) : 'unknown'}>`;
  return `{\n${fields.join('')}${indent}}`;
}

function unique(types: readonly string[]): string[] {
  return [...new Set(types)];
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function typeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^_*([a-z])/, (letter) => letter.toUpperCase());
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? '' : `${indent}/** ${text.replaceAll('*/', '* /').replaceAll('\n', ' ')} */\n`;
}
