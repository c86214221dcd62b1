import { makeRegistry } from '@kernel/shared/contract';
import { homework } from '@modules/homework';
import { org } from '@modules/org';

/** Every module of this build, on paper. */
export const registry = makeRegistry([org, homework]);
