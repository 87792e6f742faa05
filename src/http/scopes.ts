/** What a key may do. A route names exactly one, or says that it is public. */
export const SCOPES = [
  'appeals:decide',
  'appeals:read',
  'appeals:write',
  'cases:read',
  'cases:work',
  'categories:read',
  'categories:write',
  'decisions:read',
  'deposits:read',
  'deposits:write',
  'events:read',
  'imports:read',
  'imports:write',
  'inspections:read',
  'inspections:write',
  'journal:read',
  'keys:manage',
  'listings:read',
  'listings:write',
  'merchants:read',
  'merchants:write',
  'observations:write',
  'penalties:read',
  'penalties:write',
  'prechecks:run',
  'prices:read',
  'returns:score',
  'reviews:score',
  'rules:publish',
  'rules:read',
  'rules:write',
  'shops:read',
  'shops:write',
  'webhooks:manage',
] as const;

export type Scope = (typeof SCOPES)[number];

export const ROLES = [
  'platform',
  'moderator',
  'analyst',
  'finance',
  'inspector',
  'admin',
  'merchant',
  'auditor',
] as const;

export type Role = (typeof ROLES)[number];

const READ: readonly Scope[] = SCOPES.filter((scope) => scope.endsWith(':read'));

const WORLD_READ: readonly Scope[] = [
  'categories:read',
  'decisions:read',
  'listings:read',
  'merchants:read',
  'prices:read',
  'shops:read',
];

/** The most that a key of each role may do; a key may be given less. */
export const ROLE_SCOPES: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  platform: new Set<Scope>([
    ...WORLD_READ,
    'categories:write',
    'events:read',
    'imports:read',
    'imports:write',
    'listings:write',
    'merchants:write',
    'observations:write',
    'prechecks:run',
    'returns:score',
    'reviews:score',
    'shops:write',
    'webhooks:manage',
  ]),
  moderator: new Set<Scope>([
    ...WORLD_READ,
    'appeals:decide',
    'appeals:read',
    'cases:read',
    'cases:work',
    'penalties:read',
    'penalties:write',
  ]),
  analyst: new Set<Scope>([...READ, 'prechecks:run', 'returns:score', 'reviews:score', 'rules:publish', 'rules:write']),
  finance: new Set<Scope>(['deposits:read', 'deposits:write', 'merchants:read', 'penalties:read']),
  inspector: new Set<Scope>([...WORLD_READ, 'cases:read', 'inspections:read', 'inspections:write']),
  admin: new Set<Scope>(SCOPES),
  merchant: new Set<Scope>([
    ...WORLD_READ,
    'appeals:read',
    'appeals:write',
    'deposits:read',
    'events:read',
    'penalties:read',
    'prechecks:run',
    'webhooks:manage',
  ]),
  auditor: new Set<Scope>(READ),
};
