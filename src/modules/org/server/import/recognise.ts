import type { Grid } from '../grid';
import { DUTY_COLUMNS, DUTY_REQUIRED } from './duty-table';
import { findHeader, ROWS_SEARCHED } from './header';
import { ROSTER_COLUMNS, ROSTER_REQUIRED } from './roster-columns';
import type { TableKind } from './table-read';
import { isWeekdayRow } from './timetable-header';

/** Which table a sheet is, by its column names and never by the file's name; null when it is none. */
export function recognise(grid: Grid): TableKind | null {
  if (findHeader(grid, ROSTER_COLUMNS, ROSTER_REQUIRED)) return 'roster';
  if (findHeader(grid, DUTY_COLUMNS, DUTY_REQUIRED)) return 'duty';
  for (let row = 0; row < Math.min(grid.rows, ROWS_SEARCHED); row++)
    if (isWeekdayRow(grid, row)) return 'timetable';
  return null;
}

/** Several rows with several cells: a cover sheet has none, a table nobody recognised has. */
export function looksLikeTable(grid: Grid): boolean {
  let rows = 0;
  for (let row = 0; row < Math.min(grid.rows, ROWS_SEARCHED) && rows < 3; row++)
    if (grid.own(row).length >= 3) rows++;
  return rows >= 3;
}
