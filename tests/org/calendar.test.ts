import { addDays, weekdayOf } from '@kernel/shared/time';
import type { Calendar } from '@modules/org';
import {
  dayKind,
  isSchoolDay,
  nextSchoolDay,
  previousSchoolDay,
  schoolDaysBetween,
  termOf,
  uncovered,
} from '@modules/org';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const autumn: Calendar = {
  terms: [{ id: '2026-autumn', name: '2026年秋季学期', start: '2026-08-31', end: '2027-01-22' }],
  coveredYears: [2026],
  published: {
    '2026-09-20': { kind: 'makeup', name: '国庆节' },
    '2026-10-10': { kind: 'makeup', name: '国庆节' },
    '2026-09-25': { kind: 'holiday', name: '中秋' },
    ...Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7].map((d) => [`2026-10-0${d}`, { kind: 'holiday' as const, name: '国庆节' }]),
    ),
  },
  overrides: {},
};
const saying = (overrides: Calendar['overrides']): Calendar => ({ ...autumn, overrides });
const school = (follows: number | null) => ({ kind: 'school' as const, follows, reason: '补课' });

test.each([
  ['2026-08-30', 'off outsideTerm'],
  ['2026-08-31', 'school 1'],
  ['2026-09-05', 'off weekend'],
  ['2026-09-20', 'unknown makeupWithoutTimetable'],
  ['2026-09-25', 'off holiday'],
  ['2026-09-30', 'school 3'],
  ['2026-10-01', 'off holiday'],
  ['2026-10-07', 'off holiday'],
  ['2026-10-08', 'school 4'],
  ['2026-10-10', 'unknown makeupWithoutTimetable'],
  ['2026-10-11', 'off weekend'],
  ['2026-12-31', 'school 4'],
  ['2027-01-01', 'unknown notCovered'],
  ['2027-01-02', 'unknown notCovered'],
  ['2027-01-22', 'unknown notCovered'],
  ['2027-01-23', 'off outsideTerm'],
])('%s is %s', (day, expected) => {
  const kind = dayKind(autumn, day);
  expect(`${kind.kind} ${kind.kind === 'school' ? kind.follows : kind.reason}`).toBe(expected);
});

describe('what the school said wins', () => {
  test('a makeup Saturday with a timetable is a school day of that weekday', () => {
    expect(dayKind(saying({ '2026-10-10': school(3) }), '2026-10-10')).toEqual({
      kind: 'school',
      follows: 3,
    });
  });
  test('a makeup Saturday without one stays unknown', () => {
    expect(dayKind(saying({ '2026-10-10': school(null) }), '2026-10-10').kind).toBe('unknown');
  });
  test('a closure on a weekday is off, with its reason', () => {
    const closed = saying({ '2026-11-23': { kind: 'off', follows: null, reason: '运动会' } });
    expect(dayKind(closed, '2026-11-23')).toEqual({ kind: 'off', reason: 'closed', name: '运动会' });
  });
  test('lessons on a published holiday are lessons', () => {
    expect(isSchoolDay(saying({ '2026-10-07': school(5) }), '2026-10-07')).toBe(true);
  });
  test('a day of a year without data', () => {
    expect(dayKind(saying({ '2027-01-04': school(1) }), '2027-01-04')).toEqual({
      kind: 'school',
      follows: 1,
    });
  });
});

test('the next and the last school day stop where nothing is known, unless told to skip', () => {
  expect(nextSchoolDay(autumn, '2026-09-30')).toBe('2026-10-08');
  expect(previousSchoolDay(autumn, '2026-10-08')).toBe('2026-09-30');
  expect(nextSchoolDay(autumn, '2026-10-09')).toBeNull();
  expect(nextSchoolDay(autumn, '2026-10-09', 'skip')).toBe('2026-10-12');
  expect(previousSchoolDay(autumn, '2026-10-12', 'skip')).toBe('2026-10-09');
  expect(nextSchoolDay(autumn, '2026-07-01')).toBe('2026-08-31');
  expect(previousSchoolDay(autumn, '2026-08-31')).toBeNull();
  expect(nextSchoolDay(autumn, '2026-12-31')).toBeNull();
});

test('across two terms the way leads through the holidays', () => {
  const two: Calendar = {
    ...autumn,
    coveredYears: [2026, 2027],
    terms: [{ id: 's', name: '春', start: '2027-02-22', end: '2027-07-02' }, ...autumn.terms],
  };
  expect(nextSchoolDay(two, '2027-01-22')).toBe('2027-02-22');
  expect(previousSchoolDay(two, '2027-02-22')).toBe('2027-01-22');
  expect(termOf(two, '2027-02-10')).toBeNull();
});

test('what nobody has said anything about is listed as ranges', () => {
  expect(uncovered(autumn)).toEqual([
    { from: '2026-09-20', to: '2026-09-20', reason: 'makeupWithoutTimetable' },
    { from: '2026-10-10', to: '2026-10-10', reason: 'makeupWithoutTimetable' },
    { from: '2027-01-01', to: '2027-01-22', reason: 'notCovered' },
  ]);
});

const dayOf2026 = fc.integer({ min: 0, max: 420 }).map((n) => addDays('2026-08-01', n));
const calendars = fc
  .record({
    start: dayOf2026,
    length: fc.integer({ min: 0, max: 160 }),
    coveredYears: fc.subarray([2026, 2027]),
    published: fc.dictionary(
      dayOf2026,
      fc.record({ kind: fc.constantFrom('holiday' as const, 'makeup' as const), name: fc.constant('x') }),
    ),
    overrides: fc.dictionary(
      dayOf2026,
      fc.record({
        kind: fc.constantFrom('school' as const, 'off' as const),
        follows: fc.option(fc.integer({ min: 1, max: 5 })),
        reason: fc.constant('x'),
      }),
    ),
  })
  .map(({ start, length, ...rest }): Calendar => ({
    ...rest,
    terms: [{ id: 't', name: 't', start, end: addDays(start, length) }],
  }));

describe('for any calendar', () => {
  test('neighbours agree with the day kinds', () => {
    fc.assert(
      fc.property(calendars, dayOf2026, (calendar, day) => {
        const next = nextSchoolDay(calendar, day, 'skip');
        if (next === null) return;
        expect(next > day && isSchoolDay(calendar, next)).toBe(true);
        expect(schoolDaysBetween(calendar, addDays(day, 1), next)).toEqual([next]);
        expect(previousSchoolDay(calendar, addDays(next, 1), 'skip')).toBe(next);
        const strict = nextSchoolDay(calendar, day);
        if (strict !== null) expect(strict).toBe(next);
      }),
    );
  });

  test('uncovered days are exactly the unknown ones, and none without data is a school day unsaid', () => {
    fc.assert(
      fc.property(calendars, (calendar) => {
        const ranges = uncovered(calendar);
        const inRange = (day: string) => ranges.some((r) => r.from <= day && day <= r.to);
        for (let day = '2026-07-25'; day < '2028-03-15'; day = addDays(day, 1)) {
          const kind = dayKind(calendar, day);
          expect(inRange(day)).toBe(kind.kind === 'unknown');
          if (kind.kind === 'school' && !calendar.overrides[day]) {
            expect(calendar.coveredYears).toContain(Number(day.slice(0, 4)));
            expect(kind.follows).toBe(weekdayOf(day));
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
