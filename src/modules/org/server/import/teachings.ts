import { findSubject, SUBJECTS } from '../../shared/subjects';
import type { ClassText } from '../../shared/class-name';
import type { ClassRegister, KnownClass } from './class-register';
import type { People, Person } from './people';
import type { Notes } from './report';
import type { TeachingClaim } from './roster-facts';
import type { Timetable } from './timetable';

export const subjectName = (id: string): string =>
  SUBJECTS.find((s) => s.id === id)?.name ?? findSubject(id)?.name ?? id;

/** Who teaches what to which class, as the roster says: class id → subject id → people. */
export class Teachings {
  private readonly map = new Map<string, Map<string, Person[]>>();

  add(cls: string, subject: string, person: Person): void {
    const subjects = this.map.get(cls) ?? new Map<string, Person[]>();
    this.map.set(cls, subjects);
    const people = subjects.get(subject) ?? [];
    if (!people.includes(person)) subjects.set(subject, [...people, person]);
  }
  of(cls: string, subject: string): readonly Person[] {
    return this.map.get(cls)?.get(subject) ?? [];
  }
  /** Class ids a person teaches, in the order of the register. */
  classesOf(person: Person, register: ClassRegister): string[] {
    return register
      .all()
      .map((c) => c.id)
      .filter((id) => [...(this.map.get(id)?.values() ?? [])].some((people) => people.includes(person)));
  }
  /** Every (class, subject, person), by class and in the order of the subject list. */
  *triples(): Generator<{ cls: string; subject: string; person: Person }> {
    const order = (id: string): number => SUBJECTS.findIndex((s) => s.id === id);
    for (const [cls, subjects] of this.map)
      for (const [subject, people] of [...subjects].sort((a, b) => order(a[0]) - order(b[0])))
        for (const person of people) yield { cls, subject, person };
  }
}

/** Looks up every class the roster names. A class the school does not have is left out and named. */
export function collectTeachings(
  people: People,
  register: ClassRegister,
  timetable: Timetable | null,
  notes: Notes,
): Teachings {
  const teachings = new Teachings();
  for (const person of people.all)
    for (const claim of person.teaching)
      for (const text of claim.classes) {
        const found = asTyped(text, claim, person, register, timetable, notes);
        if (found === 'asked') continue;
        const meant = found ?? register.read(text);
        if (!found) {
          notes.error(
            'roster.classUnknown',
            claim.grid,
            claim,
            `${person.name}的任教班级里有${meant ? meant.name : '一个不在本学年的班级'}，总课表里没有这个班。这个班的任教没有导入，其他班照常导入。`,
          );
          continue;
        }
        const others = teachings.of(found.id, claim.subject).filter((p) => p !== person);
        if (others.length > 0)
          notes.notice(
            'roster.twoTeachers',
            claim.grid,
            claim,
            `${found.name}的${subjectName(claim.subject)}已由${others.map((p) => p.name).join('、')}任教，这里又写了${person.name}；两人都导入，请核对。`,
          );
        teachings.add(found.id, claim.subject, person);
      }
  return teachings;
}

/**
 * 7.10 typed into a General cell is kept as the number 7.1. Where the school has both classes and the timetable does not settle it, it
 * is asked.
 */
function asTyped(
  text: ClassText,
  claim: TeachingClaim,
  person: Person,
  register: ClassRegister,
  timetable: Timetable | null,
  notes: Notes,
): KnownClass | null | 'asked' {
  const found = register.find(text);
  const ten = register.find({ ...text, number: text.number * 10 });
  const cell = claim.grid.at(claim.row, claim.col);
  if (!found || !ten || !cell.numeric || !/^\d\.\d$/.test(cell.text)) return found;
  const taught = [found, ten].filter((cls) =>
    timetable?.rows.some(
      (row) =>
        register.find(row.class)?.id === cls.id &&
        row.lessons.some((l) => l.subject === claim.subject && l.teacher === person.name),
    ),
  );
  if (taught.length === 1 && taught[0]) return taught[0];
  const answer = notes.ask('roster.classTyped', claim.grid, claim, {
    id: `typed:${person.name}:${claim.grid.sheet}:${claim.grid.name(claim.row, claim.col ?? 0)}`.slice(
      0,
      100,
    ),
    text: `${person.name}的任教班级是数字 ${cell.text}，表格里 ${cell.text} 和 ${cell.text}0 存成数字是一样的。是哪个班？`,
    choices: [found, ten].map((cls) => ({ value: cls.name, label: cls.name })),
    meanwhile: '没有回答之前，这个班的任教先不导入。',
  });
  return answer === null ? 'asked' : answer === ten.name ? ten : found;
}
