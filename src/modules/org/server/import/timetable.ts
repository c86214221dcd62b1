import { isRefusal } from '@kernel/shared/refusal';
import type { ClassText } from '../../shared/class-name';
import { parseClass } from '../../shared/class-name';
import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import { headerWord } from './header';
import type { LessonText } from './lesson';
import { readLesson } from './lesson';
import type { Notes } from './report';
import { readFooter } from './roster-cells';
import type { Slot } from './timetable-header';
import { findTimetableHeader } from './timetable-header';
import { classFault } from './words';

export interface TimetableLesson extends LessonText, Slot {
  readonly row: number;
  readonly col: number;
}
export interface TimetableRow {
  readonly row: number;
  readonly col: number;
  readonly class: ClassText;
  readonly lessons: readonly TimetableLesson[];
}
export interface Timetable {
  readonly grid: Grid;
  readonly title: string;
  readonly rows: readonly TimetableRow[];
}

/** Reads 总课表: one class a row, weekdays over periods in the columns. Null when the table itself cannot be read. */
export function readTimetable(grid: Grid, notes: Notes): Timetable | null {
  const header = findTimetableHeader(grid, notes);
  if (!header) return null;
  const rows: TimetableRow[] = [];
  const others = new Map<string, TimetableLesson>();
  for (let row = header.firstRow; row < grid.rows; row++) {
    const texts = grid.own(row);
    const text = grid.text(row, header.classCol);
    if (texts.length === 0 || readFooter(texts) || headerWord(text) === '班级') continue;
    const at = { row, col: header.classCol };
    const named = parseClass(text);
    if (isRefusal(named))
      notes.error('timetable.class', grid, at, `班级${classFault(text, named)}这一行课表没有导入。`);
    else rows.push({ ...at, class: named, lessons: readLessons(grid, row, header.slots, notes, others) });
  }
  for (const [text, { row, col }] of others)
    notes.notice('timetable.activity', grid, { row, col }, `“${squeeze(text)}”不是学科，按活动名称导入。`);
  return { grid, title: grid.own(0).join(' '), rows };
}

function readLessons(
  grid: Grid,
  row: number,
  slots: ReadonlyMap<number, Slot>,
  notes: Notes,
  others: Map<string, TimetableLesson>,
): TimetableLesson[] {
  const lessons: TimetableLesson[] = [];
  for (const [col, slot] of slots) {
    const cell = grid.at(row, col);
    const lesson = cell.broken ? 'broken' : readLesson(cell.text);
    if (lesson === null) continue;
    if (typeof lesson === 'string') {
      const why =
        lesson === 'broken' ? '是没有算出结果的公式' : `写的是“${squeeze(cell.text)}”，没看懂是哪门学科`;
      notes.error('timetable.lesson', grid, { row, col }, `${grid.name(row, col)} ${why}。这一节没有导入。`);
      continue;
    }
    const full = { ...lesson, ...slot, row, col };
    lessons.push(full);
    if (lesson.unusual && lesson.activity !== null && !others.has(lesson.activity))
      others.set(lesson.activity, full);
  }
  return lessons;
}
