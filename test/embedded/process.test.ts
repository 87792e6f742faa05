import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockDirectory } from '../../src/infra/embedded/lock.ts';
import { startEmbeddedServer } from '../../src/infra/embedded/server.ts';
import { endChildren, ended, startChild } from './child-server.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-process-'));
});

afterAll(async () => {
  await endChildren();
  rmSync(directory, { recursive: true, force: true });
});

describe('the server as a process of its own', () => {
  test('a directory in use is refused by name, and a lock whose owner is gone is taken over', async () => {
    const dir = join(directory, 'locked');
    const { child } = await startChild(dir);
    await expect(startEmbeddedServer({ dir, port: 0 })).rejects.toThrow(`process id ${child.pid}`);
    await expect(startChild(dir)).rejects.toThrow(`process id ${child.pid}`);
    child.kill('SIGKILL');
    await ended(child);
    lockDirectory(dir)();
  });

  test('the process ends when its parent lets go, and when it is told to', async () => {
    const first = await startChild(join(directory, 'parent'));
    first.child.stdin?.end();
    expect(await ended(first.child)).toBe(0);
    const second = await startChild(join(directory, 'parent'));
    second.child.kill('SIGTERM');
    expect(await ended(second.child)).toBe(0);
  });
});
