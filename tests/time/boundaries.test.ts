import { describe, expect, test } from 'vitest';
import { intervalOf } from '@kernel/shared/interval';
import { addDays, clockOf, dayOf, daysBetween, instantOf, mondayOf, weekdayOf } from '@kernel/shared/time';
import type { Calendar, DayKind } from '@modules/org';
import { dayKind, nextSchoolDay, previousSchoolDay } from '@modules/org';
import { Office, ZONE, openDay } from '../homework/office';
import { C1, aSchool, anItem } from '../homework/school';

/**
 * T4: the last and the first millisecond of days, weeks, months, years and terms, in the school's zone, and makeup working days.
 * The expected values are written or read from the text of the instant itself, never computed by what is tested.
 */
interface Edge {
  /** `2026-11-23T23:59:59.999` on a clock in the school's zone. */
  readonly wall: string;
  readonly day: string;
  readonly clock: string;
  readonly weekday: number;
  readonly monday: string;
}
const edge = (wall: string, weekday: number, monday: string): Edge => ({
  wall,
  day: wall.slice(0, 10),
  clock: wall.slice(11, 16),
  weekday,
  monday,
});
/** The last moments of a day and the first of the next; weekday and Monday of the first day, and of the next. */
const turns = (day: string, next: string, weekday: number, monday: string, nextMonday = monday): Edge[] => [
  edge(`${day}T23:59:59.000`, weekday, monday),
  edge(`${day}T23:59:59.999`, weekday, monday),
  edge(`${next}T00:00:00.000`, (weekday % 7) + 1, nextMonday),
  edge(`${next}T00:00:00.001`, (weekday % 7) + 1, nextMonday),
];
/** Every Sunday night of the autumn term: Sunday, the Monday after it, and the Monday of its own week. */
const SUNDAYS: readonly (readonly [string, string, string])[] = [
  ['2026-09-06', '2026-09-07', '2026-08-31'],
  ['2026-09-13', '2026-09-14', '2026-09-07'],
  ['2026-09-20', '2026-09-21', '2026-09-14'],
  ['2026-09-27', '2026-09-28', '2026-09-21'],
  ['2026-10-04', '2026-10-05', '2026-09-28'],
  ['2026-10-11', '2026-10-12', '2026-10-05'],
  ['2026-10-18', '2026-10-19', '2026-10-12'],
  ['2026-10-25', '2026-10-26', '2026-10-19'],
  ['2026-11-01', '2026-11-02', '2026-10-26'],
  ['2026-11-08', '2026-11-09', '2026-11-02'],
  ['2026-11-15', '2026-11-16', '2026-11-09'],
  ['2026-11-22', '2026-11-23', '2026-11-16'],
  ['2026-12-06', '2026-12-07', '2026-11-30'],
  ['2026-12-13', '2026-12-14', '2026-12-07'],
  ['2026-12-20', '2026-12-21', '2026-12-14'],
  ['2026-12-27', '2026-12-28', '2026-12-21'],
  ['2027-01-03', '2027-01-04', '2026-12-28'],
  ['2027-01-10', '2027-01-11', '2027-01-04'],
  ['2027-01-17', '2027-01-18', '2027-01-11'],
];
const MIDNIGHTS: readonly Edge[] = [
  ...SUNDAYS.flatMap(([sunday, next, monday]) => turns(sunday, next, 7, monday, next)),
  // A week of midnights, Monday to Monday.
  ...turns('2026-11-23', '2026-11-24', 1, '2026-11-23'),
  ...turns('2026-11-24', '2026-11-25', 2, '2026-11-23'),
  ...turns('2026-11-25', '2026-11-26', 3, '2026-11-23'),
  ...turns('2026-11-26', '2026-11-27', 4, '2026-11-23'),
  ...turns('2026-11-27', '2026-11-28', 5, '2026-11-23'),
  ...turns('2026-11-28', '2026-11-29', 6, '2026-11-23'),
  ...turns('2026-11-29', '2026-11-30', 7, '2026-11-23', '2026-11-30'),
  // Months, years, leap days, and the end of a term on either side.
  ...turns('2026-11-30', '2026-12-01', 1, '2026-11-30'),
  ...turns('2026-12-31', '2027-01-01', 4, '2026-12-28'),
  ...turns('2027-02-28', '2027-03-01', 7, '2027-02-22', '2027-03-01'),
  ...turns('2028-02-28', '2028-02-29', 1, '2028-02-28'),
  ...turns('2028-02-29', '2028-03-01', 2, '2028-02-28'),
  ...turns('2026-08-31', '2026-09-01', 1, '2026-08-31'),
  ...turns('2027-01-22', '2027-01-23', 5, '2027-01-18'),
  ...turns('2027-01-24', '2027-01-25', 7, '2027-01-18', '2027-01-25'),
  // The hours in which Greenwich is still on the day before, and in which it changes.
  edge('2026-11-23T07:59:59.999', 1, '2026-11-23'),
  edge('2026-11-23T08:00:00.000', 1, '2026-11-23'),
  edge('2026-11-30T00:00:00.000', 1, '2026-11-30'),
  edge('2026-11-30T07:59:59.999', 1, '2026-11-30'),
];
/** China's one clock, and the two hours by which Xinjiang lives; a school may keep either. */
const ZONES = [
  ['Asia/Shanghai', '+08:00'],
  ['Asia/Urumqi', '+06:00'],
] as const;

const EDGES = ZONES.flatMap(([zone, offset]) =>
  MIDNIGHTS.map((e) => ({ ...e, zone, at: Date.parse(`${e.wall}${offset}`) })),
);

describe('day and week at an instant', () => {
  test.each(EDGES)('$wall in $zone', ({ at, zone, day, clock, weekday, monday }) => {
    expect([dayOf(at, zone), clockOf(at, zone)]).toEqual([day, clock]);
    expect([weekdayOf(dayOf(at, zone)), mondayOf(dayOf(at, zone))]).toEqual([weekday, monday]);
    expect(instantOf(day, clock, zone)).toBe(at - (at % 60_000));
    expect([addDays(day, 1), addDays(day, -1)].map((d) => daysBetween(day, d))).toEqual([1, -1]);
  });
});

test('the control: a day read in Greenwich would be another one at most of these edges', () => {
  const wrong = EDGES.filter((e) => new Date(e.at).toISOString().slice(0, 10) !== e.day);
  expect(wrong.length).toBeGreaterThan(EDGES.length / 3);
});

/**
 * A term with the autumn's holidays as published for 2026: makeup days on a Sunday before and a Saturday after, one of which
 * the school has said something about.
 */
const CALENDAR: Calendar = {
  terms: [
    { id: 'autumn', name: '2026 秋', start: '2026-09-01', end: '2027-01-22' },
    { id: 'spring', name: '2027 春', start: '2027-02-22', end: '2027-07-09' },
  ],
  coveredYears: [2026],
  published: {
    '2026-09-20': { kind: 'makeup', name: '国庆节' },
    '2026-09-25': { kind: 'holiday', name: '中秋节' },
    '2026-10-01': { kind: 'holiday', name: '国庆节' },
    '2026-10-02': { kind: 'holiday', name: '国庆节' },
    '2026-10-05': { kind: 'holiday', name: '国庆节' },
    '2026-10-06': { kind: 'holiday', name: '国庆节' },
    '2026-10-07': { kind: 'holiday', name: '国庆节' },
    '2026-10-10': { kind: 'makeup', name: '国庆节' },
  },
  overrides: {
    '2026-10-10': { kind: 'school', follows: 3, reason: '补周三的课' },
    '2026-11-27': { kind: 'off', follows: null, reason: '运动会' },
    '2026-11-28': { kind: 'school', follows: 5, reason: '补周五的课' },
  },
} as Calendar;
const school = (follows: 1 | 2 | 3 | 4 | 5): DayKind => ({ kind: 'school', follows });
const off = (reason: string, name = ''): DayKind => ({ kind: 'off', reason, name }) as DayKind;
const unknown = (reason: string): DayKind => ({ kind: 'unknown', reason }) as DayKind;

/** Day, what it is, the next school day and the one before as far as they are known. */
const DAYS: readonly (readonly [string, DayKind, string | null, string | null])[] = [
  ['2026-08-31', off('outsideTerm'), '2026-09-01', null],
  ['2026-09-01', school(2), '2026-09-02', null],
  ['2026-09-04', school(5), '2026-09-07', '2026-09-03'],
  ['2026-09-05', off('weekend'), '2026-09-07', '2026-09-04'],
  ['2026-09-06', off('weekend'), '2026-09-07', '2026-09-04'],
  ['2026-09-18', school(5), null, '2026-09-17'],
  // A makeup Sunday nobody has given a timetable: not guessed, and what lies behind it is not known from before it.
  ['2026-09-20', unknown('makeupWithoutTimetable'), '2026-09-21', '2026-09-18'],
  ['2026-09-21', school(1), '2026-09-22', null],
  ['2026-09-24', school(4), '2026-09-28', '2026-09-23'],
  ['2026-09-25', off('holiday', '中秋节'), '2026-09-28', '2026-09-24'],
  ['2026-09-28', school(1), '2026-09-29', '2026-09-24'],
  ['2026-09-30', school(3), '2026-10-08', '2026-09-29'],
  ['2026-10-01', off('holiday', '国庆节'), '2026-10-08', '2026-09-30'],
  ['2026-10-03', off('weekend'), '2026-10-08', '2026-09-30'],
  ['2026-10-07', off('holiday', '国庆节'), '2026-10-08', '2026-09-30'],
  ['2026-10-08', school(4), '2026-10-09', '2026-09-30'],
  ['2026-10-09', school(5), '2026-10-10', '2026-10-08'],
  // A makeup Saturday the school gave Wednesday's timetable.
  ['2026-10-10', school(3), '2026-10-12', '2026-10-09'],
  ['2026-10-11', off('weekend'), '2026-10-12', '2026-10-10'],
  ['2026-10-12', school(1), '2026-10-13', '2026-10-10'],
  ['2026-11-26', school(4), '2026-11-28', '2026-11-25'],
  ['2026-11-27', off('closed', '运动会'), '2026-11-28', '2026-11-26'],
  ['2026-11-28', school(5), '2026-11-30', '2026-11-26'],
  ['2026-11-29', off('weekend'), '2026-11-30', '2026-11-28'],
  ['2026-11-30', school(1), '2026-12-01', '2026-11-28'],
  // A year nobody has data for is unknown, also on a weekday, and also its weekends.
  ['2026-12-31', school(4), null, '2026-12-30'],
  ['2027-01-01', unknown('notCovered'), null, '2026-12-31'],
  ['2027-01-02', unknown('notCovered'), null, null],
  ['2027-01-22', unknown('notCovered'), null, null],
  ['2027-01-23', off('outsideTerm'), null, null],
  ['2027-02-21', off('outsideTerm'), null, null],
  ['2027-02-22', unknown('notCovered'), null, null],
  ['2027-07-10', off('outsideTerm'), null, null],
];

describe('school days, terms and makeup days', () => {
  test.each(DAYS)('%s', (day, kind, next, before) => {
    expect(dayKind(CALENDAR, day)).toEqual(kind);
    expect([nextSchoolDay(CALENDAR, day), previousSchoolDay(CALENDAR, day)]).toEqual([next, before]);
  });
  // The calendar is asked for the day of an instant: the last millisecond of a day is that day's, the next one is not.
  const atMidnight = DAYS.flatMap(([day, kind], i) => {
    const next = DAYS[i + 1];
    const turn = Date.parse(`${day}T23:59:59.999+08:00`);
    return [
      { at: turn, words: `${day} at 23:59:59.999`, kind },
      ...(next && next[0] === addDays(day, 1)
        ? [{ at: turn + 1, words: `${next[0]} at 00:00`, kind: next[1] }]
        : []),
      { at: Date.parse(`${day}T00:00:00+08:00`), words: `${day} at 00:00:00.000`, kind },
    ];
  });
  test.each(atMidnight)('$words', ({ at, kind }) => expect(dayKind(CALENDAR, dayOf(at, ZONE))).toEqual(kind));
});

/** What may be assigned for a day when it is nearly over, just over, and by whom that was offline. */
const LAST = Date.parse('2026-11-24T23:59:59.999+08:00');
const ASSIGN: readonly (readonly [
  string,
  { received: number; anchor?: number; elapsed?: number },
  string | null,
])[] = [
  ['the last millisecond of the day', { received: LAST }, null],
  ['the first of the next day', { received: LAST + 1 }, 'past'],
  [
    'offline in time, arrived the next day',
    { received: LAST + 3_600_000, anchor: LAST - 60_000, elapsed: 60_000 },
    null,
  ],
  [
    'offline one millisecond late',
    { received: LAST + 3_600_000, anchor: LAST - 60_000, elapsed: 60_001 },
    'past',
  ],
  ['page closed since: it may have been in time', { received: LAST + 3_600_000, anchor: LAST }, null],
  ['page closed, but it was past already then', { received: LAST + 3_600_000, anchor: LAST + 1 }, 'past'],
  ['eight days later with an old signed time', { received: LAST + 8 * 86_400_000, anchor: LAST }, 'past'],
];

describe('homework of a day that is nearly over', () => {
  test.each(ASSIGN)('%s', (_, { received, anchor, elapsed }, reason) => {
    const office = new Office(aSchool(), '2026-11-24', '06:00');
    openDay(office);
    const evidence = { claimed: 0, anchor: anchor ?? null, elapsed: elapsed ?? null };
    const outcome = office.does('lin', 'homework.v1.assign', anItem({ date: '2026-11-24' }), {
      received,
      time: intervalOf(evidence, received),
    });
    if (reason === null) expect(outcome).toHaveProperty('writes');
    else expect(outcome).toMatchObject({ code: 'homework.notSchoolDay', details: { reason } });
  });

  // The board's own minute: 09:00 exactly is late, a millisecond before is not.
  const due = Date.parse('2026-11-24T09:00:00.000+08:00');
  const SIGNED: readonly (readonly [string, number, boolean])[] = [
    ['a second before', due - 1_000, false],
    ['a millisecond before', due - 1, false],
    ['on the minute', due, true],
    ['a millisecond after', due + 1, true],
  ];
  test.each(SIGNED)('the last signature %s the deadline', (_, received, late) => {
    const office = new Office(aSchool(), '2026-11-24', '06:00');
    openDay(office);
    const id = office.do('lin', 'homework.v1.assign', anItem({ date: '2026-11-24' }), { received: '07:30' });
    const items = [{ id, round: 1 }];
    office.do('he', 'homework.v1.sign', { step: 0, items }, { received: '07:31' });
    office.do('dean', 'homework.v1.sign', { step: 1, items }, { received: '07:32' });
    office.do('vice', 'homework.v1.sign', { step: 2, items }, { received });
    office.now = Math.max(received, due);
    office.system('homework.v1.closeDay', { date: '2026-11-24', classes: [C1] });
    expect(office.classDay(C1).board.state).toBe(late ? 'late' : 'onTime');
    expect(office.item(id).state).toBe('published');
  });
});
