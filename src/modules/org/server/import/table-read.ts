import * as v from 'valibot';
import { squeeze } from '../../shared/text';
import type { Grid } from '../grid';

export const TABLE_KINDS = ['roster', 'timetable', 'duty'] as const;
export type TableKind = (typeof TABLE_KINDS)[number];
export const TABLE_NAMES: Readonly<Record<TableKind, string>> = {
  roster: '教职工花名册',
  timetable: '总课表',
  duty: '护学岗值班表',
};

/** What the administrator says about one sheet, by `TableRead.id`. */
export const layoutSchema = v.strictObject({
  kind: v.picklist([...TABLE_KINDS, 'skip']),
  /** Last row of the heading, as people count; of a timetable the row of the weekdays. Null: wherever it is found. */
  head: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5_000))),
  /** Meaning → column from 0; a meaning left out has no column. Null: by their names. */
  columns: v.nullable(
    v.record(
      v.pipe(v.string(), v.maxLength(20)),
      v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(199)),
    ),
  ),
});
export type Layout = v.InferOutput<typeof layoutSchema>;
export type Layouts = Readonly<Record<string, Layout>>;

/** How one sheet was read, to be confirmed or corrected. */
export interface TableRead {
  readonly id: string;
  readonly file: string;
  readonly sheet: string;
  /** Null: not recognised as anything, not read. */
  readonly kind: TableKind | 'skip' | null;
  /** Looks like a table all the same: somebody must say that it is none, or which. */
  readonly asks: boolean;
  /** Rows of the heading as people count; null when there is none. */
  readonly head: { readonly from: number; readonly to: number } | null;
  /** Rows that may be the heading, with what stands in them. */
  readonly rows: readonly { readonly row: number; readonly text: string }[];
  readonly columns: readonly ColumnRead[];
  /** Columns read as lessons of a timetable or days of a duty table. */
  readonly lessonColumns: number;
  /** What a bare 3班 belongs to (七年级, 2026级), as the sheet's name or title says; null: to nothing. */
  readonly within: string | null;
}
export interface ColumnRead {
  readonly col: number;
  /** `C` */
  readonly name: string;
  /** What the heading says, both rows of it. */
  readonly head: string;
  /** The meaning it was read as, or null: not read. */
  readonly as: string | null;
  readonly sample: string;
}

const ROWS_OFFERED = 12;
const COLUMNS_SHOWN = 60;
const SAMPLES = 3;
const cut = (text: string, to: number): string => (text.length > to ? `${text.slice(0, to)}…` : text);

/** `columns`: meaning → column; `lessons`: columns that need no meaning of their own. */
export function tableRead(
  id: string,
  grid: Grid,
  kind: TableRead['kind'],
  head: { readonly first: number; readonly row: number } | null,
  columns: Readonly<Partial<Record<string, number>>>,
  lessons: ReadonlySet<number> = new Set(),
): TableRead {
  const meanings = new Map(Object.entries(columns).map(([key, col]) => [col, key]));
  const rows: { row: number; text: string }[] = [];
  for (let row = 0; row < grid.rows && rows.length < ROWS_OFFERED; row++) {
    const texts = grid.own(row);
    if (texts.length > 0) rows.push({ row: row + 1, text: cut(texts.map(squeeze).join(' '), 40) });
  }
  const read: ColumnRead[] = [];
  for (let col = 0; col < grid.cols && head && read.length < COLUMNS_SHOWN; col++) {
    if (lessons.has(col)) continue;
    const words = new Set<string>();
    for (let row = head.first; row <= head.row; row++) words.add(squeeze(grid.text(row, col)));
    const samples = new Set<string>();
    for (let row = head.row + 1; row < grid.rows && samples.size < SAMPLES; row++)
      if (!grid.at(row, col).merged) samples.add(cut(squeeze(grid.text(row, col)), 16));
    samples.delete('');
    words.delete('');
    const as = meanings.get(col) ?? null;
    if (words.size === 0 && samples.size === 0 && as === null) continue;
    read.push({
      col,
      name: grid.name(0, col).replace(/\d+$/, ''),
      head: cut([...words].join(' '), 20),
      as,
      sample: [...samples].join('、'),
    });
  }
  return {
    id,
    file: grid.file,
    sheet: grid.sheet,
    kind,
    asks: false,
    head: head && { from: head.first + 1, to: head.row + 1 },
    rows,
    columns: read,
    lessonColumns: lessons.size,
    within: null,
  };
}
