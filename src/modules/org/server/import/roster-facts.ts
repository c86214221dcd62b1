import { isRefusal } from '@kernel/shared/refusal';
import type { ClassText } from '../../shared/class-name';
import { parseClass } from '../../shared/class-name';
import type { RoleOfDuty } from '../../shared/duty-roles';
import { rolesOfDuty } from '../../shared/duty-roles';
import { findSubject } from '../../shared/subjects';
import type { Notes, Place } from './report';
import type { RosterSheet } from './roster';
import { dutiesAsWritten, readHead } from './roster-cells';
import { askSubject } from './subject-question';
import { readClassCell } from './class-question';
import { classFault } from './words';

export interface TeachingClaim extends Place {
  readonly subject: string;
  readonly classes: readonly ClassText[];
}
export type HeadClaim =
  | { readonly kind: 'none' }
  /** 是: of which class is worked out later. */
  | ({ readonly kind: 'yes' } & Place)
  | ({ readonly kind: 'class'; readonly class: ClassText } & Place);

export interface RowFacts {
  readonly duties: string[];
  readonly roles: RoleOfDuty[];
  readonly subject: string | null;
  readonly teaching: TeachingClaim[];
  readonly head: HeadClaim;
}

/** Duty, subject, classes and head-teacher column of a row; null when one of them makes the row unreadable. */
export function readFacts(sheet: RosterSheet, row: number, notes: Notes): RowFacts | null {
  const { grid, within } = sheet;
  const { columns } = sheet.header;
  let ok = true;
  const wrong = (code: string, col: number | undefined, words: string): void => {
    notes.error(code, grid, { row, col }, words);
    ok = false;
  };
  for (const col of Object.values(columns))
    if (grid.at(row, col).broken)
      wrong('roster.broken', col, `${grid.name(row, col)} 是没有算出结果的公式。这一行没有导入。`);

  const dutyText = grid.text(row, columns.duty);
  const roles = rolesOfDuty(dutyText);
  if (isRefusal(roles))
    wrong(
      'roster.duty',
      columns.duty,
      `职务“${String(roles.details['part'])}”没看懂是哪个${roles.details['reason'] === 'grade' ? '年级' : '学科'}的。这一行没有导入。`,
    );

  const classText = grid.text(row, columns.classes);
  const classes =
    classText === '' ? [] : readClassCell(classText, { grid, row, col: columns.classes }, within, notes);
  if (classes === 'asked') ok = false;
  else if (isRefusal(classes))
    wrong('roster.class', columns.classes, `任教班级${classFault(classText, classes)}这一行没有导入。`);

  const headText = readHead(grid.text(row, columns.head));
  const headClass = typeof headText === 'object' ? parseClass(headText.text, within) : null;
  if (isRefusal(headClass))
    wrong(
      'roster.headClass',
      columns.head,
      `班主任一栏${classFault(grid.text(row, columns.head), headClass)}这一行没有导入。`,
    );
  if (!ok || classes === 'asked' || isRefusal(roles) || isRefusal(classes) || isRefusal(headClass))
    return null;

  const subject = readSubject(sheet, row, classes.length > 0, notes);
  const at = { grid, row, col: columns.head };
  return {
    duties: dutiesAsWritten(grid.at(row, columns.duty).raw),
    roles: [...roles],
    subject,
    teaching:
      subject !== null && classes.length > 0 ? [{ subject, classes, grid, row, col: columns.classes }] : [],
    head:
      headText === 'none'
        ? { kind: 'none' }
        : headClass
          ? { kind: 'class', class: headClass, ...at }
          : { kind: 'yes', ...at },
  };
}

/** The subject cell. A word we do not know is asked once; with classes but no subject the person comes in and the classes stay out. */
function readSubject(
  { grid, header }: RosterSheet,
  row: number,
  teaches: boolean,
  notes: Notes,
): string | null {
  const cell = grid.at(row, header.columns.subject);
  const at = { row, col: header.columns.subject };
  const known = cell.text === '' ? null : findSubject(cell.text);
  if (known) return known.id;
  const read = cell.text === '' ? '任教学科是空的' : `任教学科“${cell.text}”不在学科表里`;
  if (!teaches) {
    if (/[\p{L}]/u.test(cell.text) && cell.text !== '无')
      notes.notice('roster.subject', grid, at, `${read}，学科没有导入，其他内容照常导入。`);
    return null;
  }
  const said =
    cell.text === ''
      ? 'none'
      : askSubject(cell.text, grid, at, notes, '没有回答之前，人会导入，任教班级先不导入。');
  if (said !== 'none') return said;
  notes.error(
    'roster.subject',
    grid,
    at,
    `${read}，不知道这些班级教的是什么。这个人会导入，任教班级没有导入。`,
  );
  return null;
}
