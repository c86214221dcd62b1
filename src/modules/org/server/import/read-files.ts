import { isRefusal } from '@kernel/shared/refusal';
import type { ClassKey } from '../../shared/class-name';
import { gradeName } from '../../shared/grades';
import type { Grid } from '../grid';
import type { UploadedFile } from '../sheets';
import { readSheets } from '../sheets';
import type { DutySheet } from './duty-table';
import { DUTY_COLUMNS, DUTY_REQUIRED, dutyDays } from './duty-table';
import { looksLikeTable, recognise } from './recognise';
import type { Notes } from './report';
import type { RosterSheet } from './roster';
import { ROSTER_COLUMNS, ROSTER_REQUIRED } from './roster-columns';
import { headerFor, missingIn, sheetOf } from './sheet';
import type { Layouts, TableKind, TableRead } from './table-read';
import { TABLE_NAMES, tableRead } from './table-read';
import type { TimetableSheet } from './timetable';
import { findTimetableHeader } from './timetable-header';

/** The sheets of all files by what they are, and how each was recognised. */
export interface Files {
  readonly roster: RosterSheet[];
  readonly timetable: TimetableSheet[];
  readonly duty: DutySheet[];
  readonly tables: TableRead[];
  /** A file or a table could not be read at all: nothing is imported. */
  broken: boolean;
  /** Which file holds each kind of table. */
  readonly from: Map<TableKind, UploadedFile>;
}

export function readFiles(files: readonly UploadedFile[], layouts: Layouts, notes: Notes): Files {
  const found: Files = { roster: [], timetable: [], duty: [], tables: [], broken: false, from: new Map() };
  for (const [i, file] of files.entries()) readFile(file, i, layouts, found, notes);
  return found;
}

function readFile(file: UploadedFile, index: number, layouts: Layouts, found: Files, notes: Notes): void {
  const say = (level: 'error' | 'notice', code: string, sheet: string, message: string): void => {
    notes.problems.push({ file: file.name, sheet, cell: null, row: null, level, code, message });
    if (level === 'error') found.broken = true;
  };
  const sheets = readSheets(file);
  if (isRefusal(sheets))
    return say('error', sheets.code, '', `${file.name}：${String(sheets.details['words'])}`);
  for (const name of sheets.hidden)
    say('notice', 'sheet.hidden', name, `工作表“${name}”在文件里是隐藏的，没有读。要读它，请先取消隐藏。`);
  let used = 0;
  const unknown: Grid[] = [];
  for (const grid of sheets.grids) {
    const id = `${index}#${grid.sheet}`;
    const layout = Object.hasOwn(layouts, id) ? (layouts[id] ?? null) : null;
    const kind = layout ? layout.kind : recognise(grid);
    if (kind === null || kind === 'skip') {
      found.tables.push({
        ...tableRead(id, grid, kind, null, {}),
        asks: kind === null && looksLikeTable(grid),
      });
      if (kind === 'skip') used++;
      else unknown.push(grid);
      continue;
    }
    used++;
    const before = found.from.get(kind) ?? file;
    if (before !== file)
      say(
        'error',
        'file.twoTables',
        grid.sheet,
        `${before.name}和${file.name}里都有${TABLE_NAMES[kind]}，不知道该读哪一份。请只留一份，或在上面把另一份指定为“不用读”。`,
      );
    found.from.set(kind, before);
    const missing = readTable(id, grid, kind, layout, found, notes);
    if (missing !== null) {
      found.broken = true;
      if (missing !== '')
        notes.error(
          'file.noTable',
          grid,
          null,
          `${TABLE_NAMES[kind]}的表头没看懂：${missing}。这张表没有导入。`,
        );
    }
  }
  for (const { sheet } of used > 0 ? unknown : [])
    say('notice', 'sheet.unknown', sheet, `工作表“${sheet}”没有认出是花名册、总课表还是值班表，没有读。`);
  if (used === 0)
    say(
      'error',
      'file.unknownTable',
      '',
      `${file.name}：没有认出这是什么表。花名册要有“姓名、任教学科、任教班级”，总课表要有“星期一 … 星期五”，值班表要有“岗位、时段”这些列名。这个文件没有导入。`,
    );
}

const ROSTER_WORDS = { name: '姓名', subject: '任教学科', classes: '任教班级' } as const;
const DUTY_WORDS = { post: '岗位', time: '时段' } as const;

/** Null when the heading is whole; else what it lacks, or nothing where that has been said already. */
function readTable(
  id: string,
  grid: Grid,
  kind: TableKind,
  layout: Layouts[string] | null,
  found: Files,
  notes: Notes,
): string | null {
  const { tables } = found;
  if (kind === 'timetable') {
    const before = notes.problems.length;
    const header = findTimetableHeader(grid, notes, layout);
    const row = layout?.head ? layout.head - 1 : 0;
    tables.push(
      header
        ? tableRead(id, grid, kind, header, { class: header.classCol }, new Set(header.slots.keys()))
        : tableRead(id, grid, kind, { first: row, row }, {}),
    );
    if (header) found.timetable.push(shown(sheetOf(grid, header), tables));
    else
      return notes.problems.slice(before).some((p) => p.level === 'error')
        ? ''
        : '没有“星期一 … 星期五”和节次';
    return null;
  }
  if (kind === 'roster') {
    const header = headerFor(grid, ROSTER_COLUMNS, ROSTER_REQUIRED, layout);
    tables.push(tableRead(id, grid, kind, header, header?.columns ?? {}));
    if (!header) return '没有“姓名、任教学科、任教班级”这些列';
    const missing = missingIn(header, ROSTER_REQUIRED) as (keyof typeof ROSTER_WORDS)[];
    if (missing.length > 0) return `缺${missing.map((key) => `“${ROSTER_WORDS[key]}”`).join('、')}`;
    found.roster.push(shown(sheetOf(grid, header), tables));
    return null;
  }
  const header = headerFor(grid, DUTY_COLUMNS, DUTY_REQUIRED, layout);
  const days = header ? dutyDays(grid, header) : new Map<number, number>();
  tables.push(tableRead(id, grid, kind, header, header?.columns ?? {}, new Set(days.keys())));
  if (!header) return '没有“岗位、时段”这些列';
  const missing = missingIn(header, DUTY_REQUIRED);
  if (missing.length > 0) return `缺${missing.map((key) => `“${DUTY_WORDS[key]}”`).join('、')}`;
  if (days.size === 0) return '没有“周一 … 周五”';
  found.duty.push(sheetOf(grid, header));
  return null;
}

/** The grade that bare class numbers are read in belongs to what is shown for confirmation. */
function shown<S extends { readonly within: ClassKey | null }>(sheet: S, tables: TableRead[]): S {
  const last = tables[tables.length - 1];
  if (last && sheet.within)
    tables[tables.length - 1] = {
      ...last,
      within: 'grade' in sheet.within ? gradeName(sheet.within.grade) : `${sheet.within.entryYear}级`,
    };
  return sheet;
}
