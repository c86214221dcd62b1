import { read } from '@e965/xlsx';
import type { CellObject, WorkSheet } from '@e965/xlsx';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import { tidy } from '../shared/text';
import { csvSheet } from './csv-sheet';
import { Grid } from './grid';
import { unzip, zipStored } from './zip';

export const SHEET_LIMITS = {
  fileBytes: 5 * 1024 * 1024,
  /** What a file may unpack to: a roster of 5,000 rows is about 3 MB. */
  insideBytes: 24 * 1024 * 1024,
  entries: 500,
  sheets: 20,
  rows: 5_000,
  cols: 200,
  mergedCells: 200_000,
  arrayFormulas: 200,
} as const;

export interface UploadedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Why a file could not be read: `org.file…` with `{file, words}`; never a throw, whatever the bytes. */
const bad = (file: string, code: string, words: string): Refusal =>
  refuse(`org.file${code}`, { file, words });

export interface Sheets {
  /** Visible sheets with something in them. */
  readonly grids: readonly Grid[];
  /** Names of the sheets that are hidden in the file: not read, and said so. */
  readonly hidden: readonly string[];
}

/** The sheets of an .xlsx or .csv file, which it is by its bytes. */
export function readSheets({ name, bytes }: UploadedFile): Sheets | Refusal {
  if (bytes.length === 0) return bad(name, 'Empty', '这个文件是空的（0 字节），请重新选择。');
  if (bytes.length > SHEET_LIMITS.fileBytes)
    return bad(name, 'TooLarge', '文件超过 5 MB。请删去图片和用不到的工作表后再试。');
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf)
    return bad(
      name,
      'NotXlsx',
      '这是旧版 .xls 文件，或者加了密码。请用 Excel 或 WPS 打开，另存为不加密的 .xlsx 再试。',
    );
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    const grid = csvSheet(name, bytes, SHEET_LIMITS, (code, words) => bad(name, code, words));
    return isRefusal(grid) ? grid : { grids: grid.rows > 0 ? [grid] : [], hidden: [] };
  }
  const parts = unzip(bytes, (path) => WANTED.test(path), {
    entries: SHEET_LIMITS.entries,
    bytes: SHEET_LIMITS.insideBytes,
  });
  if (isRefusal(parts)) return bad(name, 'NotXlsx', ZIP_WORDS[String(parts.details['reason'])] ?? NOT_XLSX);
  if (!parts.has('xl/workbook.xml')) return bad(name, 'NotXlsx', NOT_XLSX);
  // The reader compares every cell with every array formula: a few are a school's, thousands are an attack.
  for (const [path, part] of parts)
    if (path.startsWith('xl/worksheets/') && count(part, 'array') > SHEET_LIMITS.arrayFormulas)
      return bad(name, 'Damaged', '数组公式太多，不像一份花名册或课表，没有打开。');
  try {
    return gridsOf(name, zipStored(parts));
  } catch {
    return bad(name, 'Damaged', '文件打不开，可能已损坏。请用 Excel 或 WPS 打开，另存一份再试。');
  }
}

function count(bytes: Uint8Array, word: string): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) found++;
  return found;
}

/** Text and shape only: pictures, macros, and what hangs on a sheet (comments, drawings, links) never reach the reader. */
const WANTED =
  /^(?!xl\/worksheets\/_rels\/|xl\/(drawings|comments|threadedComments|externalLinks)).*\.(xml|rels)$/;
const NOT_XLSX = '这不是 .xlsx 表格。请用 Excel 或 WPS 另存为 .xlsx 再试。';
const ZIP_WORDS: Readonly<Record<string, string>> = {
  tooLargeInside: '文件展开后太大，不像一份花名册或课表，没有打开。',
  tooManyEntries: '文件里的部件太多，不像一份花名册或课表，没有打开。',
  encrypted: '文件加了密码，请去掉密码后再试。',
  damaged: '文件不完整或已损坏，请重新选择或另存一份再试。',
};

function gridsOf(file: string, bytes: Uint8Array): Sheets | Refusal {
  const book = read(bytes, { type: 'buffer', dense: true, cellHTML: false, cellFormula: true });
  if (book.SheetNames.length > SHEET_LIMITS.sheets)
    return bad(file, 'TooManySheets', `有 ${book.SheetNames.length} 张工作表，最多读 20 张。`);
  const grids: Grid[] = [];
  const hidden: string[] = [];
  for (const [i, sheetName] of book.SheetNames.entries()) {
    const sheet = book.Sheets[sheetName];
    if (!sheet) continue;
    if (book.Workbook?.Sheets?.[i]?.Hidden) {
      if (sheet['!ref'] !== undefined) hidden.push(tidy(sheetName));
      continue;
    }
    const grid = new Grid(file, tidy(sheetName));
    const trouble = fill(grid, sheet) ?? spread(grid, sheet);
    if (trouble) return trouble;
    if (grid.rows > 0) grids.push(grid);
  }
  return { grids, hidden };
}

function fill(grid: Grid, sheet: WorkSheet): Refusal | null {
  const rows = (sheet['!data'] ?? []) as (CellObject | undefined)[][];
  // `forEach` visits only what is there: a sheet may claim a million rows and hold three.
  let far: string | null = null;
  rows.forEach((cells, r) =>
    cells.forEach((cell, c) => {
      const raw = cell ? shown(cell) : '';
      const broken = cell !== undefined && (cell.t === 'e' || (raw === '' && cell.f !== undefined));
      if (raw.trim() === '' && !broken) return;
      if (r >= SHEET_LIMITS.rows || c >= SHEET_LIMITS.cols) far ??= grid.name(r, c);
      else grid.put(r, c, { text: tidy(raw), raw, merged: false, broken, numeric: cell?.t === 'n' });
    }),
  );
  if (far !== null)
    return bad(
      grid.file,
      'TooWide',
      `工作表“${grid.sheet}”的 ${String(far)} 还有内容；最多读 5000 行、200 列。`,
    );
  return null;
}

/** Long whole numbers (phones) are read as they are: a number format may show them as 1.39E+10. */
function shown(cell: CellObject): string {
  if (cell.t === 'n' && Number.isInteger(cell.v) && Math.abs(Number(cell.v)) >= 1e6) return String(cell.v);
  return String(cell.w ?? cell.v ?? '');
}

/** Every cell a merge covers gets its value, inside the part of the sheet that has content. */
function spread(grid: Grid, sheet: WorkSheet): Refusal | null {
  const { rows, cols } = grid;
  let covered = 0;
  for (const { s, e } of sheet['!merges'] ?? []) {
    const origin = grid.at(s.r, s.c);
    if (origin.text === '' || origin.merged) continue;
    for (let r = s.r; r <= Math.min(e.r, rows - 1); r++)
      for (let c = s.c; c <= Math.min(e.c, cols - 1); c++) {
        if (++covered > SHEET_LIMITS.mergedCells)
          return bad(grid.file, 'TooManyMerges', `工作表“${grid.sheet}”的合并单元格太多，没有打开。`);
        if (r !== s.r || c !== s.c) grid.put(r, c, { ...origin, merged: true });
      }
  }
  return null;
}
