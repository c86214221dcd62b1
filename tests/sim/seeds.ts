import type { Kind } from './engine/profile';

/** Seeds that once broke a promise, by what was wrong. Each stays a test of its own for good. */
export const seeds: readonly { readonly kind: Kind; readonly seed: number; readonly was: string }[] = [
  {
    kind: 'restores',
    seed: 6,
    was: 'accepted, refused by a restored server, and had by the next one: still shown as refused',
  },
  { kind: 'restores', seed: 118, was: 'the same, for a fact' },
  { kind: 'restores', seed: 166, was: 'the same, after four histories' },
];
