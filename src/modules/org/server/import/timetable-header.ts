import { readNumber } from '../../shared/class-name';
import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import { headerWord, weekdayOfWord } from './header';
import type { Notes } from './report';

export interface Slot {
  /** 1 = Monday … 5. */
  readonly weekday: number;
  readonly period: number;
}
export interface TimetableHeader {
  readonly classCol: number;
  readonly firstRow: number;
  /** Column → its weekday and period. */
  readonly slots: ReadonlyMap<number, Slot>;
}

const WEEKDAYS_NEEDED = 3;
const ROWS_SEARCHED = 30;

/** Two header rows: weekdays (merged or written once over their periods), then period numbers. */
export function findTimetableHeader(grid: Grid, notes: Notes): TimetableHeader | null {
  for (let row = 0; row < Math.min(grid.rows, ROWS_SEARCHED); row++) {
    const days = new Set<number>();
    for (let col = 0; col < grid.cols; col++)
      if (weekdayOfWord(grid.text(row, col))) days.add(weekdayOfWord(grid.text(row, col)));
    if (days.size >= WEEKDAYS_NEEDED) return readSlots(grid, row, notes);
  }
  return null;
}

/** 第1节, 1, 一 → 1; anything else 0. */
const periodOf = (text: string): number => readNumber(squeeze(text).replace(/^第|节$/g, ''));

function readSlots(grid: Grid, row: number, notes: Notes): TimetableHeader | null {
  const slots = new Map<number, Slot>();
  const seen = new Map<string, number>();
  let weekday = 0;
  let ok = true;
  for (let col = 0; col < grid.cols; col++) {
    const word = grid.text(row, col);
    if (word !== '') weekday = weekdayOfWord(word);
    const text = grid.text(row + 1, col);
    const period = periodOf(text);
    if (weekday === 0 || text === '') continue;
    const at = { row: row + 1, col };
    if (period < 1 || period > 20 || weekday > 5) {
      notes.notice(
        'timetable.column',
        grid,
        at,
        `“${squeeze(word)} ${squeeze(text)}”这一列不是周一到周五的第几节课，没有导入。`,
      );
      continue;
    }
    const first = seen.get(`${weekday}.${period}`);
    if (first !== undefined) {
      notes.error(
        'timetable.columnTwice',
        grid,
        at,
        `星期${'一二三四五'[weekday - 1] ?? ''}第 ${period} 节出现了两次（${grid.name(row + 1, first)} 和 ${grid.name(row + 1, col)}），不知道该读哪一列。课表没有导入。`,
      );
      ok = false;
    }
    seen.set(`${weekday}.${period}`, col);
    slots.set(col, { weekday, period });
  }
  return ok && slots.size > 0 ? { classCol: classColumn(grid, row, slots), firstRow: row + 2, slots } : null;
}

/** The column headed 班级, or the one just left of the first lesson. */
function classColumn(grid: Grid, row: number, slots: ReadonlyMap<number, Slot>): number {
  const first = Math.min(...slots.keys());
  for (let col = 0; col < first; col++)
    if ([row, row + 1].some((r) => /^(班级|年级班级|班)$/.test(headerWord(grid.text(r, col))))) return col;
  return Math.max(0, first - 1);
}
