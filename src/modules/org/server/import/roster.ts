import { clean, squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import type { ColumnNames, Header } from './header';
import { findHeader } from './header';
import type { Notes } from './report';
import { isAway, readFooter, readName, readPhone } from './roster-cells';
import type { HeadClaim, RowFacts, TeachingClaim } from './roster-facts';
import { readFacts } from './roster-facts';

export const ROSTER_COLUMNS: ColumnNames<RosterColumn> = {
  name: ['姓名', '教师姓名', '教职工姓名', '名字'],
  duty: ['职务', '岗位', '行政职务', '担任职务', '职务/岗位'],
  subject: ['任教学科', '学科', '任教科目', '科目', '任课学科', '所教学科'],
  classes: ['任教班级', '任课班级', '所教班级', '教学班级', '授课班级'],
  head: ['班主任', '班主任班级', '任班主任', '是否班主任', '担任班主任'],
  phone: ['联系电话', '手机', '手机号', '手机号码', '电话', '联系方式', '电话号码'],
  note: ['备注', '说明'],
};
export type RosterColumn = 'name' | 'duty' | 'subject' | 'classes' | 'head' | 'phone' | 'note';
export const ROSTER_REQUIRED: readonly RosterColumn[] = ['name', 'subject', 'classes'];

/** One person as the roster says it; classes still as texts read, not yet looked up. Rows and columns from 0. */
export interface RosterPerson {
  readonly row: number;
  readonly name: string;
  readonly phone: string | null;
  readonly duties: readonly string[];
  readonly roles: RowFacts['roles'];
  readonly subject: string | null;
  readonly teaching: TeachingClaim[];
  readonly head: HeadClaim;
  readonly note: string | null;
  readonly onLeave: boolean;
}
export interface Roster {
  readonly grid: Grid;
  readonly title: string;
  readonly header: Header<RosterColumn>;
  readonly people: readonly RosterPerson[];
}

/** Reads 教职工花名册. A row with an error is left out whole and named; null when the table itself cannot be read. */
export function readRoster(grid: Grid, notes: Notes): Roster | null {
  const header = findHeader(grid, ROSTER_COLUMNS, ROSTER_REQUIRED);
  if (!header) return null;
  for (const [word, first, second] of header.twice)
    notes.error(
      'roster.columnTwice',
      grid,
      { row: header.row, col: second },
      `列名“${word}”出现了两次（${grid.name(header.row, first)} 和 ${grid.name(header.row, second)}），不知道该读哪一列。请改掉一个再导入；花名册没有导入。`,
    );
  if (header.twice.length > 0) return null;
  const people: RosterPerson[] = [];
  let total: { row: number; says: number } | null = null;
  for (let row = header.row + 1; row < grid.rows; row++) {
    const texts = grid.own(row);
    if (texts.length === 0) continue;
    const footer = readFooter(texts);
    if (footer?.total != null) total = { row, says: footer.total };
    if (!footer) readRow(grid, header, row, people, notes);
  }
  if (total && total.says !== people.length)
    notes.notice(
      'roster.totalDiffers',
      grid,
      { row: total.row },
      `表里写着合计 ${total.says} 人，这次读到可以导入的是 ${people.length} 人。请核对没有导入的行。`,
    );
  return { grid, title: grid.own(0).join(' '), header, people };
}

function readRow(
  grid: Grid,
  header: Header<RosterColumn>,
  row: number,
  people: RosterPerson[],
  notes: Notes,
): void {
  const { columns } = header;
  const say = (code: string, col: number | undefined, words: string): void =>
    notes.error(code, grid, { row, col }, words);
  const nameCell = grid.at(row, columns.name);
  const before = people[people.length - 1];
  // One person over several rows: the name is merged, each row adds a subject with its classes.
  if (nameCell.merged && before) {
    const facts = readFacts(grid, header, row, notes);
    if (facts && before.name === squeeze(nameCell.text)) before.teaching.push(...facts.teaching);
    return;
  }
  const read = readName(nameCell.text);
  const facts = readFacts(grid, header, row, notes);
  const phone = readPhone(grid.text(row, columns.phone));
  if ('wrong' in read)
    say(
      'roster.name',
      columns.name,
      nameCell.text === ''
        ? `这一行没有姓名。这一行没有导入。`
        : `姓名写的是“${nameCell.text}”，${read.wrong === 'nobody' ? '还没有确定的人' : '不像一个人的姓名'}。这一行没有导入。`,
    );
  if (phone === 'wrong')
    say(
      'roster.phone',
      columns.phone,
      `电话写的是“${grid.text(row, columns.phone)}”，手机号应是 1 开头的 11 位数字。这一行没有导入。`,
    );
  if ('wrong' in read || phone === 'wrong' || !facts) return;
  const person: RosterPerson = {
    row,
    name: read.name,
    phone: phone === 'none' ? null : phone.phone,
    ...facts,
    note: clean(grid.at(row, columns.note).raw) || null,
    onLeave: isAway(grid.text(row, columns.note)),
  };
  if (isTwice(grid, header, person, people, notes)) return;
  if (phone === 'none')
    notes.notice(
      'roster.noPhone',
      grid,
      { row, col: columns.phone },
      `${read.name}没有联系电话，其他内容照常导入。`,
    );
  people.push(person);
}

/** Same name and same phone is the same person again; same name with another phone is somebody else. */
function isTwice(
  grid: Grid,
  header: Header<RosterColumn>,
  person: RosterPerson,
  people: readonly RosterPerson[],
  notes: Notes,
): boolean {
  const at = { row: person.row, col: header.columns.name };
  for (const other of people.filter((p) => p.name === person.name)) {
    const place = `第 ${other.row + 1} 行`;
    if (other.phone === person.phone) {
      const lost = person.teaching.length + person.duties.length > 0 || person.head.kind !== 'none';
      notes.error(
        'roster.duplicate',
        grid,
        at,
        `${person.name}和${place}的姓名、电话都相同，是重复行。这一行没有导入${lost ? '，这一行写的职务和任教班级也没有导入' : ''}，以${place}为准。`,
      );
      return true;
    }
    notes.notice('roster.sameName', grid, at, `${person.name}和${place}同名、电话不同，按两个人导入。`);
  }
  return false;
}
