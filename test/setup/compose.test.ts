import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config/config.ts';

const serviceSchema = z.object({
  image: z.string(),
  build: z.object({ dockerfile: z.string() }).optional(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  restart: z.string(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.object({})),
});

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = composeSchema.parse(parse(text, { merge: true }));

function service(name: string): z.infer<typeof serviceSchema> {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

const longRunning = Object.keys(compose.services).filter((name) => name !== 'mongo-init');
const ours = ['api', 'worker'];

test('MongoDB is a replica set of three, Redis is durable and never evicts', () => {
  for (const name of ['mongo-1', 'mongo-2', 'mongo-3']) {
    expect(service(name).image).toMatch(/^mongo:8/);
    expect(service(name).entrypoint?.join(' ')).toContain('--replSet touchstone');
    expect(service(name).volumes).toEqual([`${name}:/data/db`]);
  }
  const redis = service('redis').entrypoint?.join(' ');
  expect(service('redis').image).toMatch(/^redis:7/);
  expect(redis).toContain('--appendonly yes');
  expect(redis).toContain('--maxmemory-policy noeviction');
});

test('api and worker are two services of one image, each with its role', () => {
  expect(service('api').image).toBe(service('worker').image);
  expect(service('api').command).toEqual(['serve', '--role', 'api']);
  expect(service('worker').command).toEqual(['serve', '--role', 'worker']);
  expect(existsSync(service('api').build?.dockerfile ?? '')).toBe(true);
  // A single host port would forbid a second api.
  expect(service('api').ports?.join()).toMatch(/\d+-\d+\}:8080$/);
});

test('nothing runs as root, writes to its image or keeps a capability', () => {
  for (const [name, { user, read_only, cap_drop }] of Object.entries(compose.services)) {
    expect({ name, user, read_only, cap_drop }).toEqual({
      name,
      user: expect.stringMatching(/^(node|mongodb|redis)$/),
      read_only: true,
      cap_drop: ['ALL'],
    });
  }
});

test('what runs on is watched, limited and started again', () => {
  for (const name of longRunning) {
    const { healthcheck, deploy, restart } = service(name);
    expect({ name, watched: healthcheck !== undefined, limited: deploy !== undefined, restart }).toEqual({
      name,
      watched: true,
      limited: true,
      restart: 'unless-stopped',
    });
  }
});

test('every secret must be given: none is fixed and none has a default', () => {
  for (const [name, { environment }] of Object.entries(compose.services)) {
    for (const [key, value] of Object.entries(environment)) {
      if (!/PASSWORD|KEY|_URL$/.test(key)) continue;
      expect({ name, key, value }).toEqual({ name, key, value: expect.stringMatching(/\$\{[A-Z_]+:\?[^}]+\}/) });
    }
  }
});

test('the stores are reachable from our services only', () => {
  const stores = longRunning.filter((name) => !ours.includes(name));
  expect(compose.networks.stores?.internal).toBe(true);
  for (const name of stores) {
    expect(service(name).networks).toEqual(['stores']);
    expect(service(name).ports).toBeUndefined();
  }
});

test('the service understands the environment that it is given', () => {
  const given = service('api').environment;
  const filled = Object.entries(given).map(([key, value]) => {
    const secret = key === 'ADMIN_KEY' ? `ts_root.${'s'.repeat(32)}` : 'secret';
    return [key, value.replaceAll(/\$\{[^}]+\}/g, secret)];
  });
  const config = readConfig(Object.fromEntries(filled));
  expect(config.host).toBe('0.0.0.0');
  expect(config.mongoUrl).toContain('replicaSet=touchstone');
  expect(config.redisUrl).toBe('redis://:secret@redis:6379');
});

test('every service that is waited for exists, and every volume is declared', () => {
  const waitedFor = Object.values(compose.services).flatMap(({ depends_on }) => Object.keys(depends_on ?? {}));
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(waitedFor));
  const mounted = Object.values(compose.services).flatMap(({ volumes }) => (volumes ?? []).map((v) => v.split(':')[0]));
  expect(mounted.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
});
