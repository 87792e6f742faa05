import type { z } from 'zod';
import type { Principal } from './auth.ts';
import { jsonPointer } from './pointer.ts';
import type { RequestPart } from './problem.ts';
import type { RequestFault } from './request-error.ts';
import { type CompiledPath, compilePath, shapeOf, textsAt } from './schema-walk.ts';

/** What an identifier in a request can name. `shared` belongs to no merchant and every key may name it. */
export type Resource =
  | 'merchant'
  | 'shop'
  | 'listing'
  | 'observation'
  | 'decision'
  | 'import'
  | 'case'
  | 'appeal'
  | 'penalty'
  | 'deposit'
  | 'webhook'
  | 'shared';

export type IdentifierPlace = Exclude<RequestPart, 'header'>;

/** Says what one identifier of a request names, and thereby how its ownership is checked. */
export interface IdentifierDeclaration {
  readonly in: IdentifierPlace;
  /** Path of the field: `id`, `listing.shopId`, `observations[].listingId`; for NDJSON inside one row. */
  readonly name: string;
  readonly resource: Resource;
  /** `allow` when the request may bring the resource into being. Default `refuse`. */
  readonly whenAbsent?: 'refuse' | 'allow';
}

/** Tells whose a resource is. */
export interface Ownership {
  /** The merchant of each identifier; identifiers that do not exist are left out. One store read per call. */
  ownersOf(resource: OwnedResource, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export type OwnedResource = Exclude<Resource, 'shared' | 'merchant'>;

interface CompiledIdentifier {
  readonly place: IdentifierPlace;
  readonly path: CompiledPath;
  readonly resource: Exclude<Resource, 'shared'>;
  readonly allowAbsent: boolean;
}

/** What a route declares, ready to be checked. */
export type CompiledIdentifiers = readonly CompiledIdentifier[];

type PartSchemas = Readonly<Record<IdentifierPlace, z.core.$ZodType | null>>;

const IDENTIFIER_NAME = /^ids?$|Ids?$/;

/**
 * Every fault of a route's request schemas: an identifier without a declaration, a declaration without a field, an
 * object that accepts unknown fields.
 */
export function declarationFaults(schemas: PartSchemas, declared: readonly IdentifierDeclaration[]): string[] {
  const faults: string[] = [];
  for (const place of ['path', 'query', 'body'] as const) {
    const schema = schemas[place];
    const { properties, open } = schema === null ? { properties: [], open: [] } : shapeOf(schema);
    const names = declared.filter((one) => one.in === place).map((one) => one.name);
    for (const path of open) faults.push(`${place} ${path || '(whole)'}: accepts unknown fields, use z.strictObject`);
    for (const property of properties) {
      if (IDENTIFIER_NAME.test(property.name) && !names.includes(property.path)) {
        faults.push(`${place} ${property.path}: identifier without a declaration in \`identifiers\``);
      }
    }
    for (const name of names) {
      if (!properties.some((property) => property.path === name))
        faults.push(`${place} ${name}: declared, but no such field`);
    }
  }
  return faults;
}

export function compileIdentifiers(declared: readonly IdentifierDeclaration[]): CompiledIdentifiers {
  const compiled: CompiledIdentifier[] = [];
  for (const one of declared) {
    if (one.resource === 'shared') continue;
    compiled.push({
      place: one.in,
      path: compilePath(one.name),
      resource: one.resource,
      allowAbsent: one.whenAbsent === 'allow',
    });
  }
  return compiled;
}

const NOT_FOUND = { zh: '未找到', en: 'not found' };

/**
 * For each of `values` (bodies, rows, or a set of parameters) the identifiers that are not the merchant's own. An
 * identifier of another merchant and one that does not exist look the same. Principals without a merchant own all.
 */
export async function foreignFields(
  principal: Principal,
  ownership: Ownership,
  identifiers: CompiledIdentifiers,
  place: IdentifierPlace,
  values: readonly unknown[],
): Promise<readonly (readonly RequestFault[])[]> {
  const { merchantId } = principal;
  const foreign: RequestFault[][] = values.map(() => []);
  if (merchantId === null) return foreign;
  for (const identifier of identifiers) {
    if (identifier.place !== place) continue;
    const located = values.map((value) => textsAt(value, identifier.path));
    const ids = [...new Set(located.flat().map((one) => one.value))];
    if (ids.length === 0) continue;
    const owners = identifier.resource === 'merchant' ? null : await ownership.ownersOf(identifier.resource, ids);
    located.forEach((places, index) => {
      for (const { path, value } of places) {
        const owner = owners === null ? value : owners.get(value);
        if (owner === merchantId || (owner === undefined && identifier.allowAbsent)) continue;
        foreign[index]?.push({ in: place, pointer: jsonPointer(path), reason: NOT_FOUND });
      }
    });
  }
  return foreign;
}
