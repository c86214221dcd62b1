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

/** Which records of a kind: one word, any of several, every word in between (both included), or `null` = all of the kind. */
export type KeyQuestion = string | readonly string[] | { readonly from: string; readonly to: string } | null;

/** For code outside components, e.g. inside a `useShared` querier. Sorted by id. */
export async function listRows<B>(db: PersonDb, def: RecordDef<B>, key: KeyQuestion): Promise<Row<B>[]> {
  const { kind } = def;
  const where = () => db.records.where('keys');
  // Plain ranges all: each is one request to the database, where a cursor would be one for every row.
  const found =
    key === null
      ? [where().equals(kind)]
      : typeof key === 'string'
        ? [where().equals(`${kind}/${key}`)]
        : 'from' in key
          ? [where().between(`${kind}/${key.from}`, `${kind}/${key.to}`, true, true)]
          : key.map((k) => where().equals(`${kind}/${k}`));
  const rows = new Map<string, Row<B>>();
  for (const part of await Promise.all(found.map((collection) => collection.toArray())))
    for (const stored of part) {
      const row = rowOf<B>(stored);
      if (row) rows.set(row.id, row);
    }
  const sorted = typeof key === 'string' || key === null;
  return sorted ? [...rows.values()] : [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function getRow<B>(db: PersonDb, def: RecordDef<B>, id: string): Promise<Row<B> | null> {
  return rowOf<B>(await db.records.get([def.kind, id]));
}

/** In the order asked; absent ones are left out. */
export async function getRows<B>(db: PersonDb, def: RecordDef<B>, ids: readonly string[]): Promise<Row<B>[]> {
  const stored = await db.records.bulkGet(ids.map((id): [string, string] => [def.kind, id]));
  return stored.map((s) => rowOf<B>(s)).filter((row) => row !== null);
}
