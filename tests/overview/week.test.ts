import { describe, expect, test } from 'vitest';
import { dayOf, instantOf } from '@kernel/shared/time';
import type { ClassDay } from '@modules/homework';
import { homework, homeworkMeasures } from '@modules/homework';
import { contributions } from '@kernel/shared/measure';
import type { DayColumn } from '@modules/overview/shared/cells';
import type { ClassRow, MeasureValue } from '@modules/overview/shared/week';
import { JUDGING } from '@modules/overview/shared/cells';
import { BOARD, LATE_BY, MEASURES_READ } from '@modules/overview/shared/names';
import { plainText, sentencesOf } from '@modules/overview/shared/sentences';
import { weekOf } from '@modules/overview/shared/week';
import { csvCell, weekCsv } from '@modules/overview/shared/week-csv';

const ZONE = 'Asia/Shanghai';
const MON = '2026-11-23';
const TUE = '2026-11-24';
const SAT = '2026-11-28';
const at = (day: string, clock: string): number => instantOf(day, clock, ZONE);
const column = (day: string, kind: DayColumn['kind'] = 'school'): DayColumn => ({
  day,
  kind,
  name: '',
  deadline: at(day, '09:00'),
});
const cls = (grade: number, number: number): ClassRow => {
  const id = `c-${2033 - grade}-${number}`;
  return { id, name: `${grade}(${number})`, grade, number, scope: `school/g${grade}/${id}` };
};
const C71 = cls(7, 1);
const C72 = cls(7, 2);
const C81 = cls(8, 1);
const row = (name: string, c: ClassRow, day: string, value = 1): MeasureValue => ({
  name,
  scope: c.scope,
  day,
  value,
});
const expected = (c: ClassRow, day: string): MeasureValue => row(BOARD.expected, c, day);

function week(rows: MeasureValue[], now: number, asOf: number | null = now, classes = [C71]) {
  return weekOf({
    columns: [column(MON), column(TUE), column(SAT, 'off')],
    classes,
    rows,
    scope: 'school',
    moment: { now, today: dayOf(now, ZONE), asOf },
  });
}
const kinds = (w: ReturnType<typeof week>): string[] =>
  w.grades.flatMap((g) => g.rows).flatMap((r) => r.cells.map((c) => c.kind));

describe('a cell of the week', () => {
  test('is on time, late with its step, missing, or not yet due', () => {
    const rows = [
      ...[C71, C72, C81].flatMap((c) => [expected(c, MON), expected(c, TUE)]),
      row(BOARD.onTime, C71, MON),
      row(BOARD.late, C72, MON),
      row(LATE_BY.dean, C72, MON),
    ];
    const w = week(rows, at(MON, '10:00'), at(MON, '10:00'), [C81, C72, C71]);
    expect(kinds(w)).toEqual(['onTime', 'ahead', 'off', 'late', 'ahead', 'off', 'missing', 'ahead', 'off']);
    expect(w.grades[0]!.rows[1]!.cells[0]!.words).toBe('晚（教务主任）');
  });

  test('is never called missing from a copy older than the deadline', () => {
    const w = week([expected(C71, MON)], at(MON, '11:00'), at(MON, '08:50'));
    expect(w.grades[0]!.rows[0]!.cells[0]!).toMatchObject({ kind: 'notYet', words: '待核对' });
    expect(w.totals.missing).toBe(0);
  });

  test('leaves the server its moment after the deadline', () => {
    const just = at(MON, '09:00') + JUDGING - 1;
    expect(kinds(week([expected(C71, MON)], just))[0]).toBe('notYet');
    expect(kinds(week([expected(C71, MON)], just + 1))[0]).toBe('missing');
  });

  test('never claims anything before the first sync', () => {
    expect(kinds(week([expected(C71, MON)], at(MON, '12:00'), null))[0]).toBe('notYet');
  });

  test('says when a school day asked for nothing, and when the calendar does not know', () => {
    const w = weekOf({
      columns: [column(MON), column(TUE, 'unknown')],
      classes: [C71],
      rows: [],
      scope: 'school',
      moment: { now: at(TUE, '10:00'), today: TUE, asOf: at(TUE, '10:00') },
    });
    expect(kinds(w)).toEqual(['none', 'unknown']);
  });

  test('shows homework that was given on a day that is off by the calendar', () => {
    const w = week([expected(C71, SAT), row(BOARD.onTime, C71, SAT)], at(SAT, '10:00'));
    expect(kinds(w)[2]).toBe('onTime');
  });
});

describe('the totals', () => {
  const rows = [
    ...[C71, C72, C81].map((c) => expected(c, MON)),
    row(BOARD.onTime, C71, MON),
    row(BOARD.late, C72, MON),
    row(LATE_BY.vicePrincipal, C72, MON),
    row('homework.lateMinutesVicePrincipal', C72, MON, 7),
    row(BOARD.overLimit, C71, MON, 2),
    row(BOARD.onTime, { ...C71, scope: 'school' }, MON, 99),
  ];

  test('are the sum of the cells shown, not of the rows above them', () => {
    const { totals } = week(rows, at(MON, '10:00'), at(MON, '10:00'), [C71, C72, C81]);
    expect(totals).toMatchObject({ judged: 3, onTime: 1, late: 1, missing: 1, notYet: 0, overLimit: 2 });
    expect(totals.lateBy.vicePrincipal).toBe(1);
    expect(totals.lateMinutes.vicePrincipal).toBe(7);
  });

  test('of a grade and day show the gravest of its classes', () => {
    const w = week(rows, at(MON, '10:00'), at(MON, '10:00'), [C71, C72, C81]);
    expect(w.grades.map((g) => g.cells.map((c) => `${c.kind} ${c.words}`))).toEqual([
      ['late 1/2 晚1', 'none 无', 'off 休'],
      ['missing 0/1 缺1', 'none 无', 'off 休'],
    ]);
  });

  test('hold only the classes under the scope', () => {
    const w = weekOf({
      columns: [column(MON)],
      classes: [C71, C72, C81],
      rows,
      scope: 'school/g8',
      moment: { now: at(MON, '10:00'), today: MON, asOf: at(MON, '10:00') },
    });
    expect(w.grades.map((g) => g.grade)).toEqual([8]);
    expect(w.totals.judged).toBe(1);
  });

  test('are read in the order a principal reads', () => {
    const s = sentencesOf(week(rows, at(MON, '10:00'), at(MON, '10:00'), [C71, C72, C81]).totals);
    expect(s.map(plainText)).toEqual([
      '需要过问：1 班次过时还缺作业，2 班次作业超额。',
      '按时公示 1/3 班次，晚 1，缺 1。',
      '晚在哪一步：副校长 1。',
      '超额 2 班次，公示的书面作业超过每科时长。',
    ]);
  });

  test('say calmly that nothing needs a person', () => {
    const quiet = week([expected(C71, MON), row(BOARD.onTime, C71, MON)], at(MON, '10:00'));
    expect(sentencesOf(quiet.totals).map(plainText)).toEqual([
      '没有需要过问的事。',
      '按时公示 1/1 班次。',
      '没有超额作业。',
    ]);
    const early = week([expected(C71, MON)], at(MON, '07:00'));
    expect(plainText(sentencesOf(early.totals)[1]!)).toBe('今天 1 个班还没到公示的时候。');
  });

  test('open the records behind every number that asks for somebody', () => {
    const s = sentencesOf(week(rows, at(MON, '10:00'), at(MON, '10:00'), [C71, C72, C81]).totals);
    expect(s.flatMap((x) => x.parts.flatMap((p) => (p.behind ? [p.behind] : [])))).toEqual([
      { what: 'missing' },
      { what: 'over' },
      { what: 'late' },
      { what: 'missing' },
      { what: 'late', holder: 'vicePrincipal' },
      { what: 'over' },
    ]);
  });
});

describe('the measures that are read', () => {
  test('are all kept by the homework module', () => {
    const kept = homework.measures.flatMap((m) => Object.keys(m.values));
    expect(MEASURES_READ.filter((name) => !kept.includes(name))).toEqual([]);
  });

  test('turn a class-day of the homework module into the right cell', () => {
    const day: ClassDay = {
      class: C71.id,
      className: C71.name,
      grade: 7,
      scope: C71.scope,
      date: MON,
      deadline: at(MON, '09:00'),
      expected: [
        { subject: 'math', subjectName: '数学', person: 'p1', personName: '林', task: 't', state: 'done' },
      ],
      entries: [],
      board: { state: 'late', completeAt: at(MON, '09:12'), holder: 'dean', lifted: null },
    };
    const into = new Map<string, number>();
    contributions([homeworkMeasures as never], day, `${C71.id}|${MON}`, into, 1);
    const rows = [...into].map(([key, value]): MeasureValue => {
      const [name = '', scope = '', d = ''] = key.split('|');
      return { name, scope, day: d, value };
    });
    const w = week(rows, at(MON, '10:00'));
    expect(w.grades[0]!.rows[0]!.cells[0]!.words).toBe('晚（教务主任）');
    expect(w.totals.lateBy.dean).toBe(1);
  });
});

describe('the week as a table', () => {
  test('says what the page says, class by day, in a form Excel reads', () => {
    const w = week([expected(C71, MON), row(BOARD.onTime, C71, MON)], at(MON, '10:00'));
    const text = weekCsv(w, sentencesOf(w.totals), ['本周']);
    expect(text.startsWith('\uFEFF本周\r\n')).toBe(true);
    expect(text).toContain(`班级,${MON},${TUE},${SAT}\r\n`);
    expect(text).toContain(`${C71.name},${w.grades[0]!.rows[0]!.cells.map((c) => c.words).join(',')}\r\n`);
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['＝HYPERLINK("x")', '"\'＝HYPERLINK(""x"")"'],
    ['-2', "'-2"],
    ['@cmd', "'@cmd"],
    ['七(3)班', '七(3)班'],
    ['a,b', '"a,b"'],
  ])('the cell %s cannot run as a formula', (text, safe) => {
    expect(csvCell(text)).toBe(safe);
  });
});
