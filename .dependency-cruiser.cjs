/** Import rules. SWC reads the sources: the rules hold for type imports and dynamic imports too. */
const core =
  '^(?:node:)?(?:assert|child_process|cluster|crypto|dgram|dns|fs|http|http2|https|net|os|path|process|readline|stream|timers|tls|url|worker_threads)(?:/|$)';
const inputOutput = [
  '^node_modules/(?:express|express-rate-limit|helmet|mongoose|mongodb|bullmq|ioredis|lmdb|mingo|pino|prom-client|rate-limit-redis)/',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every-import-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'production-needs-no-development-package',
      severity: 'error',
      from: { path: '^(?:src|workers)/' },
      to: { path: '^node_modules/', dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/' },
    },
    {
      name: 'production-never-imports-tests',
      severity: 'error',
      from: { path: '^(?:src|workers)/' },
      to: { path: '^test/' },
    },
    {
      name: 'domain-imports-only-domain',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'detect-and-engine-import-domain-and-libraries',
      severity: 'error',
      from: { path: '^src/(detect|engine)/' },
      to: { pathNot: ['^src/domain/', '^src/$1/', '^node_modules/'] },
    },
    {
      name: 'detect-and-engine-do-no-input-output',
      severity: 'error',
      from: { path: '^src/(?:detect|engine)/' },
      to: { path: [core, ...inputOutput] },
    },
    {
      name: 'commands-know-no-transport-and-no-store',
      severity: 'error',
      from: { path: '/commands\\.ts$' },
      to: { path: '^node_modules/(?:express|mongoose|mongodb|bullmq)/' },
    },
    {
      name: 'mongoose-only-in-repositories',
      severity: 'error',
      from: { path: '^(?:src|workers)/', pathNot: ['/repo\\.ts$', '^src/infra/mongo/'] },
      to: { path: '^node_modules/mongoose/' },
    },
    {
      name: 'features-meet-through-views-and-jobs',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: { path: '^src/features/', pathNot: ['^src/features/$1/', '^src/features/[^/]+/(?:views|jobs)\\.ts$'] },
    },
    {
      name: 'console-imports-only-client',
      severity: 'error',
      from: { path: '^src/console/' },
      to: { pathNot: ['^src/console/', '^src/client/'] },
    },
    {
      name: 'embedded-database-only-from-entry-points',
      severity: 'error',
      from: {
        path: '^(?:src|workers)/',
        pathNot: ['^src/infra/embedded/', '^src/main\\.ts$', '^src/cli/', '^workers/main\\.ts$'],
      },
      to: { path: '^src/infra/embedded/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
