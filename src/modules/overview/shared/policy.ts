import type { PolicyRows } from '@kernel/shared/policy';

/** 本周: what it shows are sums, and a person has only those of the scopes they look after. */
export const overviewPolicy: PolicyRows = {
  'page /week/:monday?': { everyone: 'scope' },
};
