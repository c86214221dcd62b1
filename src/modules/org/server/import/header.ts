import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';

/** Column key → what its header may be called, as whole words without blanks and trailing remarks. */
export type ColumnNames<K extends string> = Readonly<Record<K, readonly string[]>>;
export interface Header<K extends string> {
  /** Row of the column names, from 0. */
  readonly row: number;
  readonly columns: Readonly<Partial<Record<K, number>>>;
  /** Columns named twice: `[name, first, second]`. The table cannot be read safely. */
  readonly twice: readonly (readonly [string, number, number])[];
}

const ROWS_SEARCHED = 30;
/** 联系电话（手机） → 联系电话 */
export const headerWord = (text: string): string => squeeze(text).replace(/\([^)]*\)$|[:*]+$/g, '');

/** The first row in which all `required` columns are named, wherever it is and in whatever order; or null. */
export function findHeader<K extends string>(
  grid: Grid,
  names: ColumnNames<K>,
  required: readonly K[],
): Header<K> | null {
  for (let row = 0; row < Math.min(grid.rows, ROWS_SEARCHED); row++) {
    const header = readHeader(grid, row, names);
    if (required.every((key) => header.columns[key] !== undefined)) return header;
  }
  return null;
}

function readHeader<K extends string>(grid: Grid, row: number, names: ColumnNames<K>): Header<K> {
  const columns: Partial<Record<K, number>> = {};
  const twice: [string, number, number][] = [];
  for (let col = 0; col < grid.cols; col++) {
    const cell = grid.at(row, col);
    const word = headerWord(cell.text);
    if (word === '' || cell.merged) continue;
    for (const key in names) {
      if (!names[key].includes(word)) continue;
      const first = columns[key];
      if (first === undefined) columns[key] = col;
      else twice.push([word, first, col]);
    }
  }
  return { row, columns, twice };
}

/** 星期一, 周一, 礼拜一 → 1 … 7; anything else 0. */
export function weekdayOfWord(text: string): number {
  const found = /^(?:星期|周|礼拜)([一二三四五六日天])$/.exec(headerWord(text))?.[1];
  return found ? Math.min(7, '一二三四五六日天'.indexOf(found) + 1) : 0;
}
