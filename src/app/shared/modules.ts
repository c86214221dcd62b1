import { makeRegistry } from '@kernel/shared/contract';
import { homework } from '@modules/homework';
import { org } from '@modules/org';
import { overview } from '@modules/overview';
import { appPolicy } from './policy';

/** Every module of this build, on paper. */
export const registry = makeRegistry([org, homework, overview], appPolicy);
