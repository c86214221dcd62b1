import { isRefusal } from '@kernel/shared/refusal';
import { parseClassList } from '../../shared/class-list';
import type { ClassText } from '../../shared/class-name';
import { parseClass } from '../../shared/class-name';
import type { RoleOfDuty } from '../../shared/duty-roles';
import { rolesOfDuty } from '../../shared/duty-roles';
import { findSubject } from '../../shared/subjects';
import type { Grid } from '../grid';
import type { Header } from './header';
import type { Notes } from './report';
import type { RosterColumn } from './roster';
import { dutiesAsWritten, readHead } from './roster-cells';
import { classFault } from './words';

export interface TeachingClaim {
  readonly subject: string;
  readonly classes: readonly ClassText[];
  readonly row: number;
  readonly col: number | undefined;
}
export type HeadClaim =
  | { readonly kind: 'none' }
  /** 是: of which class is worked out later. */
  | { readonly kind: 'yes'; readonly row: number; readonly col: number | undefined }
  | {
      readonly kind: 'class';
      readonly class: ClassText;
      readonly row: number;
      readonly col: number | undefined;
    };

export interface RowFacts {
  readonly duties: readonly string[];
  readonly roles: readonly RoleOfDuty[];
  readonly subject: string | null;
  readonly teaching: TeachingClaim[];
  readonly head: HeadClaim;
}

/** Duty, subject, classes and head-teacher column of a row; null when one of them makes the row unreadable. */
export function readFacts(
  grid: Grid,
  { columns }: Header<RosterColumn>,
  row: number,
  notes: Notes,
): RowFacts | null {
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
  const classes = classText === '' ? [] : parseClassList(classText);
  if (isRefusal(classes))
    wrong('roster.class', columns.classes, `任教班级${classFault(classText, classes)}这一行没有导入。`);

  const headText = readHead(grid.text(row, columns.head));
  const headClass = typeof headText === 'object' ? parseClass(headText.text) : null;
  if (isRefusal(headClass))
    wrong(
      'roster.headClass',
      columns.head,
      `班主任一栏${classFault(grid.text(row, columns.head), headClass)}这一行没有导入。`,
    );
  if (!ok || isRefusal(roles) || isRefusal(classes) || isRefusal(headClass)) return null;

  const subject = readSubject(grid, columns, row, classes.length > 0, notes);
  const col = columns.head;
  return {
    duties: dutiesAsWritten(grid.at(row, columns.duty).raw),
    roles,
    subject,
    teaching: subject !== null && classes.length > 0 ? [{ subject, classes, row, col: columns.classes }] : [],
    head:
      headText === 'none'
        ? { kind: 'none' }
        : headClass
          ? { kind: 'class', class: headClass, row, col }
          : { kind: 'yes', row, col },
  };
}

/** The subject cell. With classes but no readable subject the person comes in and the classes stay out: said so. */
function readSubject(
  grid: Grid,
  columns: Header<RosterColumn>['columns'],
  row: number,
  teaches: boolean,
  notes: Notes,
): string | null {
  const cell = grid.at(row, columns.subject);
  const subject = cell.text === '' ? null : findSubject(cell.text);
  const at = { row, col: columns.subject };
  if (subject) return subject.id;
  const read = cell.text === '' ? '任教学科是空的' : `任教学科“${cell.text}”不在学科表里`;
  if (teaches)
    notes.error(
      'roster.subject',
      grid,
      at,
      `${read}，不知道这些班级教的是什么。这个人会导入，任教班级没有导入。`,
    );
  else if (cell.text !== '')
    notes.notice('roster.subject', grid, at, `${read}，学科没有导入，其他内容照常导入。`);
  return null;
}
