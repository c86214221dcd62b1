import type { Instant } from './time';

/** The only way anything learns what time it is: given, never taken, so that tests and the simulator wind it by hand. */
export interface Clock {
  now(): Instant;
}
