import { utils, write } from '@e965/xlsx';
import type { WorkSheet } from '@e965/xlsx';
import type { Term } from '@modules/org';
import type { ImportOptions } from '../../src/modules/org/server/import/build-plan';
import type { Preview } from '../../src/modules/org/server/import/preview';
import { previewImport } from '../../src/modules/org/server/import/preview';
import type { UploadedFile } from '../../src/modules/org/server/sheets';
import { unzip, zipStored } from '../../src/modules/org/server/zip';

type Rows = readonly (readonly (string | number)[])[];

/** An .xlsx file with one sheet. `merges` in A1 notation; `change` may spoil the sheet before it is written. */
export function xlsx(
  rows: Rows,
  merges: readonly string[] = [],
  change: (sheet: WorkSheet) => void = () => undefined,
): Uint8Array {
  const sheet = utils.aoa_to_sheet(rows.map((r) => [...r]));
  sheet['!merges'] = merges.map((m) => utils.decode_range(m));
  change(sheet);
  const book = utils.book_new(sheet, '表');
  return new Uint8Array(write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer);
}
/** The same file with its sheet's XML changed: what a spreadsheet program would not write, somebody hostile would. */
export function withSheetXml(bytes: Uint8Array, change: (xml: string) => string): Uint8Array {
  const parts = unzip(bytes, () => true, { entries: 100, bytes: 1e8 }) as Map<string, Uint8Array>;
  const path = 'xl/worksheets/sheet1.xml';
  return zipStored(parts.set(path, Buffer.from(change(Buffer.from(parts.get(path) ?? []).toString()))));
}
export const file = (bytes: Uint8Array, name = '表.xlsx'): UploadedFile => ({ name, bytes });

export const COLUMNS = ['姓名', '职务', '任教学科', '任教班级', '班主任', '联系电话', '备注'];
/** A roster of rows in the order of COLUMNS; columns left out are empty. The header is row 1. */
export const roster = (...rows: Rows): UploadedFile => file(xlsx([COLUMNS, ...rows]), '花名册.xlsx');

/** A timetable: class, then Monday's and Tuesday's and Wednesday's single period. Lessons start in B3. */
export const timetable = (...rows: Rows): UploadedFile =>
  file(xlsx([['班级', '星期一', '星期二', '星期三'], ['', 1, 1, 1], ...rows]), '课表.xlsx');

export const TERM: Term = {
  id: '2026-autumn',
  name: '2026年秋季学期',
  start: '2026-08-31',
  end: '2027-01-22',
};
export function preview(files: readonly UploadedFile[], over: Partial<ImportOptions> = {}): Preview {
  let n = 0;
  return previewImport(files, {
    schoolName: '某校',
    zone: 'Asia/Shanghai',
    example: false,
    term: TERM,
    today: '2026-11-23',
    answers: {},
    layouts: {},
    dutyMonday: null,
    newId: () => `p-${++n}`,
    ...over,
  });
}
/** `error roster.phone F2` for every problem, in order. */
export const told = ({ report }: Preview): string[] =>
  report.problems.map((p) => `${p.level} ${p.code} ${p.cell ?? '-'}`);
