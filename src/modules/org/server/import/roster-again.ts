import type { Notes } from './report';
import type { RosterPerson } from './roster';
import { formatClaim } from './words';

/**
 * Whether a row speaks of somebody who is there already. Same name and phone in one sheet is a row written twice and stays out
 * (`left`); in another sheet it is somebody who teaches in two grades, and what the row adds is added (`again`). Another phone is
 * somebody else. Where one of them has no phone nobody can know, and it is asked.
 */
export function isAgain(
  person: RosterPerson,
  people: readonly RosterPerson[],
  notes: Notes,
): 'new' | 'again' | 'left' {
  const { grid, header } = person.sheet;
  const at = { row: person.row, col: header.columns.name };
  const named = people.filter((p) => p.name === person.name);
  const same = named.find((p) => p.phone !== null && p.phone === person.phone);
  if (same && same.sheet === person.sheet) {
    const place = placeOf(same, person);
    const lost = person.teaching.length + person.duties.length > 0 || person.head.kind !== 'none';
    notes.error(
      'roster.duplicate',
      grid,
      at,
      `${person.name}和${place}的姓名、电话都相同，是重复行。这一行没有导入${lost ? '，这一行写的职务和任教班级也没有导入' : ''}，以${place}为准。`,
    );
    return 'left';
  }
  if (same) {
    const added = merge(same, person, notes);
    notes.notice(
      'roster.again',
      grid,
      at,
      `${person.name}在${placeOf(same, person)}已经有了，电话也相同，是同一个人；这里${added ? '多写的一起导入' : '没有新的内容'}。`,
    );
    return 'again';
  }
  for (const other of named) {
    const place = placeOf(other, person);
    if (person.phone !== null && other.phone !== null) {
      notes.notice('roster.sameName', grid, at, `${person.name}和${place}同名、电话不同，按两个人导入。`);
      continue;
    }
    const answer = notes.ask('roster.same', grid, at, {
      id: `same:${person.name}:${grid.sheet}:${grid.name(at.row, at.col ?? 0)}`.slice(0, 100),
      text: `${person.name}和${place}同名，至少一处没有电话。是同一个人吗？`,
      choices: [
        { value: 'same', label: '同一个人，合在一起' },
        { value: 'other', label: '是两个人' },
      ],
      meanwhile: '没有回答之前，这一行先不导入。',
    });
    if (answer === null) return 'left';
    if (answer === 'other') continue;
    merge(other, person, notes);
    return 'again';
  }
  return 'new';
}

const placeOf = (other: RosterPerson, person: RosterPerson): string =>
  `${other.sheet === person.sheet || other.sheet.grid.sheet === '' ? '' : `工作表“${other.sheet.grid.sheet}”`}第 ${other.row + 1} 行`;

/** Adds what `person` has and `before` has not; true when that is anything. */
function merge(before: RosterPerson, person: RosterPerson, notes: Notes): boolean {
  const { grid, header } = person.sheet;
  const taught = new Set(before.teaching.map(formatClaim));
  const teaching = person.teaching.filter((claim) => !taught.has(formatClaim(claim)));
  const duties = person.duties.filter((d) => !before.duties.includes(d));
  const roles = person.roles.filter(
    (r) => !before.roles.some((b) => b.role === r.role && b.grade === r.grade && b.subject === r.subject),
  );
  before.teaching.push(...teaching);
  before.duties.push(...duties);
  before.roles.push(...roles);
  before.phone ??= person.phone;
  before.note ??= person.note;
  before.onLeave ||= person.onLeave;
  const { head } = person;
  const leads = head.kind !== 'none' && before.head.kind === 'none';
  if (leads) before.head = head;
  else if (head.kind !== 'none' && formatClaim(head) !== formatClaim(before.head))
    notes.error(
      'roster.headTwice',
      grid,
      { row: person.row, col: header.columns.head },
      `${person.name}的班主任在${placeOf(before, person)}已经写过，这里写的不一样。以${placeOf(before, person)}为准，这里的班主任没有导入。`,
    );
  return leads || teaching.length + duties.length + roles.length > 0;
}
