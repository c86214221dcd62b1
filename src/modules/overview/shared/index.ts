import { defineModule } from '@kernel/shared/contract';
import { overviewPolicy } from './policy';

/** 本周: no records and no commands; it reads sums that other modules keep (architecture.md §3, measures). */
export const overview = defineModule({ id: 'overview', records: {}, commands: [], policy: overviewPolicy });
