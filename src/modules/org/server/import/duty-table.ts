import { clean, squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import type { ColumnNames, Header } from './header';
import { weekdayOfWord } from './header';
import type { Notes, Place } from './report';
import type { Sheet } from './sheet';

export const DUTY_COLUMNS: ColumnNames<DutyColumn> = {
  post: ['岗位', '护学岗', '值班岗位', '地点', '值班地点', '点位'],
  time: ['时段', '时间', '值班时间', '班次'],
};
export type DutyColumn = 'post' | 'time';
export const DUTY_REQUIRED: readonly DutyColumn[] = ['post', 'time'];
export type DutySheet = Sheet<Header<DutyColumn>>;

export interface DutyCell extends Place {
  readonly weekday: number;
  readonly text: string;
}
export interface DutyRow {
  readonly row: number;
  readonly post: string;
  readonly label: string;
  /** `06:50` */
  readonly from: string;
  readonly to: string;
  readonly cells: readonly DutyCell[];
}
export interface DutyTable {
  readonly grid: Grid;
  readonly title: string;
  readonly rows: readonly DutyRow[];
  readonly note: string | null;
}

/** Reads 护学岗值班表: a post and a window a row, weekdays in the columns. Null when the table itself cannot be read. */
export function readDutyTable({ grid, header, title }: DutySheet, notes: Notes): DutyTable | null {
  const days = dutyDays(grid, header);
  if (header.twice.length > 0 || new Set(days.values()).size < days.size) {
    notes.error(
      'duty.columnTwice',
      grid,
      { row: header.row },
      '值班表的列名有重复，不知道该读哪一列。值班表没有导入。',
    );
    return null;
  }
  if (days.size === 0) return null;
  const rows: DutyRow[] = [];
  let note: string | null = null;
  for (let row = header.row + 1; row < grid.rows; row++) {
    const texts = grid.own(row);
    if (texts.length === 0) continue;
    if (REMARK.test(texts[0] ?? '')) note = remark(grid, row);
    else {
      const shift = readShift(grid, header.columns, row, notes);
      if (shift)
        rows.push({
          ...shift,
          cells: [...days]
            .map(([col, weekday]) => ({ grid, row, col, weekday, text: grid.text(row, col) }))
            .filter((c) => c.text !== ''),
        });
    }
  }
  return { grid, title, rows, note };
}

/** Column → weekday, from either row of the heading. */
export function dutyDays(grid: Grid, { first, row: last }: Header<DutyColumn>): Map<number, number> {
  const days = new Map<number, number>();
  for (let col = 0; col < grid.cols; col++)
    for (let row = first; row <= last; row++) {
      const weekday = weekdayOfWord(grid.text(row, col));
      if (weekday > 0) days.set(col, weekday);
    }
  return days;
}

const REMARK = /^(备注|说明|注)/;
/** The whole line in its own signs, without the word 备注. */
function remark(grid: Grid, row: number): string | null {
  const raws: string[] = [];
  for (let col = 0; col < grid.cols; col++) if (!grid.at(row, col).merged) raws.push(grid.at(row, col).raw);
  return clean(raws.join(' ')).replace(/^(备注|说明|注)\s*[:：]?\s*/, '') || null;
}

function readShift(grid: Grid, columns: Partial<Record<DutyColumn, number>>, row: number, notes: Notes) {
  const post = squeeze(grid.text(row, columns.post));
  const text = grid.text(row, columns.time);
  const found = /^(.*?)(\d{1,2}):(\d{2})[-—–~至到]+(\d{1,2}):(\d{2})(.*)$/.exec(squeeze(text));
  const [, before = '', h1 = '', m1 = '', h2 = '', m2 = '', after = ''] = found ?? [];
  const from = `${h1.padStart(2, '0')}:${m1}`;
  const to = `${h2.padStart(2, '0')}:${m2}`;
  if (found && post !== '' && from < to && to < '24:00' && m1 < '60' && m2 < '60')
    return { row, post, label: before || after, from, to };
  const col = post === '' ? columns.post : columns.time;
  notes.error(
    'duty.shift',
    grid,
    { row, col },
    post === ''
      ? '这一行没有岗位。这一行没有导入。'
      : `时段写的是“${text}”，没看懂从几点到几点（如 早 6:50-7:30）。这一行没有导入。`,
  );
  return null;
}
