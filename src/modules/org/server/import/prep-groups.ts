import { prepGroupId } from '../../shared/cohort';
import { gradeName } from '../../shared/grades';
import { alwaysHeld } from '../../shared/held';
import type { Plan } from '../plan';
import type { ClassRegister } from './class-register';
import type { People, Person } from './people';
import type { Notes } from './report';
import type { Roster } from './roster';
import type { Teachings } from './teachings';
import { subjectName } from './teachings';

/** 备课组: everybody who teaches a subject in a grade, and the one whose 职务 says 备课组长. */
export function collectPrepGroups(
  roster: Roster,
  people: People,
  register: ClassRegister,
  teachings: Teachings,
  notes: Notes,
): Plan['prepGroups'] {
  const groups = new Map<
    string,
    { grade: number; subject: string; members: Set<Person>; leaders: Person[] }
  >();
  const group = (grade: number, subject: string) => {
    const id = prepGroupId(grade, subject);
    const found = groups.get(id) ?? { grade, subject, members: new Set<Person>(), leaders: [] };
    groups.set(id, found);
    return found;
  };
  const gradeOfClass = new Map(register.all().map((c) => [c.id, c.grade]));
  for (const { cls, subject, person } of teachings.triples())
    group(gradeOfClass.get(cls) ?? 0, subject).members.add(person);
  for (const person of people.all)
    for (const role of person.roles)
      if (role.role === 'groupLeader' && role.grade !== undefined && role.subject !== undefined)
        group(role.grade, role.subject).leaders.push(person);

  return [...groups].map(([id, { grade, subject, members, leaders }]) => {
    const name = `${gradeName(grade)}${subjectName(subject)}备课组`;
    const [leader] = leaders;
    const at = leader ? { row: leader.row, col: leader.sheet.header.columns.duty } : null;
    const grid = leader?.sheet.grid ?? roster.sheets[0].grid;
    if (!leader) notes.notice('prepGroup.noLeader', grid, null, `${name}没有备课组长，先空着。`);
    else if (leaders.length > 1)
      notes.error(
        'prepGroup.twoLeaders',
        grid,
        at,
        `${name}有${leaders.length}位组长：${leaders.map((p) => p.name).join('、')}。组长没有导入，请核对。`,
      );
    else if (!members.has(leader))
      notes.notice(
        'prepGroup.leaderOutside',
        grid,
        at,
        `${leader.name}是${name}的组长，但没有教这个年级的这门课。照写的导入。`,
      );
    const leads = leaders.length === 1 && leader ? leader : null;
    const all = new Set([...members, ...(leads ? [leads] : [])]);
    return {
      id,
      body: { name, grade, subject, leaders: alwaysHeld(leads?.id), members: [...all].map((p) => p.id) },
    };
  });
}
