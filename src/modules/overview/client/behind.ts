import type { RouteLocationRaw } from 'vue-router';
import type { Scope } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import type { Behind } from '../shared/sentences';

/** Where the records behind a number are shown: the module that keeps them has the page. */
export const behindTo = (behind: Behind, range: { from: Day; to: Day; scope: Scope }): RouteLocationRaw => ({
  path: `/homework/behind/${behind.what}`,
  query: { ...range, ...(behind.holder ? { holder: behind.holder } : {}) },
});

export const boardTo = (classId: string, day: Day): string => `/homework/board/${classId}/${day}`;
