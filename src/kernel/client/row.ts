import type { RecordDef } from '@kernel/shared/record';
import type { PersonDb, RecordRow } from './person-db';
import { shownOf } from './person-db';

/** A record as a screen sees it: with what this phone's pending commands made of it. */
export interface Row<B> {
  readonly id: string;
  readonly body: B;
  /** Something in it is kept on this phone and not yet confirmed. */
  readonly pending: boolean;
  /** Place in the feed; 0 when it exists only here so far. */
  readonly seq: number;
}

export function rowOf<B>(stored: RecordRow | undefined): Row<B> | null {
  const body = stored ? shownOf(stored) : null;
  if (!stored || body === null) return null;
  return { id: stored.id, body: body as B, pending: stored.pendingBy.length > 0, seq: stored.seq };
}

/** For code outside components, e.g. inside a `useLive` querier. `key` `null` = all of the kind. Sorted by id. */
export async function listRows<B>(
  db: PersonDb,
  def: RecordDef<B>,
  key: string | readonly string[] | null,
): Promise<Row<B>[]> {
  const found =
    key === null
      ? db.records.where('keys').equals(def.kind)
      : typeof key === 'string'
        ? db.records.where('keys').equals(`${def.kind}/${key}`)
        : db.records
            .where('keys')
            .anyOf(key.map((k) => `${def.kind}/${k}`))
            .distinct();
  const rows: Row<B>[] = [];
  for (const stored of await found.toArray()) {
    const row = rowOf<B>(stored);
    if (row) rows.push(row);
  }
  return typeof key === 'string' || key === null ? rows : rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function getRow<B>(db: PersonDb, def: RecordDef<B>, id: string): Promise<Row<B> | null> {
  return rowOf<B>(await db.records.get([def.kind, id]));
}

/** In the order asked; absent ones are left out. */
export async function getRows<B>(db: PersonDb, def: RecordDef<B>, ids: readonly string[]): Promise<Row<B>[]> {
  const stored = await db.records.bulkGet(ids.map((id): [string, string] => [def.kind, id]));
  return stored.map((s) => rowOf<B>(s)).filter((row) => row !== null);
}
