import { isRefusal } from '@kernel/shared/refusal';
import type { ClassText } from '../../shared/class-name';
import { parseClass } from '../../shared/class-name';
import { squeeze } from '../../shared/text';
import { headerWord } from './header';
import type { LessonText } from './lesson';
import { readLesson, splitLesson } from './lesson';
import type { Notes, Place } from './report';
import { readFooter } from './roster-cells';
import type { Sheet } from './sheet';
import { askSubject } from './subject-question';
import type { Slot, TimetableHeader } from './timetable-header';
import { classFault } from './words';

export interface TimetableLesson extends LessonText, Slot, Place {}
export interface TimetableRow extends Place {
  readonly class: ClassText;
  readonly lessons: readonly TimetableLesson[];
}
export type TimetableSheet = Sheet<TimetableHeader>;
export interface Timetable {
  readonly sheets: readonly TimetableSheet[];
  readonly rows: readonly TimetableRow[];
}

/** Reads 总课表, one sheet or several: one class a row, weekdays over periods in the columns. */
export function readTimetable(sheets: readonly TimetableSheet[], notes: Notes): Timetable {
  const rows: TimetableRow[] = [];
  const others = new Map<string, TimetableLesson>();
  for (const sheet of sheets) readSheet(sheet, rows, others, notes);
  for (const [text, lesson] of others)
    notes.notice('timetable.activity', lesson.grid, lesson, `“${squeeze(text)}”不是学科，按活动名称导入。`);
  return { sheets, rows };
}

function readSheet(
  { grid, header, within }: TimetableSheet,
  rows: TimetableRow[],
  others: Map<string, TimetableLesson>,
  notes: Notes,
): void {
  for (let row = header.row + 1; row < grid.rows; row++) {
    const texts = grid.own(row);
    const text = grid.text(row, header.classCol);
    if (texts.length === 0 || readFooter(texts) || headerWord(text) === '班级') continue;
    const at = { grid, row, col: header.classCol };
    const named = parseClass(text, within);
    if (isRefusal(named))
      notes.error('timetable.class', grid, at, `班级${classFault(text, named)}这一行课表没有导入。`);
    else {
      const lessons: TimetableLesson[] = [];
      for (const [col, slot] of header.slots) {
        const lesson = readCell({ grid, row, col }, notes);
        if (!lesson) continue;
        const full = { ...lesson, ...slot, grid, row, col };
        lessons.push(full);
        if (lesson.unusual && lesson.activity !== null && !others.has(lesson.activity))
          others.set(lesson.activity, full);
      }
      rows.push({ ...at, class: named, lessons });
    }
  }
}

function readCell({ grid, row, col = 0 }: Place, notes: Notes): LessonText | null {
  const cell = grid.at(row, col);
  if (cell.broken) {
    notes.error(
      'timetable.lesson',
      grid,
      { row, col },
      `${grid.name(row, col)} 是没有算出结果的公式。这一节没有导入。`,
    );
    return null;
  }
  const lesson = readLesson(cell.text);
  if (lesson !== 'unknown') return lesson;
  const { what, who } = splitLesson(cell.text);
  const subject = askSubject(what, grid, { row, col }, notes, '没有回答之前，写着它的课先不导入。');
  if (subject === null) return null;
  return subject === 'none'
    ? { subject: null, activity: what.slice(0, 20), teacher: who, unusual: true }
    : { subject, activity: null, teacher: who, unusual: false };
}
