import type { ClassText } from '../../shared/class-name';
import { ClassRegister } from './class-register';
import type { Notes } from './report';
import type { Roster } from './roster';
import type { Timetable } from './timetable';

/** Which classes the school has: the timetable says; without one, what the roster names. */
export function registerClasses(
  schoolYear: number,
  roster: Roster,
  timetable: Timetable | null,
  notes: Notes,
): ClassRegister {
  const register = new ClassRegister(schoolYear);
  if (timetable) {
    for (const row of timetable.rows) {
      const found = register.read(row.class);
      if (!found)
        notes.error(
          'timetable.cohort',
          timetable.grid,
          row,
          '这一级的学生本学年不在七到九年级。这一行课表没有导入。',
        );
      else if (register.has(found.id))
        notes.error(
          'timetable.classTwice',
          timetable.grid,
          row,
          `${found.name}的课表出现了两次，以前一行为准。这一行课表没有导入。`,
        );
      else register.add(found);
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
  notes.notice('timetable.missing', roster.grid, null, '没有总课表：班级按花名册里写到的建立，课表先空着。');
  return register;
}
