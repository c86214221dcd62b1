import type { PolicyRows } from '@kernel/shared/policy';

/** What belongs to no module: the shell's own pages, the files of the client, the example school. */
export const appPolicy: PolicyRows = {
  'GET /api/example': { anyone: 'school' },
  'POST /api/example': { anyone: 'school' },
  'POST /api/example/session': { anyone: 'school' },

  'page /': { everyone: 'own' },
  'page /me': { everyone: 'own' },
  'page /account': { everyone: 'own' },
  'page /ledger': { admin: 'school', principal: 'school' },
  'page /refusals': { anyone: 'school' },
  'page /welcome': { anyone: 'school' },
  'page /sign-in': { anyone: 'own' },
  'page /activate': { anyone: 'own' },
  'page /example': { anyone: 'school' },
  'page /:rest(.*)*': { anyone: 'school' },
};
