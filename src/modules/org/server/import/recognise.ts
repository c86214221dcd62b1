import type { Grid } from '../grid';
import { DUTY_COLUMNS } from './duty-table';
import { findHeader, weekdayOfWord } from './header';
import { ROSTER_COLUMNS, ROSTER_REQUIRED } from './roster';

export type TableKind = 'roster' | 'timetable' | 'duty';

/** Which table a sheet is, by its column names and never by the file's name; null when it is none. */
export function recognise(grid: Grid): TableKind | null {
  if (findHeader(grid, ROSTER_COLUMNS, ROSTER_REQUIRED)) return 'roster';
  if (findHeader(grid, DUTY_COLUMNS, ['post', 'time'])) return 'duty';
  for (let row = 0; row < Math.min(grid.rows, 30); row++) {
    const days = new Set<number>();
    for (let col = 0; col < grid.cols; col++) days.add(weekdayOfWord(grid.text(row, col)));
    days.delete(0);
    if (days.size >= 3) return 'timetable';
  }
  return null;
}
