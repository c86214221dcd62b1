import { expect } from 'vitest';

/** Waits until something that is asked again and again is `wanted`; fails with what it was last. */
export const until = (ask: () => Promise<unknown>, wanted: unknown): Promise<void> =>
  expect.poll(ask, { timeout: 10_000, interval: 50 }).toEqual(wanted);
