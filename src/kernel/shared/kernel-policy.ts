import type { PolicyRows } from './policy';

/** What every school's server does for whoever may ask it. */
export const kernelPolicy: PolicyRows = {
  'kernel.v1.recordOutage': { system: 'school' },

  'GET /healthz': { anyone: 'school' },
  'GET /api/welcome': { anyone: 'school' },
  'GET /api/session': { anyone: 'own' },
  'POST /api/session': { anyone: 'own' },
  'DELETE /api/session': { anyone: 'own' },
  'POST /api/activation/look': { anyone: 'own' },
  'POST /api/activation/redeem': { anyone: 'own' },

  'POST /api/sync': { everyone: 'scope' },
  'GET /api/poke': { everyone: 'school' },
  'GET /api/devices': { everyone: 'own' },
  'GET /api/drafts': { everyone: 'own' },
  'PUT /api/drafts': { everyone: 'own' },
  'POST /api/password': { everyone: 'own' },
  'GET /api/sessions': { everyone: 'own' },
  'DELETE /api/sessions': { everyone: 'own' },
  'DELETE /api/sessions/:id': { everyone: 'own' },
  'GET /api/school-key': { everyone: 'school' },

  'POST /api/activation': { admin: 'school' },
  'GET /api/ledger': { admin: 'school', principal: 'school' },
};
