import type { PolicyRows } from '@kernel/shared/policy';

/** 学校、人员、校历: who may what (reliability.md §3). The roster itself is read by audience, see `records.ts`. */
export const orgPolicy: PolicyRows = {
  'org.v1.applyImport': { system: 'school' },
  'org.v1.addAdmin': { system: 'school' },
  'org.v1.setDay': { admin: 'school' },
  'org.v1.setTeaching': { admin: 'school' },
  'org.v1.setHeadTeacher': { admin: 'school' },
  'org.v1.setLeader': { admin: 'school' },
  'org.v1.setRole': { admin: 'school' },
  'org.v1.addPerson': { admin: 'school' },
  'org.v1.leave': { admin: 'school' },
  'org.v1.setLeave': { admin: 'school' },

  'POST /api/org/import/preview': { anyone: 'own' },
  'POST /api/org/import/apply': { anyone: 'own' },

  'page /setup': { anyone: 'own' },
  'page /people': { admin: 'school' },
  'page /classes': { everyone: 'school' },
  'page /calendar': { everyone: 'school' },
  'page /duty-table': { everyone: 'school' },
};
