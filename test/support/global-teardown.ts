import { tearDown } from './shared-stores.ts';

export default async function globalTeardown(): Promise<void> {
  await tearDown();
}
