import { isRefusal } from '@kernel/shared/refusal';
import type { Plan } from '../../shared/plan';
import type { Grid } from '../grid';
import type { UploadedFile } from '../sheets';
import { readSheets } from '../sheets';
import type { ImportOptions } from './build-plan';
import { buildPlan } from './build-plan';
import { readDutyTable } from './duty-table';
import type { TableKind } from './recognise';
import { recognise } from './recognise';
import type { ImportReport } from './report';
import { Notes } from './report';
import { readRoster } from './roster';
import { readTimetable } from './timetable';

export interface Preview {
  /** What would be applied; null when a file could not be read at all. Row errors leave rows out and do not stop it. */
  readonly plan: Plan | null;
  readonly report: ImportReport;
}
const TABLE_NAMES: Readonly<Record<TableKind, string>> = {
  roster: '教职工花名册',
  timetable: '总课表',
  duty: '护学岗值班表',
};

/** Files → plan and report. Knows files by their content; keeps nothing; never throws for what a file holds. */
export function previewImport(files: readonly UploadedFile[], options: ImportOptions): Preview {
  const notes = new Notes();
  const grids = new Map<TableKind, Grid>();
  for (const file of files) readFile(file, grids, notes);
  const fatal = notes.problems.length > 0;
  const [rosterGrid, timetableGrid, dutyGrid] = [
    grids.get('roster'),
    grids.get('timetable'),
    grids.get('duty'),
  ];
  const roster = rosterGrid ? readRoster(rosterGrid, notes) : null;
  const timetable = timetableGrid ? readTimetable(timetableGrid, notes) : null;
  const duty = dutyGrid ? readDutyTable(dutyGrid, notes) : null;
  if (!rosterGrid && !fatal)
    notes.error('file.noRoster', null, null, '没有教职工花名册。导入至少需要花名册。');
  for (const [kind, table] of [
    ['roster', roster],
    ['timetable', timetable],
    ['duty', duty],
  ] as const) {
    const grid = grids.get(kind);
    if (grid && !table && !notes.problems.some((p) => p.level === 'error' && p.file === grid.file))
      notes.error('file.noTable', grid, null, `${TABLE_NAMES[kind]}的表头没看懂。这个文件没有导入。`);
  }
  const broken = fatal || !roster || (timetableGrid && !timetable) || (dutyGrid && !duty);
  if (!broken && roster.people.length === 0)
    notes.error('roster.empty', roster.grid, null, '花名册里没有一行可以导入。');
  if (broken || roster.people.length === 0) return { plan: null, report: emptyReport(notes) };
  return buildPlan({ roster, timetable, duty }, options, notes);
}

function readFile(file: UploadedFile, grids: Map<TableKind, Grid>, notes: Notes): void {
  const sheets = readSheets(file);
  if (isRefusal(sheets)) {
    const words = `${file.name}：${String(sheets.details['words'])}`;
    notes.problems.push({
      file: file.name,
      sheet: '',
      cell: null,
      row: null,
      level: 'error',
      code: sheets.code,
      message: words,
    });
    return;
  }
  let found = 0;
  for (const grid of sheets) {
    const kind = recognise(grid);
    if (!kind) continue;
    found++;
    const before = grids.get(kind);
    if (before)
      notes.error(
        'file.twoTables',
        grid,
        null,
        `有两张${TABLE_NAMES[kind]}（${before.file} 的“${before.sheet}”和 ${grid.file} 的“${grid.sheet}”），请只留一张。`,
      );
    else grids.set(kind, grid);
  }
  if (found > 0) return;
  notes.problems.push({
    file: file.name,
    sheet: '',
    cell: null,
    row: null,
    level: 'error',
    code: 'file.unknownTable',
    message: `${file.name}：没有认出这是什么表。花名册要有“姓名、任教学科、任教班级”，总课表要有“星期一 … 星期五”，值班表要有“岗位、时段”这些列名。这个文件没有导入。`,
  });
}

function emptyReport(notes: Notes): ImportReport {
  return {
    people: 0,
    classes: 0,
    headTeachers: 0,
    teaching: 0,
    prepGroups: 0,
    timetableCells: 0,
    dutyCells: 0,
    onLeaveNotes: 0,
    persons: [],
    classesWithoutHead: [],
    unknownDays: [],
    dutyMonday: null,
    problems: notes.problems,
    questions: [],
  };
}
