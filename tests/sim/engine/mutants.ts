import { phoneMutants } from './mutants-phone';
import { serverMutants } from './mutants-server';
import type { Kind } from './profile';
import type { Seams } from './world';

/** A mistake a good engineer has made before, planted anew for every schedule. */
export type Mutant = (() => Seams) & { readonly kind?: Kind };

/**
 * Wrong parts by what is wrong with them. A simulator that lives with one of these promises nothing: `s02-mutants-*.test.ts` sees
 * each of them found. Only the ends of the system are bent (the wire, the storage, a method of one object), so that the
 * product carries no seams for it.
 */
export const mutants: Readonly<Record<string, Mutant>> = { ...phoneMutants, ...serverMutants };
