import { findSubject, SUBJECTS } from '../../shared/subjects';
import type { ClassRegister } from './class-register';
import type { People, Person } from './people';
import type { Notes } from './report';
import type { Roster } from './roster';

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
  roster: Roster,
  people: People,
  register: ClassRegister,
  notes: Notes,
): Teachings {
  const teachings = new Teachings();
  for (const person of people.all)
    for (const claim of person.teaching)
      for (const text of claim.classes) {
        const found = register.find(text);
        const meant = found ?? register.read(text);
        if (!found) {
          notes.error(
            'roster.classUnknown',
            roster.grid,
            claim,
            `${person.name}的任教班级里有${meant ? meant.name : '一个不在本学年的班级'}，总课表里没有这个班。这个班的任教没有导入，其他班照常导入。`,
          );
          continue;
        }
        const others = teachings.of(found.id, claim.subject).filter((p) => p !== person);
        if (others.length > 0)
          notes.notice(
            'roster.twoTeachers',
            roster.grid,
            claim,
            `${found.name}的${subjectName(claim.subject)}已由${others.map((p) => p.name).join('、')}任教，这里又写了${person.name}；两人都导入，请核对。`,
          );
        teachings.add(found.id, claim.subject, person);
      }
  return teachings;
}
