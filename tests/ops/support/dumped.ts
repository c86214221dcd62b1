import type { Snapshot } from '@kernel/server/ops/backup/format';
import { postgresSnapshot } from '@kernel/server/ops/backup/snapshot-postgres';
import { sqliteSnapshot } from '@kernel/server/ops/backup/snapshot-sqlite';
import type { Place } from './places';

export const snapshotOf = (place: Place): Promise<Snapshot> =>
  'file' in place.from ? sqliteSnapshot(place.from.file) : postgresSnapshot(place.from.databaseUrl);

/** Every row of every table as text that is the same for both databases, sorted. */
export async function dumped(place: Place): Promise<Record<string, string[]>> {
  const snapshot = await snapshotOf(place);
  const out: Record<string, string[]> = {};
  try {
    for (const { name, columns } of snapshot.tables) {
      const rows: string[] = [];
      for await (const portion of snapshot.rows(name))
        for (const row of portion)
          rows.push(JSON.stringify(Object.fromEntries(columns.map((c, i) => [c, alike(row[i])]).sort())));
      out[name] = rows.sort();
    }
  } finally {
    await snapshot.close();
  }
  return out;
}

/** What two databases write differently and mean alike: truth, and the precision of times. */
function alike(cell: unknown): unknown {
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  if (typeof cell === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(cell))
    return new Date(cell).toISOString();
  return cell;
}
