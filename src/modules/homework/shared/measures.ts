import { defineMeasures } from '@kernel/shared/measure';
import type { Blame, ClassDay, Entry, Holder } from './records';
import { classDayRecord } from './records';

const one = (yes: boolean): number => (yes ? 1 : 0);
const count = (day: ClassDay, which: (e: Entry) => boolean): number => day.entries.filter(which).length;
const published = (e: Entry): boolean => e.state === 'published';

/** Is there a board to speak of: was anything expected or assigned, on a day that was not lost to an outage of ours? */
const hasBoard = (day: ClassDay): boolean =>
  day.board.state !== 'void' && (day.expected.length > 0 || day.entries.length > 0);
const lateBoard = (day: ClassDay): boolean =>
  hasBoard(day) && day.board.state === 'late' && day.board.completeAt !== null;
const lateBy =
  (holder: Blame) =>
  (day: ClassDay): number =>
    one(lateBoard(day) && day.board.holder === holder);
const lateMinutes =
  (holder: Holder) =>
  (day: ClassDay): number =>
    day.entries.reduce((sum, e) => sum + (e.late?.minutes[holder] ?? 0), 0);

/**
 * One class on one day; sums go up to grade, school and bureau. Boards past their deadline and still not complete are
 * `boardExpected − boardPublishedOnTime − boardPublishedLate`; the five `boardLateBy…` add up to `boardPublishedLate`.
 * Written subjects and minutes are what reached the families: published entries only.
 */
export const homeworkMeasures = defineMeasures(classDayRecord, {
  at: (day) => ({ scope: day.scope, day: day.date }),
  values: {
    'homework.boardExpected': (day) => one(hasBoard(day)),
    'homework.boardPublishedOnTime': (day) => one(hasBoard(day) && day.board.state === 'onTime'),
    'homework.boardPublishedLate': (day) => one(lateBoard(day)),
    'homework.boardLateByAuthor': lateBy('author'),
    'homework.boardLateByGroupLeader': lateBy('groupLeader'),
    'homework.boardLateByDean': lateBy('dean'),
    'homework.boardLateByVicePrincipal': lateBy('vicePrincipal'),
    'homework.boardLateByNobody': lateBy('nobody'),
    'homework.itemsExpected': (day) =>
      hasBoard(day) ? day.expected.filter((e) => e.state !== 'excused').length : 0,
    'homework.itemsPublished': (day) => count(day, published),
    'homework.itemsLate': (day) => count(day, (e) => e.late !== null),
    'homework.lateMinutesAuthor': lateMinutes('author'),
    'homework.lateMinutesGroupLeader': lateMinutes('groupLeader'),
    'homework.lateMinutesDean': lateMinutes('dean'),
    'homework.lateMinutesVicePrincipal': lateMinutes('vicePrincipal'),
    'homework.overLimitPublished': (day) => count(day, (e) => published(e) && e.overLimit),
    'homework.writtenSubjects': (day) => count(day, (e) => published(e) && e.written),
    'homework.writtenMinutes': (day) =>
      day.entries.reduce((sum, e) => (published(e) && e.written ? sum + e.minutes : sum), 0),
  },
});
