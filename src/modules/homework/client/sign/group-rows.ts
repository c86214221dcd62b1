import { gradeName } from '@modules/org';
import type { Item, Row } from '../../shared';

export interface ItemGroup {
  readonly name: string;
  readonly rows: readonly Row<Item>[];
}

/** By grade and subject, in the order of the queue: what one signer compares with itself. */
export function groupRows(rows: readonly Row<Item>[]): ItemGroup[] {
  const groups = new Map<string, Row<Item>[]>();
  for (const row of rows) {
    const name = `${gradeName(row.body.grade)} ${row.body.subjectName}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups].map(([name, list]) => ({ name, rows: list }));
}
