import type { ClassKey } from '../../shared/class-name';
import { keyNamed } from '../../shared/class-name';
import type { Grid } from '../grid';
import type { ColumnNames, Header } from './header';
import { findHeader, headerAt } from './header';
import type { Layout } from './table-read';

/** One sheet that holds a table, with its heading found. */
export interface Sheet<H> {
  readonly grid: Grid;
  readonly header: H;
  /** What stands above the heading. */
  readonly title: string;
  /** The grade that a bare 3班 belongs to, when the sheet's name or title says one. */
  readonly within: ClassKey | null;
}

export function sheetOf<H extends { readonly first: number }>(grid: Grid, header: H): Sheet<H> {
  const lines: string[] = [];
  for (let row = 0; row < header.first; row++) lines.push(...grid.own(row));
  const title = lines.join(' ');
  return { grid, header, title, within: keyNamed(grid.sheet) ?? keyNamed(lines[0] ?? '') };
}

/**
 * The heading of a table: found by its words, or where and what somebody said it is. Then required columns may be missing, and
 * `missingIn` says so.
 */
export function headerFor<K extends string>(
  grid: Grid,
  names: ColumnNames<K>,
  required: readonly K[],
  layout: Layout | null,
): Header<K> | null {
  const anchor = required[0];
  const header =
    layout?.head && anchor !== undefined
      ? headerAt(grid, layout.head - 1, names, anchor)
      : findHeader(grid, names, required);
  if (!header || !layout?.columns) return header;
  const columns: Partial<Record<K, number>> = {};
  for (const key in names) if (Object.hasOwn(layout.columns, key)) columns[key] = layout.columns[key];
  return { ...header, columns, twice: [] };
}

export const missingIn = <K extends string>(header: Header<K>, required: readonly K[]): K[] =>
  required.filter((key) => header.columns[key] === undefined);
