import type { z } from 'zod';

/** A property that a schema accepts. Paths read `claims[].sku`; `{}` stands for any key of a record. */
export interface SchemaProperty {
  readonly path: string;
  readonly name: string;
}

export interface SchemaShape {
  readonly properties: readonly SchemaProperty[];
  /** Objects that let unknown fields through. */
  readonly open: readonly string[];
}

function isKnown(schema: z.core.$ZodType): schema is z.core.$ZodTypes {
  return '_zod' in schema;
}

/** Everything that the input side of `schema` accepts by name. */
export function shapeOf(schema: z.core.$ZodType): SchemaShape {
  const properties = new Map<string, SchemaProperty>();
  const open = new Set<string>();
  const visit = (node: z.core.$ZodType, path: string, above: ReadonlySet<z.core.$ZodType>): void => {
    if (!isKnown(node) || above.has(node)) return;
    const inside = new Set(above).add(node);
    const { def } = node._zod;
    switch (def.type) {
      case 'object':
        if (def.catchall?._zod.def.type !== 'never') open.add(path);
        for (const [name, child] of Object.entries(def.shape)) {
          const childPath = path === '' ? name : `${path}.${name}`;
          properties.set(childPath, { path: childPath, name });
          visit(child, childPath, inside);
        }
        break;
      case 'array':
        visit(def.element, `${path}[]`, inside);
        break;
      case 'tuple':
        for (const item of def.items) visit(item, `${path}[]`, inside);
        break;
      case 'record':
        visit(def.valueType, `${path}{}`, inside);
        break;
      case 'union':
        for (const option of def.options) visit(option, path, inside);
        break;
      case 'intersection':
        visit(def.left, path, inside);
        visit(def.right, path, inside);
        break;
      case 'pipe':
        visit(def.in, path, inside);
        break;
      case 'lazy':
        visit(def.getter(), path, inside);
        break;
      case 'optional':
      case 'nullable':
      case 'default':
      case 'prefault':
      case 'nonoptional':
      case 'readonly':
      case 'catch':
        visit(def.innerType, path, inside);
        break;
      default:
    }
  };
  visit(schema, '', new Set());
  return { properties: [...properties.values()], open: [...open] };
}

/** A path of `shapeOf`, prepared for reading values. */
export type CompiledPath = readonly string[];

export function compilePath(path: string): CompiledPath {
  return path
    .replaceAll('[]', '.[]')
    .replaceAll('{}', '.{}')
    .split('.')
    .filter((step) => step !== '');
}

export interface Located {
  readonly path: readonly PropertyKey[];
  readonly value: string;
}

/** Every text that stands at `path` in `value`, or in a list there, with its concrete place. */
export function textsAt(value: unknown, path: CompiledPath): Located[] {
  const found: Located[] = [];
  const visit = (node: unknown, depth: number, at: readonly PropertyKey[]): void => {
    for (const [name, child] of stepInto(node, path[depth])) visit(child, depth + 1, [...at, name]);
    if (depth >= path.length && typeof node === 'string') found.push({ path: at, value: node });
  };
  visit(value, 0, []);
  return found;
}

/** The children of `node` that one step of a path leads to. At the end of the path: the items of a list. */
function stepInto(node: unknown, step: string | undefined): Iterable<readonly [PropertyKey, unknown]> {
  if (Array.isArray(node)) return step === '[]' || step === undefined ? node.entries() : [];
  if (typeof node !== 'object' || node === null || step === undefined) return [];
  if (step === '{}') return Object.entries(node);
  return Object.hasOwn(node, step) ? [[step, Reflect.get(node, step)]] : [];
}

/** The top-level fields of an object schema that are lists: query parameters that may be repeated. */
export function repeatableNames(schema: z.core.$ZodType): ReadonlySet<string> {
  const names = shapeOf(schema).properties.filter(({ path }) => !path.includes('.') && !path.includes('['));
  return new Set(names.filter(({ name }) => isList(schema, name)).map(({ name }) => name));
}

function isList(schema: z.core.$ZodType, name: string): boolean {
  if (!isKnown(schema) || schema._zod.def.type !== 'object') return false;
  let field = schema._zod.def.shape[name];
  while (field !== undefined && isKnown(field)) {
    const { def } = field._zod;
    if (def.type === 'array') return true;
    if (!('innerType' in def)) return false;
    field = def.innerType;
  }
  return false;
}
