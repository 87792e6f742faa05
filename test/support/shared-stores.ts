/** What global setup started, last first. Global setup and global teardown run in one process. */
const pending: (() => Promise<void>)[] = [];

export function onTeardown(step: () => Promise<void>): void {
  pending.unshift(step);
}

/** Runs every step once, also when one of them fails. */
export async function tearDown(): Promise<void> {
  const steps = pending.splice(0);
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'the shared stores did not stop cleanly');
}
