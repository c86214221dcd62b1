import { readNumber } from '../../shared/class-name';
import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import { headerWord, ROWS_SEARCHED, weekdayOfWord } from './header';
import type { Notes } from './report';
import type { Layout } from './table-read';

export interface Slot {
  /** 1 = Monday … 5. */
  readonly weekday: number;
  readonly period: number;
}
export interface TimetableHeader {
  /** Row of the weekdays, and of the periods. */
  readonly first: number;
  readonly row: number;
  readonly classCol: number;
  /** Column → its weekday and period. */
  readonly slots: ReadonlyMap<number, Slot>;
}

const WEEKDAYS_NEEDED = 3;

export function isWeekdayRow(grid: Grid, row: number): boolean {
  const days = new Set<number>();
  for (let col = 0; col < grid.cols; col++) days.add(weekdayOfWord(grid.text(row, col)));
  days.delete(0);
  return days.size >= WEEKDAYS_NEEDED;
}

/**
 * Two header rows: weekdays (merged or written once over their periods), then period numbers, with at most one row (上午, 下午) between.
 * Null when there is none, or (said with its cell) a period stands there twice.
 */
export function findTimetableHeader(grid: Grid, notes: Notes, layout: Layout | null): TimetableHeader | null {
  const said = layout?.head ? layout.head - 1 : null;
  for (let row = said ?? 0; row < Math.min(grid.rows, said === null ? ROWS_SEARCHED : said + 1); row++)
    if (said !== null || isWeekdayRow(grid, row))
      return readSlots(grid, row, layout?.columns?.['class'], notes);
  return null;
}

/** 第1节, 1, 一 → 1; anything else 0. */
const periodOf = (text: string): number => readNumber(squeeze(text).replace(/^第|节$/g, ''));
const isPeriod = (text: string): boolean => periodOf(text) >= 1 && periodOf(text) <= 20;

function periodRow(grid: Grid, weekdays: number): number {
  for (const row of [weekdays + 1, weekdays + 2]) {
    let periods = 0;
    for (let col = 0; col < grid.cols; col++)
      if (!grid.at(row, col).merged && isPeriod(grid.text(row, col))) periods++;
    if (periods >= WEEKDAYS_NEEDED) return row;
  }
  return weekdays + 1;
}

function readSlots(
  grid: Grid,
  first: number,
  said: number | undefined,
  notes: Notes,
): TimetableHeader | null {
  const row = periodRow(grid, first);
  const slots = new Map<number, Slot>();
  const seen = new Map<string, number>();
  let weekday = 0;
  let ok = true;
  for (let col = 0; col < grid.cols; col++) {
    const word = grid.text(first, col);
    if (word !== '') weekday = weekdayOfWord(word);
    const text = grid.text(row, col);
    if (weekday === 0 || text === '' || col === said) continue;
    const period = periodOf(text);
    const at = { row, col };
    if (!isPeriod(text) || weekday > 5) {
      notes.notice(
        'timetable.column',
        grid,
        at,
        `“${squeeze(word)} ${squeeze(text)}”这一列不是周一到周五的第几节课，没有导入。`,
      );
      continue;
    }
    const before = seen.get(`${weekday}.${period}`);
    if (before !== undefined) {
      notes.error(
        'timetable.columnTwice',
        grid,
        at,
        `星期${'一二三四五'[weekday - 1] ?? ''}第 ${period} 节出现了两次（${grid.name(row, before)} 和 ${grid.name(row, col)}），不知道该读哪一列。课表没有导入。`,
      );
      ok = false;
    }
    seen.set(`${weekday}.${period}`, col);
    slots.set(col, { weekday, period });
  }
  if (!ok || slots.size === 0) return null;
  return { first, row, classCol: said ?? classColumn(grid, first, row, slots), slots };
}

/** The column headed 班级, or the one just left of the first lesson. */
function classColumn(grid: Grid, first: number, last: number, slots: ReadonlyMap<number, Slot>): number {
  const lessons = Math.min(...slots.keys());
  for (let col = 0; col < lessons; col++)
    for (let row = first; row <= last; row++)
      if (/^(班级|年级班级|班)$/.test(headerWord(grid.text(row, col)))) return col;
  return Math.max(0, lessons - 1);
}
