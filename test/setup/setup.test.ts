import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { FreshClone } from './fresh-clone.ts';

let clone: FreshClone;

beforeEach(() => {
  clone = new FreshClone();
});

afterEach(() => {
  clone.discard();
});

/** npm's lock file and its record of what is installed have this form. */
function lock(packages: Readonly<Record<string, { version: string; optional?: boolean }>>): string {
  return JSON.stringify({
    packages: Object.fromEntries(Object.entries(packages).map(([name, entry]) => [`node_modules/${name}`, entry])),
  });
}

test('an old Node is refused in both languages before anything else happens', () => {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.18.3' })`;
  const { status, stderr } = clone.setup([], {}, pretend);
  expect(status).toBe(2);
  expect(stderr).toContain('Node.js 20.19 or newer is needed; this is 20.18.3');
  expect(stderr).toContain('需要 Node.js 20.19 或更高版本,当前为 20.18.3');
  expect(clone.calls()).toEqual([]);
});

test('an unknown option is refused', () => {
  expect(clone.setup(['--biuld'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--biuld') });
});

describe('packages', () => {
  const wanted = { a: { version: '1.0.0' }, b: { version: '2.1.0', optional: true } };

  test.each([
    ['are installed when there are none', undefined, 1],
    ['are installed when a version differs', { a: { version: '0.9.0' }, b: wanted.b }, 1],
    ['are installed when one is missing', { b: wanted.b }, 1],
    ['are left alone when all are there', wanted, 0],
    ['may lack what is optional, made for other platforms', { a: wanted.a }, 0],
    ['may hold more than the lock', { ...wanted, c: { version: '1.0.0' } }, 0],
  ])('%s', (_name, installed, expectedCalls) => {
    clone.stub('npm');
    clone.write('package-lock.json', lock(wanted));
    if (installed !== undefined) clone.write('node_modules/.package-lock.json', lock(installed));
    const { status, stdout } = clone.setup(['--no-redis']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    const calls = clone.calls();
    expect(calls).toHaveLength(expectedCalls);
    for (const call of calls) expect(call).toMatch(/^npm ci --include=dev/);
  });

  test('are installed without a lock file as well', () => {
    clone.stub('npm');
    clone.setup(['--no-redis']);
    expect(clone.calls()).toEqual([expect.stringMatching(/^npm install /)]);
  });

  test('are installed at the versions of the lock when it lacks packages of other platforms', () => {
    clone.stub('npm', 'if [ "$1" = ci ]; then echo "npm error code EUSAGE" >&2; exit 1; fi');
    clone.write('package-lock.json', lock(wanted));
    expect(clone.setup(['--no-redis']).status).toBe(0);
    expect(clone.calls()).toEqual([
      expect.stringMatching(/^npm ci /),
      expect.stringMatching(/^npm install --no-save /),
    ]);
  });

  test('that cannot be installed end the setup with what npm said', () => {
    clone.stub('npm', 'echo "ENOTFOUND registry" >&2; exit 1');
    clone.write('package-lock.json', lock(wanted));
    expect(clone.setup(['--no-redis'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('ENOTFOUND registry'),
    });
  });
});

describe('the build', () => {
  beforeEach(() => {
    clone.write('package-lock.json', lock({}));
    clone.write('node_modules/.package-lock.json', lock({}));
    clone.write('src/main.ts', 'export const answer = 1;');
    clone.write('src/old.ts', 'export const past = 1;');
    compilerThat(`
      fs.mkdirSync('dist/src', { recursive: true });
      for (const name of fs.readdirSync('src')) if (name.endsWith('.ts')) fs.writeFileSync('dist/src/' + name, '');`);
  });

  function compilerThat(body: string): void {
    const script = `const fs = require('fs'); fs.appendFileSync('calls', 'tsc ' + process.argv.slice(2).join(' ') + '\\n');`;
    clone.write('node_modules/typescript/bin/tsc', `${script}${body}`);
  }

  const build = () => clone.setup(['--build', '--no-redis']);

  test('happens once for the same sources, and says so on one line', () => {
    expect(build()).toEqual({ status: 0, stdout: '', stderr: 'setup: building\n' });
    expect(clone.calls()).toEqual(['tsc -p tsconfig.build.json']);
    expect(build()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(clone.calls()).toEqual([]);
  });

  test('happens again when a source changed or appeared', () => {
    build();
    clone.write('src/main.ts', 'export const answer = 42;');
    build();
    clone.write('workers/new.ts', '');
    build();
    expect(clone.calls()).toHaveLength(3);
  });

  test('leaves no output of a removed source', () => {
    build();
    clone.remove('src/old.ts');
    build();
    expect(clone.has('dist/src/main.ts')).toBe(true);
    expect(clone.has('dist/src/old.ts')).toBe(false);
  });

  test('that fails ends with what the compiler said, and is tried again', () => {
    compilerThat(`console.log('main.ts(1,1): error TS1005'); process.exit(2);`);
    expect(build()).toMatchObject({ status: 1, stderr: expect.stringContaining('main.ts(1,1): error TS1005') });
    expect(build()).toMatchObject({ status: 1 });
    expect(clone.calls()).toHaveLength(2);
  });
});

describe('Redis', () => {
  beforeEach(() => {
    clone.write('package-lock.json', lock({}));
    clone.write('node_modules/.package-lock.json', lock({}));
  });

  const fine = { status: 0, stdout: '', stderr: '' };

  test('is there when REDIS_URL is set, or a server is on the PATH', () => {
    expect(clone.setup([], { REDIS_URL: 'redis://10.0.0.1:6379' })).toEqual(fine);
    clone.stub('valkey-server');
    expect(clone.setup([])).toEqual(fine);
    expect(clone.calls()).toEqual([]);
  });

  test('is installed with apt-get where sudo asks for no password', () => {
    clone.stub('apt-get');
    const server = join(clone.bin, 'redis-server');
    clone.stub('sudo', `if [ "$2" = sh ]; then : >"${server}"; /bin/chmod 755 "${server}"; fi`);
    const { status, stdout, stderr } = clone.setup([]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('setup: installing redis-server (apt-get)');
    expect(clone.calls()).toEqual(['sudo -n true', `sudo -n sh ${join(clone.root, 'src/setup/install-redis.sh')}`]);
  });

  test.each([
    ['there is no apt-get', [], 'Fedora: sudo dnf install redis · macOS: brew install redis'],
    ['the platform has dnf', ['dnf'], 'sudo dnf install redis'],
    ['sudo asks for a password', ['apt-get', 'sudo'], 'sudo apt-get install redis-server'],
  ])('is asked for when %s', (_name, programs, advice) => {
    for (const name of programs) clone.stub(name, 'exit 1');
    const { status, stdout, stderr } = clone.setup([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(advice);
    expect(stderr).toContain('需要 Redis');
  });

  test('that apt-get cannot install ends the setup with what apt-get said', () => {
    clone.stub('apt-get');
    clone.stub('sudo', `[ "$2" = true ] || { echo 'Unable to locate package' >&2; exit 100; }`);
    const { status, stderr } = clone.setup([]);
    expect(status).toBe(2);
    expect(stderr).toContain('Unable to locate package');
    expect(stderr).toContain('sudo apt-get install redis-server');
  });
});

describe('the installation of redis-server', () => {
  const install = () =>
    clone.run('sh', ['src/setup/install-redis.sh', join(clone.root, 'policy-rc.d')], {
      PATH: `${clone.bin}:/usr/bin:/bin`,
    });

  beforeEach(() => {
    // What Debian would do: ask whether the service may start.
    clone.stub(
      'apt-get',
      `"${clone.root}/policy-rc.d" redis-server start; echo "may start: $?" >>"${clone.root}/calls"`,
    );
    clone.stub('systemctl');
    clone.stub('update-rc.d');
  });

  test('starts no service, and enables none at boot', () => {
    expect(install().status).toBe(0);
    expect(clone.calls()).toEqual([
      expect.stringMatching(/^apt-get .*install --no-install-recommends redis-server$/),
      'may start: 101',
      'systemctl disable redis-server.service',
      'update-rc.d redis-server disable',
    ]);
    expect(clone.has('policy-rc.d')).toBe(false);
  });

  test("keeps the machine's own policy", () => {
    const own = '#!/bin/sh\nexit 0\n';
    clone.write('policy-rc.d', own);
    chmodSync(join(clone.root, 'policy-rc.d'), 0o755);
    expect(install().status).toBe(0);
    expect(clone.calls()).toContain('may start: 101');
    expect(clone.read('policy-rc.d')).toBe(own);
  });

  test('refreshes the package lists when the package is not found in them', () => {
    clone.stub(
      'apt-get',
      `case "$*" in *update) : >"${clone.root}/lists";; *) [ -e "${clone.root}/lists" ] || exit 100;; esac`,
    );
    expect(install().status).toBe(0);
    expect(clone.calls().map((call) => call.split(' ').at(-1))).toEqual([
      'redis-server',
      'update',
      'redis-server',
      'redis-server.service',
      'disable',
    ]);
  });

  test('leaves no policy behind when it fails', () => {
    clone.stub('apt-get', 'exit 100');
    expect(install().status).toBe(100);
    expect(clone.has('policy-rc.d')).toBe(false);
  });
});
