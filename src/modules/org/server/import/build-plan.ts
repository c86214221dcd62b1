import type { Day } from '@kernel/shared/time';
import { addDays, mondayOf } from '@kernel/shared/time';
import type { Term } from '../../shared/calendar';
import { uncovered } from '../../shared/calendar';
import { classScope, schoolYearOf } from '../../shared/cohort';
import { alwaysHeld } from '../../shared/held';
import type { Plan } from '../plan';
import { planFault } from '../plan';
import { SUBJECTS } from '../../shared/subjects';
import { calendarFor } from '../calendar-source';
import type { ClassRegister } from './class-register';
import { collectDuty } from './duty-plan';
import type { DutyTable } from './duty-table';
import { dutyMonday } from './duty-week';
import { assignHeads } from './heads';
import { collectTimetables } from './lessons';
import { People } from './people';
import { personBody, rolesOf } from './persons';
import { collectPrepGroups } from './prep-groups';
import { registerClasses } from './register-classes';
import type { Answers, ImportReport, Notes } from './report';
import type { Roster } from './roster';
import type { Layouts, TableRead } from './table-read';
import { collectTeachings } from './teachings';
import type { Timetable } from './timetable';
import { titleYearNotice } from './title-year';

export interface ImportOptions {
  readonly schoolName: string;
  readonly zone: string;
  readonly example: boolean;
  readonly term: Term;
  readonly today: Day;
  readonly answers: Answers;
  /** What the administrator said about sheets that were read wrongly or not at all. */
  readonly layouts: Layouts;
  /** The week of the duty table when the person said it; null: as its title says. */
  readonly dutyMonday: Day | null;
  readonly newId: () => string;
}
export interface ParsedTables {
  readonly roster: Roster;
  readonly timetable: Timetable | null;
  /** One for each week. */
  readonly duties: readonly DutyTable[];
}

/** Everything the tables say, with ids in place of names: one plan to be applied in one command, and what is in it. */
export function buildPlan(
  tables: ParsedTables,
  options: ImportOptions,
  notes: Notes,
  read: readonly TableRead[],
): { plan: Plan; report: ImportReport } {
  const { roster, timetable, duties } = tables;
  titleYearNotice(tables, options.term, notes);
  const people = new People(roster.people, options.newId);
  const register = registerClasses(schoolYearOf(options.term.start), roster, timetable, notes);
  const teachings = collectTeachings(people, register, timetable, notes);
  const heads = assignHeads(roster, people, register, teachings, notes);
  const classes = register.all().map((c): Plan['classes'][number] => ({
    id: c.id,
    body: {
      name: c.name,
      entryYear: c.entryYear,
      number: c.number,
      grade: c.grade,
      scope: classScope(c.grade, c.id),
      heads: alwaysHeld(heads.get(c.id)?.id),
      teachings: [...teachings.triples()]
        .filter((t) => t.cls === c.id)
        .map((t) => ({ subject: t.subject, person: t.person.id, from: null, to: null })),
    },
  }));
  const { schoolName: name, zone, example } = options;
  const plan: Plan = {
    school: { name, zone, example, subjects: SUBJECTS.map((s) => ({ ...s, short: [...s.short] })) },
    calendar: calendarFor([options.term]),
    classes,
    persons: people.all.map((p) => ({ id: p.id, body: personBody(p) })),
    contacts: people.all.flatMap((p) =>
      p.phone === null ? [] : [{ id: p.id, body: { person: p.id, phone: p.phone } }],
    ),
    prepGroups: collectPrepGroups(roster, people, register, teachings, notes),
    timetables: timetable ? collectTimetables(timetable, people, register, teachings, notes) : [],
    dutyTables: dutyPlans(duties, options, people, notes),
    roles: rolesOf(people.all),
  };
  const fault = planFault(plan);
  if (fault !== null) throw new Error(`defect: import made an inconsistent plan at ${fault}`);
  return { plan, report: reportOf(plan, people, register, notes, read) };
}

function dutyPlans(
  duties: readonly DutyTable[],
  options: ImportOptions,
  people: People,
  notes: Notes,
): Plan['dutyTables'] {
  const plans = new Map<string, { table: DutyTable; plan: Plan['dutyTables'][number] }>();
  for (const duty of duties) {
    const monday = dutyWeek(duty, options, notes);
    if (monday === null) continue;
    const before = plans.get(monday)?.table;
    if (before)
      notes.error(
        'duty.weekTwice',
        duty.grid,
        { row: 0, col: 0 },
        `和工作表“${before.grid.sheet}”是同一周（从${monday}起）的值班表。以前一张为准，这张没有导入。`,
      );
    else plans.set(monday, { table: duty, plan: collectDuty(duty, monday, people, notes) });
  }
  return [...plans.values()].map((p) => p.plan);
}

/** As somebody said, as the title or the sheet's name says, or asked: nobody can know it otherwise. */
function dutyWeek({ grid, title }: DutyTable, options: ImportOptions, notes: Notes): Day | null {
  const { term, today } = options;
  const known = options.dutyMonday ?? dutyMonday(title, term, today) ?? dutyMonday(grid.sheet, term, today);
  if (known !== null) return known;
  const near = [-7, 0, 7, 14].map((days) => addDays(mondayOf(today), days));
  const answer = notes.ask(
    'duty.week',
    grid,
    { row: 0, col: 0 },
    {
      id: `week:${grid.sheet}`,
      text: `值班表的标题“${title}”没看懂是哪一周（能读的写法如 第13周 11.23—11.27）。是哪一周的？`,
      choices: [
        ...near.map((day) => ({ value: day, label: `${day} 起的一周` })),
        { value: 'none', label: '都不是，先不要' },
      ],
      meanwhile: '没有回答之前，值班表先不导入。',
    },
  );
  return answer === 'none' ? null : answer;
}

function reportOf(
  plan: Plan,
  people: People,
  register: ClassRegister,
  notes: Notes,
  tables: readonly TableRead[],
): ImportReport {
  const without = plan.classes.filter((c) => c.body.heads.length === 0).map((c) => c.body.name);
  if (without.length > 0)
    notes.notice('head.missing', null, null, `${without.join('、')}还没有班主任，导入后可以再补。`);
  return {
    tables,
    people: plan.persons.length,
    classes: register.all().length,
    headTeachers: plan.classes.length - without.length,
    teaching: plan.classes.reduce((sum, c) => sum + c.body.teachings.length, 0),
    prepGroups: plan.prepGroups.length,
    timetableCells: plan.timetables.reduce((sum, t) => sum + Object.values(t.body.days).flat().length, 0),
    dutyCells: plan.dutyTables
      .flatMap((d) => d.body.rows)
      .reduce((sum, r) => sum + Object.values(r.people).filter((p) => p.length > 0).length, 0),
    onLeaveNotes: people.all.filter((p) => p.onLeave).length,
    persons: people.all.map((p, index) => ({ index, name: p.name, duties: p.duties })),
    classesWithoutHead: without,
    unknownDays: uncovered(plan.calendar),
    dutyMonday: plan.dutyTables[0]?.body.monday ?? null,
    problems: notes.problems,
    questions: notes.questions,
    answered: notes.answered,
  };
}
