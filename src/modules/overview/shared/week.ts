import type { Blame } from '@modules/homework';
import type { Scope } from '@kernel/shared/scope';
import { covers } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import type { Cell, DayColumn, Moment } from './cells';
import { cellOf } from './cells';
import { BLAMES_IN_ORDER, BOARD, LATE_BY, LATE_MINUTES, STEPS_IN_ORDER } from './names';

export interface MeasureValue {
  readonly name: string;
  readonly scope: Scope;
  readonly day: Day;
  readonly value: number;
}
export interface ClassRow {
  readonly id: string;
  readonly name: string;
  readonly grade: number;
  readonly number: number;
  readonly scope: Scope;
}

export interface WeekRow {
  readonly id: string;
  readonly name: string;
  readonly cells: readonly Cell[];
}
/** All boards of one grade on one day. */
export interface GradeCell {
  readonly day: Day;
  /** The gravest kind among its classes. */
  readonly kind: Cell['kind'];
  readonly onTime: number;
  readonly judged: number;
  readonly words: string;
}
export interface WeekGrade {
  readonly grade: number;
  readonly rows: readonly WeekRow[];
  readonly cells: readonly GradeCell[];
  /** Boards that were on time, of those that can be judged. */
  readonly onTime: number;
  readonly judged: number;
  readonly missing: number;
}
export interface WeekTotals {
  /** Boards whose deadline has passed: `onTime + late + missing`. */
  readonly judged: number;
  readonly onTime: number;
  readonly late: number;
  readonly missing: number;
  readonly notYet: number;
  readonly lateBy: Readonly<Record<Blame, number>>;
  readonly lateMinutes: Readonly<Record<(typeof STEPS_IN_ORDER)[number], number>>;
  readonly overLimit: number;
}
export interface Week {
  readonly columns: readonly DayColumn[];
  readonly grades: readonly WeekGrade[];
  readonly totals: WeekTotals;
}

/**
 * A week of boards, class by class, from measure rows alone: sums over a scope are added up from the class rows, so that
 * every total is the sum of the cells that are shown under it.
 */
export function weekOf(input: {
  readonly columns: readonly DayColumn[];
  readonly classes: readonly ClassRow[];
  readonly rows: readonly MeasureValue[];
  readonly scope: Scope;
  readonly moment: Moment;
}): Week {
  const classes = input.classes
    .filter((c) => covers(input.scope, c.scope))
    .sort((a, b) => a.grade - b.grade || a.number - b.number);
  const values = new Map(input.rows.map((r) => [`${r.name}|${r.scope}|${r.day}`, r.value]));
  const valueAt = (scope: Scope, day: Day) => (name: string) => values.get(`${name}|${scope}|${day}`) ?? 0;

  const grades: WeekGrade[] = [];
  for (const grade of [...new Set(classes.map((c) => c.grade))]) {
    const rows = classes
      .filter((c) => c.grade === grade)
      .map((c) => ({
        id: c.id,
        name: c.name,
        cells: input.columns.map((column) => cellOf(column, valueAt(c.scope, column.day), input.moment)),
      }));
    const cells = rows.flatMap((r) => r.cells);
    const onTime = count(cells, 'onTime');
    const missing = count(cells, 'missing');
    const days = input.columns.map((column, i) =>
      gradeCell(
        column.day,
        rows.flatMap((r) => r.cells[i] ?? []),
      ),
    );
    grades.push({
      grade,
      rows,
      cells: days,
      onTime,
      missing,
      judged: onTime + missing + count(cells, 'late'),
    });
  }

  const cells = grades.flatMap((g) => g.rows.flatMap((r) => r.cells));
  const sum = (name: string): number =>
    classes.reduce(
      (all, c) => all + input.columns.reduce((n, col) => n + valueAt(c.scope, col.day)(name), 0),
      0,
    );
  const onTime = count(cells, 'onTime');
  const late = count(cells, 'late');
  const missing = count(cells, 'missing');
  return {
    columns: input.columns,
    grades,
    totals: {
      judged: onTime + late + missing,
      onTime,
      late,
      missing,
      notYet: count(cells, 'notYet'),
      lateBy: fill(BLAMES_IN_ORDER, (b) => sum(LATE_BY[b])),
      lateMinutes: fill(STEPS_IN_ORDER, (s) => sum(LATE_MINUTES[s])),
      overLimit: sum(BOARD.overLimit),
    },
  };
}

/** Gravest first: one glance along a grade's row finds what needs a person. */
const GRAVITY: readonly Cell['kind'][] = [
  'missing',
  'late',
  'onTime',
  'notYet',
  'ahead',
  'unknown',
  'off',
  'none',
];

function gradeCell(day: Day, cells: readonly Cell[]): GradeCell {
  const kind = GRAVITY.find((k) => cells.some((c) => c.kind === k)) ?? 'none';
  const onTime = count(cells, 'onTime');
  const late = count(cells, 'late');
  const missing = count(cells, 'missing');
  const judged = onTime + late + missing;
  const parts = [`${onTime}/${judged}`];
  if (late > 0) parts.push(`晚${late}`);
  if (missing > 0) parts.push(`缺${missing}`);
  const words = judged > 0 ? parts.join(' ') : (cells.find((c) => c.kind === kind)?.words ?? '无');
  return { day, kind, onTime, judged, words };
}

const count = (cells: readonly Cell[], kind: Cell['kind']): number =>
  cells.filter((c) => c.kind === kind).length;

function fill<K extends string>(keys: readonly K[], value: (key: K) => number): Record<K, number> {
  const out = {} as Record<K, number>;
  for (const key of keys) out[key] = value(key);
  return out;
}
