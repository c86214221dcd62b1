import { gradeName } from '@modules/org';
import type { Item, Row } from '../../shared';

export interface ItemGroup {
  readonly name: string;
  readonly rows: readonly Row<Item>[];
}

/** By grade and subject: what one signer compares with itself. */
export function groupRows(rows: readonly Row<Item>[]): ItemGroup[] {
  const groups = new Map<string, Row<Item>[]>();
  for (const row of sorted(rows)) {
    const name = `${gradeName(row.body.grade)} ${row.body.subjectName}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups].map(([name, list]) => ({ name, rows: list }));
}

/** 七年级：语文 4 份、数学 6 份 */
export function summaryOf(rows: readonly Row<Item>[]): { grade: string; words: string }[] {
  const grades = new Map<number, Map<string, number>>();
  for (const { body } of sorted(rows)) {
    const subjects = grades.get(body.grade) ?? new Map<string, number>();
    grades.set(body.grade, subjects.set(body.subjectName, (subjects.get(body.subjectName) ?? 0) + 1));
  }
  return [...grades].map(([grade, subjects]) => ({
    grade: gradeName(grade),
    words: [...subjects].map(([name, count]) => `${name} ${count} 份`).join('、'),
  }));
}

const sorted = (rows: readonly Row<Item>[]): Row<Item>[] =>
  [...rows].sort(
    (a, b) =>
      a.body.grade - b.body.grade ||
      (a.body.subject < b.body.subject ? -1 : a.body.subject > b.body.subject ? 1 : 0),
  );
