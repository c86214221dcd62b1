import type { Plan } from '../plan';
import type { UploadedFile } from '../sheets';
import type { ImportOptions } from './build-plan';
import { buildPlan } from './build-plan';
import type { DutyTable } from './duty-table';
import { readDutyTable } from './duty-table';
import { readFiles } from './read-files';
import type { ImportReport } from './report';
import { Notes } from './report';
import { readRoster } from './roster';
import type { TableRead } from './table-read';
import { readTimetable } from './timetable';

export interface Preview {
  /** What would be applied; null when a file could not be read at all. Row errors leave rows out and do not stop it. */
  readonly plan: Plan | null;
  readonly report: ImportReport;
}

/** Files → plan and report. Knows files by their content; keeps nothing; never throws for what a file holds. */
export function previewImport(files: readonly UploadedFile[], options: ImportOptions): Preview {
  const notes = new Notes(options.answers);
  const found = readFiles(files, options.layouts, notes);
  const roster = readRoster(found.roster, notes);
  const timetable = found.timetable.length > 0 ? readTimetable(found.timetable, notes) : null;
  const duties = found.duty.map((sheet) => readDutyTable(sheet, notes));
  if (found.roster.length === 0 && !found.broken)
    notes.error('file.noRoster', null, null, '没有教职工花名册。导入至少需要花名册。');
  if (roster && !found.broken && roster.people.length === 0)
    notes.error('roster.empty', roster.sheets[0].grid, null, '花名册里没有一行可以导入。');
  if (found.broken || !roster || roster.people.length === 0 || duties.includes(null))
    return { plan: null, report: emptyReport(notes, found.tables) };
  const read = duties.filter((d): d is DutyTable => d !== null);
  return buildPlan({ roster, timetable, duties: read }, options, notes, found.tables);
}

const emptyReport = (notes: Notes, tables: readonly TableRead[]): ImportReport => ({
  tables,
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
  questions: notes.questions,
  answered: notes.answered,
});
