import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';

/** Column key → what its header may be called, as whole words without blanks and trailing remarks. */
export type ColumnNames<K extends string> = Readonly<Record<K, readonly string[]>>;
export interface Header<K extends string> {
  /** First and last row of the column names, from 0. */
  readonly first: number;
  readonly row: number;
  readonly columns: Readonly<Partial<Record<K, number>>>;
  /** Columns named twice: `[name, first, second]`. The table cannot be read safely. */
  readonly twice: readonly (readonly [string, number, number])[];
}

export const ROWS_SEARCHED = 30;
/** 联系电话（手机） → 联系电话 */
export const headerWord = (text: string): string => squeeze(text).replace(/\([^)]*\)$|[:*]+$/g, '');

/**
 * The first heading in which all `required` columns are named, wherever it is and in whatever order; or null. It is one row, or two
 * when the lower one names parts of what the upper one spans (任教情况 over 学科 and 班级).
 */
export function findHeader<K extends string>(
  grid: Grid,
  names: ColumnNames<K>,
  required: readonly K[],
): Header<K> | null {
  for (let row = 0; row < Math.min(grid.rows, ROWS_SEARCHED); row++)
    for (const header of [
      readHeader(grid, row, row + 1, names, required[0]),
      readHeader(grid, row, row, names, required[0]),
    ])
      if (header && required.every((key) => header.columns[key] !== undefined)) return header;
  return null;
}

/** The heading whose last row is `row`, as somebody said it is. */
export function headerAt<K extends string>(
  grid: Grid,
  row: number,
  names: ColumnNames<K>,
  anchor: K,
): Header<K> {
  const two = row > 0 ? readHeader(grid, row - 1, row, names, anchor) : null;
  if (two) return two;
  const { columns, twice } = columnsOf(grid, row, row, names);
  return { first: row, row, columns, twice };
}

/** Null when the two rows are not one heading. */
function readHeader<K extends string>(
  grid: Grid,
  top: number,
  bottom: number,
  names: ColumnNames<K>,
  anchor: K | undefined,
): Header<K> | null {
  if (bottom > top && (anchor === undefined || !isLowerHalf(grid, top, bottom, names, anchor))) return null;
  return { first: top, row: bottom, ...columnsOf(grid, top, bottom, names) };
}

function columnsOf<K extends string>(
  grid: Grid,
  top: number,
  bottom: number,
  names: ColumnNames<K>,
): Pick<Header<K>, 'columns' | 'twice'> {
  const columns: Partial<Record<K, number>> = {};
  const twice: [string, number, number][] = [];
  for (let col = 0; col < grid.cols; col++) {
    const words = wordsOf(grid, top, bottom, col);
    const word = words.find((w) => Object.values<readonly string[]>(names).some((n) => n.includes(w)));
    if (word === undefined) continue;
    for (const key in names) {
      if (!names[key].includes(word)) continue;
      const first = columns[key];
      if (first === undefined) columns[key] = col;
      else twice.push([word, first, col]);
    }
  }
  return { columns, twice };
}

/** What a column may be called, the most exact first: 任教+班级, then 班级; the upper row's own word where the lower one is empty. */
function wordsOf(grid: Grid, top: number, bottom: number, col: number): string[] {
  const upper = grid.at(top, col);
  const own = bottom > top ? ownWord(grid, bottom, col) : '';
  if (own === '') return upper.merged || upper.text === '' ? [] : [headerWord(upper.text)];
  const above = headerWord(spanning(grid, top, bottom, col)).replace(/(情况|信息|安排|方式|任务|工作)$/, '');
  return [above + own, own];
}

const ownWord = (grid: Grid, row: number, col: number): string =>
  grid.at(row, col).merged ? '' : headerWord(grid.text(row, col));

/** The upper cell over a column: merged over it, or written once over its first part, as in a .csv. */
function spanning(grid: Grid, top: number, bottom: number, col: number): string {
  for (let c = col; c >= 0 && ownWord(grid, bottom, c) !== ''; c--)
    if (grid.text(top, c) !== '') return grid.text(top, c);
  return '';
}

/**
 * Certain when the cell that names the `anchor` column (姓名, 岗位) reaches down into this row. Where nothing is merged: a row without a
 * name that holds column names and dates only, and names at least one column the row above leaves open.
 */
function isLowerHalf<K extends string>(
  grid: Grid,
  top: number,
  bottom: number,
  names: ColumnNames<K>,
  anchor: K,
): boolean {
  const known = new Set(Object.values<readonly string[]>(names).flat());
  let empty = false;
  let opens = false;
  let data = false;
  for (let col = 0; col < grid.cols; col++) {
    const upper = grid.at(top, col);
    const lower = grid.at(bottom, col);
    const above = headerWord(upper.text);
    if (names[anchor].includes(above) && !upper.merged) {
      if (lower.merged && lower.text === upper.text) return true;
      empty ||= lower.text === '';
    }
    const own = ownWord(grid, bottom, col);
    if (own !== '' && !known.has(above) && (known.has(own) || DATE.test(own))) opens = true;
    if (/\d/.test(own) && !DATE.test(own)) data = true;
  }
  return empty && opens && !data;
}
const DATE = /^\d{1,2}[.月/-]\d{1,2}日?$/;

/** 星期一, 周一, 礼拜一, 周一（11.23） → 1 … 7; anything else 0. */
export function weekdayOfWord(text: string): number {
  const found = /^(?:星期|周|礼拜)([一二三四五六日天])(?:\d{1,2}[.月/-]\d{1,2}日?)?$/.exec(
    headerWord(text),
  )?.[1];
  return found ? Math.min(7, '一二三四五六日天'.indexOf(found) + 1) : 0;
}
