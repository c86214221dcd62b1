import type { ClassText } from '../../shared/class-name';
import { ClassRegister } from './class-register';
import type { Notes } from './report';
import type { Roster } from './roster';
import type { Timetable, TimetableRow } from './timetable';

/** Which classes the school has: the timetable says; without one, what the roster names. */
export function registerClasses(
  schoolYear: number,
  roster: Roster,
  timetable: Timetable | null,
  notes: Notes,
): ClassRegister {
  const register = new ClassRegister(schoolYear);
  const read = new Map<string, TimetableRow>();
  if (timetable) {
    for (const row of timetable.rows) {
      const found = register.read(row.class);
      if (!found)
        notes.error(
          'timetable.cohort',
          row.grid,
          row,
          '这一级的学生本学年不在七到九年级。这一行课表没有导入。',
        );
      else if (register.has(found.id)) again(row, found.name);
      else {
        register.add(found);
        read.set(found.name, row);
      }
    }
    return register;
  }
  const texts: ClassText[] = [];
  for (const person of roster.people) {
    texts.push(...person.teaching.flatMap((t) => t.classes));
    if (person.head.kind === 'class') texts.push(person.head.class);
  }
  for (const text of texts) {
    const found = register.read(text);
    if (found) register.add(found);
  }
  notes.notice(
    'timetable.missing',
    roster.sheets[0].grid,
    null,
    '没有总课表：班级按花名册里写到的建立，课表先空着。',
  );
  return register;

  /** A workbook with one sheet for all and one for each grade says everything twice; only a difference is an error. */
  function again(row: TimetableRow, name: string): void {
    const before = read.get(name);
    if (before && before.grid !== row.grid && lessonsOf(before) === lessonsOf(row))
      notes.notice(
        'timetable.classAgain',
        row.grid,
        row,
        `${name}的课表在工作表“${before.grid.sheet}”第 ${before.row + 1} 行已经有了，内容相同，只读一次。`,
      );
    else
      notes.error(
        'timetable.classTwice',
        row.grid,
        row,
        `${name}的课表出现了两次，以前一行为准。这一行课表没有导入。`,
      );
  }
}

const lessonsOf = (row: TimetableRow): string =>
  row.lessons
    .map((l) => [l.weekday, l.period, l.subject, l.activity, l.teacher].join('|'))
    .sort()
    .join('\n');
