import type { Day } from '@kernel/shared/time';
import type { Plan } from '../plan';
import { squeeze } from '../../shared/text';
import type { DutyCell, DutyTable } from './duty-table';
import { dutyTitle } from './duty-week';
import type { People } from './people';
import type { Notes } from './report';

/** The duty table with people in place of names. Somebody the roster does not have is left out and named. */
export function collectDuty(
  table: DutyTable,
  monday: Day,
  people: People,
  notes: Notes,
): Plan['dutyTables'][number] {
  const rows = table.rows.map((row) => ({
    post: row.post,
    label: row.label,
    from: row.from,
    to: row.to,
    people: Object.fromEntries(
      row.cells.map((cell): [string, string[]] => [
        String(cell.weekday),
        peopleOf(table, cell, people, notes),
      ]),
    ),
  }));
  return { id: monday, body: { title: dutyTitle(table.title), monday, rows, note: table.note } };
}

function peopleOf(table: DutyTable, cell: DutyCell, people: People, notes: Notes): string[] {
  const ids = new Set<string>();
  for (const name of namesOf(cell.text, people)) {
    const named = people.named(name);
    const [only] = named;
    if (only && named.length === 1) ids.add(only.id);
    else
      notes.error(
        'duty.person',
        table.grid,
        cell,
        `值班表写的是“${name}”，${named.length === 0 ? '花名册里没有这个人' : `花名册里有 ${named.length} 位，不知道是哪一位`}。这个人的这一班没有导入，同一格的其他人照常导入。`,
      );
  }
  return [...ids];
}

/** Names are parted by signs; a blank parts them only when what it joins is nobody (尹  波 is one person). */
function namesOf(text: string, people: People): string[] {
  return text.split(/[、,/;\n]/).flatMap((piece) => {
    const whole = squeeze(piece);
    if (whole === '') return [];
    return people.named(whole).length > 0 ? [whole] : partByBlank(piece, whole, people);
  });
}
function partByBlank(piece: string, whole: string, people: People): string[] {
  const words = piece.trim().split(' ');
  return words.length > 1 && words.every((w) => people.named(w).length > 0) ? words : [whole];
}
