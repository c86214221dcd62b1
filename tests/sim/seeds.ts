import type { Kind } from './engine/profile';

/** Seeds that once broke a promise, by what was wrong. Each stays a test of its own for good. */
export const seeds: readonly { readonly kind: Kind; readonly seed: number; readonly was: string }[] = [];
