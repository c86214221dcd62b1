import { clean, squeeze } from '../../shared/text';
import type { Grid } from '../grid';
import type { Header } from './header';
import type { At, Notes } from './report';
import { isAgain } from './roster-again';
import { awayAsWritten, readFooter, readName, readPhone } from './roster-cells';
import type { RosterColumn } from './roster-columns';
import type { HeadClaim, RowFacts, TeachingClaim } from './roster-facts';
import { readFacts } from './roster-facts';
import type { Sheet } from './sheet';

export type RosterSheet = Sheet<Header<RosterColumn>>;

/** One person as the roster says it; classes still as texts read, not yet looked up. Rows and columns from 0. */
export interface RosterPerson {
  readonly sheet: RosterSheet;
  readonly row: number;
  readonly name: string;
  phone: string | null;
  readonly duties: string[];
  readonly roles: RowFacts['roles'][number][];
  readonly subject: string | null;
  readonly teaching: TeachingClaim[];
  head: HeadClaim;
  note: string | null;
  onLeave: boolean;
}
export interface Roster {
  readonly sheets: readonly [RosterSheet, ...RosterSheet[]];
  readonly people: readonly RosterPerson[];
}

/** Reads 教职工花名册, one sheet or several. A row with an error is left out whole and named; null when a table cannot be read. */
export function readRoster(sheets: readonly RosterSheet[], notes: Notes): Roster | null {
  const [first, ...others] = sheets;
  if (!first) return null;
  let twice = false;
  for (const { grid, header } of sheets)
    for (const [word, a, b] of header.twice) {
      twice = true;
      notes.error(
        'roster.columnTwice',
        grid,
        { row: header.row, col: b },
        `列名“${word}”出现了两次（${grid.name(header.row, a)} 和 ${grid.name(header.row, b)}），不知道该读哪一列。请指定读哪一列，或改掉一个再导入；花名册没有导入。`,
      );
    }
  if (twice) return null;
  const people: RosterPerson[] = [];
  for (const sheet of sheets) readSheet(sheet, people, notes);
  return { sheets: [first, ...others], people };
}

function readSheet(sheet: RosterSheet, people: RosterPerson[], notes: Notes): void {
  const { grid, header } = sheet;
  const before = people.length;
  let again = 0;
  let total: { row: number; says: number } | null = null;
  for (let row = header.row + 1; row < grid.rows; row++) {
    const texts = grid.own(row);
    if (texts.length === 0 || isHeadingAgain(grid, header, row)) continue;
    const footer = readFooter(texts);
    if (footer?.total != null) total = { row, says: footer.total };
    if (!footer && readRow(sheet, row, people, notes) === 'again') again++;
  }
  const read = people.length - before + again;
  if (total && total.says !== read)
    notes.notice(
      'roster.totalDiffers',
      grid,
      { row: total.row },
      `表里写着合计 ${total.says} 人，这次读到可以导入的是 ${read} 人。请核对没有导入的行。`,
    );
}

/** The heading repeated for the next printed page, or reaching down in a merge. */
const isHeadingAgain = (grid: Grid, { row, columns }: Header<RosterColumn>, at: number): boolean =>
  grid.text(row, columns.name) !== '' &&
  (['name', 'subject', 'classes'] as const).every(
    (key) => grid.text(at, columns[key]) === grid.text(row, columns[key]),
  );

/** `again`: the person stands in an earlier row, and what this one adds was added there. */
function readRow(sheet: RosterSheet, row: number, people: RosterPerson[], notes: Notes): 'again' | null {
  const { grid, header } = sheet;
  const { columns } = header;
  const say = (code: string, col: number | undefined, words: string): void =>
    notes.error(code, grid, { row, col }, words);
  const nameCell = grid.at(row, columns.name);
  const before = people[people.length - 1];
  // One person over several rows: the name is merged, each row adds a subject with its classes.
  if (nameCell.merged && before) {
    const facts = readFacts(sheet, row, notes);
    if (facts && before.name === squeeze(nameCell.text)) before.teaching.push(...facts.teaching);
    return null;
  }
  const read = readName(nameCell.text);
  const facts = readFacts(sheet, row, notes);
  const phone = readPhone(grid.text(row, columns.phone));
  if ('wrong' in read)
    say(
      'roster.name',
      columns.name,
      nameCell.text === ''
        ? `这一行没有姓名。这一行没有导入。`
        : `姓名写的是“${nameCell.text}”，${read.wrong === 'nobody' ? '还没有确定的人' : '不像一个人的姓名'}。这一行没有导入。`,
    );
  if (phone === 'wrong') say('roster.phone', columns.phone, phoneWords(grid.text(row, columns.phone)));
  if ('wrong' in read || phone === 'wrong' || !facts) return null;
  const note = clean(grid.at(row, columns.note).raw) || null;
  const person: RosterPerson = {
    sheet,
    row,
    name: read.name,
    phone: phone === 'none' ? null : phone.phone,
    ...facts,
    note,
    onLeave: isAway(sheet, { row, col: columns.note }, read.name, note, notes),
  };
  const known = isAgain(person, people, notes);
  if (known !== 'new') return known === 'again' ? 'again' : null;
  if (phone === 'none')
    notes.notice(
      'roster.noPhone',
      grid,
      { row, col: columns.phone },
      `${read.name}没有联系电话，其他内容照常导入。`,
    );
  people.push(person);
  return null;
}

const phoneWords = (text: string): string =>
  /^\d(\.\d+)?E\+\d+$/i.test(text)
    ? `电话写的是“${text}”，是 Excel 把号码缩短了，原来的数字已经不在文件里。请把这一列设成文本、补全号码再导入。这一行没有导入。`
    : `电话写的是“${text}”，手机号应是 1 开头的 11 位数字。这一行没有导入。`;

/** 产假, 借调 …: a note that also says it is over, or that speaks of somebody else's, is asked about. */
function isAway({ grid }: RosterSheet, at: At, name: string, note: string | null, notes: Notes): boolean {
  const away = awayAsWritten(note ?? '');
  if (away !== 'doubtful') return away;
  const answer = notes.ask('roster.away', grid, at, {
    id: `away:${name}:${grid.sheet}:${grid.name(at.row, at.col ?? 0)}`.slice(0, 100),
    text: `${name}的备注写的是“${(note ?? '').slice(0, 60)}”。现在在岗吗？`,
    choices: [
      { value: 'here', label: '在岗' },
      { value: 'away', label: '不在岗' },
    ],
    meanwhile: '没有回答之前，先按在岗。',
  });
  return answer === 'away';
}
