import type { Day } from '@kernel/shared/time';
import type { Term } from '../../shared/calendar';
import { uncovered } from '../../shared/calendar';
import { classScope, schoolYearOf } from '../../shared/cohort';
import type { Plan } from '../../shared/plan';
import { planFault } from '../../shared/plan';
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
import type { Answers, ImportReport, Notes, Question } from './report';
import type { Roster } from './roster';
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
  /** The week of the duty table when the person said it; null: as its title says. */
  readonly dutyMonday: Day | null;
  readonly newId: () => string;
}
export interface ParsedTables {
  readonly roster: Roster;
  readonly timetable: Timetable | null;
  readonly duty: DutyTable | null;
}

/** Everything the tables say, with ids in place of names: one plan to be applied in one command, and what is in it. */
export function buildPlan(
  tables: ParsedTables,
  options: ImportOptions,
  notes: Notes,
): { plan: Plan; report: ImportReport } {
  const { roster, timetable, duty } = tables;
  titleYearNotice(tables, options.term, notes);
  const people = new People(roster.people, options.newId);
  const register = registerClasses(schoolYearOf(options.term.start), roster, timetable, notes);
  const teachings = collectTeachings(roster, people, register, notes);
  const { heads, questions } = assignHeads(roster, people, register, teachings, options.answers, notes);
  const classes = register.all().map((c): Plan['classes'][number] => ({
    id: c.id,
    body: {
      name: c.name,
      entryYear: c.entryYear,
      number: c.number,
      grade: c.grade,
      scope: classScope(c.grade, c.id),
      headTeacher: heads.get(c.id)?.id ?? null,
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
    dutyTables: duty ? dutyPlan(duty, options, people, notes) : [],
    roles: rolesOf(people.all),
  };
  const fault = planFault(plan);
  if (fault !== null) throw new Error(`defect: import made an inconsistent plan at ${fault}`);
  return { plan, report: reportOf(plan, people, register, questions, notes) };
}

function dutyPlan(duty: DutyTable, options: ImportOptions, people: People, notes: Notes): Plan['dutyTables'] {
  const monday = options.dutyMonday ?? dutyMonday(duty.title, options.term, options.today);
  if (monday !== null) return collectDuty(duty, monday, people, notes);
  notes.error(
    'duty.week',
    duty.grid,
    { row: 0, col: 0 },
    `值班表的标题“${duty.title}”没看懂是哪一周（如 第13周 11.23—11.27）。值班表没有导入。`,
  );
  return [];
}

function reportOf(
  plan: Plan,
  people: People,
  register: ClassRegister,
  questions: readonly Question[],
  notes: Notes,
): ImportReport {
  const without = plan.classes.filter((c) => c.body.headTeacher === null).map((c) => c.body.name);
  if (without.length > 0)
    notes.notice('head.missing', null, null, `${without.join('、')}还没有班主任，导入后可以再补。`);
  return {
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
    questions,
  };
}
