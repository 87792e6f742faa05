/** One thing that the service cannot do without. Rejects when it is down. */
export type ReadinessCheck = () => Promise<void>;

export interface Readiness {
  readonly status: 'ready' | 'unavailable';
  readonly dependencies: Readonly<Record<string, 'up' | 'down'>>;
}

const PATIENCE_MS = 1_000;

/** Asks every dependency at once; one that takes longer than a second is down. */
export async function readiness(checks: Readonly<Record<string, ReadinessCheck>>): Promise<Readiness> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, 'up' | 'down']> => [name, await stateOf(check)]),
  );
  const down = states.some(([, state]) => state === 'down');
  return { status: down ? 'unavailable' : 'ready', dependencies: Object.fromEntries(states) };
}

async function stateOf(check: ReadinessCheck): Promise<'up' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'down'>((resolve) => {
    timer = setTimeout(() => resolve('down'), PATIENCE_MS);
  });
  try {
    return await Promise.race([check().then((): 'up' => 'up'), late]);
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
