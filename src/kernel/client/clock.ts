import type { Instant } from '@kernel/shared/time';

/** Everything the phone takes from its surroundings that a test must be able to wind by hand. */
export interface DeviceClock {
  /** Wall clock, ms. A claim: the person may have set it. */
  now(): Instant;
  /** Monotonic milliseconds since an unknown start; may stand still while the phone sleeps. */
  mono(): number;
  random(bytes: number): Uint8Array;
}

export const systemClock: DeviceClock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};
