import type { Blame } from '@modules/homework';

/** The measures this module reads. It holds no records of its own: every number is a sum another module keeps. */
export const BOARD = {
  expected: 'homework.boardExpected',
  onTime: 'homework.boardPublishedOnTime',
  late: 'homework.boardPublishedLate',
  overLimit: 'homework.overLimitPublished',
} as const;

/** In the order the morning runs; `nobody` last. */
export const STEPS_IN_ORDER = ['author', 'groupLeader', 'dean', 'vicePrincipal'] as const;
export const BLAMES_IN_ORDER = [...STEPS_IN_ORDER, 'nobody'] as const satisfies readonly Blame[];

export const LATE_BY: Readonly<Record<Blame, string>> = {
  author: 'homework.boardLateByAuthor',
  groupLeader: 'homework.boardLateByGroupLeader',
  dean: 'homework.boardLateByDean',
  vicePrincipal: 'homework.boardLateByVicePrincipal',
  nobody: 'homework.boardLateByNobody',
};

export const LATE_MINUTES: Readonly<Record<(typeof STEPS_IN_ORDER)[number], string>> = {
  author: 'homework.lateMinutesAuthor',
  groupLeader: 'homework.lateMinutesGroupLeader',
  dean: 'homework.lateMinutesDean',
  vicePrincipal: 'homework.lateMinutesVicePrincipal',
};

export const MEASURES_READ: readonly string[] = [
  ...Object.values(BOARD),
  ...Object.values(LATE_BY),
  ...Object.values(LATE_MINUTES),
];

export const BLAME_WORDS: Readonly<Record<Blame, string>> = {
  author: '任课教师',
  groupLeader: '备课组长',
  dean: '教务主任',
  vicePrincipal: '副校长',
  nobody: '各步都没超时',
};
