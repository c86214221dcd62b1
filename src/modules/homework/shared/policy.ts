import type { PolicyRows } from '@kernel/shared/policy';

/** 作业: who may what (reliability.md §3). Steps in the order of STEPS; a group leader signs only the own group's. */
export const homeworkPolicy: PolicyRows = {
  'homework.v1.assign': { teacher: 'scope' },
  'homework.v1.revise': { teacher: 'own' },
  'homework.v1.withdraw': { teacher: 'own' },
  'homework.v1.correct': { teacher: 'own' },
  'homework.v1.excuse': { teacher: 'own' },
  'homework.v1.sign/0': { groupLeader: 'scope' },
  'homework.v1.sign/1': { dean: 'school' },
  'homework.v1.sign/2': { vicePrincipal: 'school' },
  'homework.v1.return/0': { groupLeader: 'scope' },
  'homework.v1.return/1': { dean: 'school' },
  'homework.v1.return/2': { vicePrincipal: 'school' },
  'homework.v1.openDay': { system: 'school' },
  'homework.v1.closeDay': { system: 'school' },

  'page /homework/new': { teacher: 'scope' },
  // What somebody has written stays theirs to read and take along, also when they teach nobody any more.
  'page /homework/edit': { everyone: 'own' },
  'page /homework/edit/:commandId': { everyone: 'own' },
  'page /homework/mine': { everyone: 'own' },
  'page /homework/item/:id': { everyone: 'scope' },
  'page /homework/item/:id/revise': { teacher: 'own' },
  'page /homework/item/:id/correct': { teacher: 'own' },
  'page /homework/sign': { groupLeader: 'scope', dean: 'school', vicePrincipal: 'school' },
  'page /homework/board': { headTeacher: 'scope' },
  'page /homework/board/:class/:day?': { everyone: 'scope' },
  'page /homework/boards/:day?': { everyone: 'scope' },
  'page /homework/behind/:what': { everyone: 'scope' },
};
